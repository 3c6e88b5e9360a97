"""What a mail server sends back (RFC 3464): which address it came back to, whether the letter is lost or only late, and why.

Everything else that comes back, a note of absence or a confirmation of reading, is no delivery report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from enum import Enum
from typing import Any

MAX_BYTES = 1 << 20
"""A report quotes our own letter, which has 60 kB at most, and little else."""
MAX_TEXT = 300
"""Characters of a server's words that are kept."""
MAX_BLOCKS = 100
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


class Trouble(Enum):
    """What became of the letter: lost for good, or late and perhaps lost."""

    HARD = "hard"
    SOFT = "soft"


class NoReport(ValueError):
    """The message is no delivery report, or tells of no trouble; the text says what it seems to be."""


@dataclass(frozen=True, slots=True)
class Report:
    """The addresses that it came back to, the trouble, its status (``5.1.1``) and the far server's words on one line."""

    returned_to: tuple[str, ...]
    trouble: Trouble
    status: str
    text: str


def read(data: bytes) -> Report:
    """The report in the bytes of one message. Raises NoReport."""
    if len(data) > MAX_BYTES:
        raise NoReport(f"more than {MAX_BYTES >> 20} MiB")
    message = message_from_bytes(data, policy=compat32)
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        raise NoReport(_guess(message))
    found = [one for block in _blocks(message) if (one := _judged(block)) is not None]
    if not found:
        raise NoReport("a report that tells of no trouble")
    trouble, status, text = min(found, key=lambda one: one[0] is not Trouble.HARD)
    return Report(tuple(_returned_to(message)), trouble, status, text)


def _blocks(message: Message) -> Iterator[Message]:
    """The fields of each recipient; those of the message itself are left out."""
    for part in _parts(message):
        if part.get_content_type() in _STATUS_TYPES:
            blocks = list(_parts(part)) if part.get_content_type() == _STATUS_TYPES[0] else _cut(part)
            yield from (block for block in blocks[:MAX_BLOCKS] if "Action" in block or "Final-Recipient" in block)


def _parts(message: Message) -> Iterator[Message]:
    """The parts of the report itself: what is quoted in it is somebody else's."""
    payload: Any = message.get_payload()
    yield from (part for part in payload if isinstance(part, Message)) if isinstance(payload, list) else ()


def _cut(part: Message) -> list[Message]:
    """The blocks of a status that the library did not cut by itself (RFC 6533)."""
    inside = next(_parts(part), None)
    text = "" if inside is None else inside.as_string().replace("\r\n", "\n")
    return [message_from_string(block, policy=compat32) for block in text.split("\n\n") if block.strip()]


def _judged(block: Message) -> tuple[Trouble, str, str] | None:
    """What one recipient's fields say; None: no trouble (delivered, relayed, expanded)."""
    action = _one_line(block.get("Action")).lower()
    words = _one_line(block.get("Status")).split()
    status = words[0] if words and _is_status(words[0]) else ""
    if action not in ("failed", "delayed") or (action == "failed" and not status):
        return None
    hard = action == "failed" and status.startswith("5.")
    said = _one_line(block.get("Diagnostic-Code")).partition(";")
    return Trouble.HARD if hard else Trouble.SOFT, status, (said[2] or said[0]).strip()


def _is_status(word: str) -> bool:
    """Three numbers (RFC 3463), the first of which is a class of trouble."""
    parts = word.split(".")
    return len(parts) == 3 and parts[0] in ("2", "4", "5") and all(part.isascii() and part.isdigit() for part in parts)


def _returned_to(message: Message) -> Iterator[str]:
    for name in _RETURNED_TO:
        values = [str(value) for value in message.get_all(name, [])]
        yield from (address for _, address in getaddresses(values) if "@" in address)


def _guess(message: Message) -> str:
    """What a message that is no report seems to be."""
    answer = _one_line(message.get("Auto-Submitted")).lower()
    if answer.startswith("auto-replied") or message.get("X-Autoreply") or message.get("X-Autorespond"):
        return "an automatic answer, not a delivery report"
    return f"a message of type {_one_line(message.get_content_type())}, not a delivery report"


def _one_line(value: object) -> str:
    """A header's text without what could spoil a log or a terminal."""
    text = str(value or "")[: 4 * MAX_TEXT]
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_TEXT]
