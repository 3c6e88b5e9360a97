"""One mail as its finished bytes (RFC 5322, MIME): the same mail gives the same bytes, however often it is made.

7-bit lines under CRLF, UTF-8 in quoted-printable (texts) and base64 (calendar), one recipient, no tracking of any kind.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Literal

from sla.span import SECOND, Instant

MAX_SUBJECT = 150
MAX_HEADER = 500
"""Characters of any header's text: lines have at most 998."""
FILE = "maintenance.ics"


class _Policy(EmailPolicy):
    """The library's, but for a subject in other letters than ASCII: where it folds such a line it adds a space."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        text = str(value)
        if name != "Subject" or text.isascii():
            return super().fold_binary(name, value)
        words = Header(text, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")
        return f"{name}: {words}\r\n".encode("ascii")


_POLICY = _Policy(linesep="\r\n", max_line_length=78, cte_type="7bit")

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCalendar object that goes with a mail: as an attachment, or with a ``method`` as a part that calendars act on."""

    text: str
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a mail; ``kind`` is its media type."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one reader. ``message_id`` has no angle brackets; ``first``: that of the first mail of its thread.

    ``headers`` are more headers by name; ``html`` and ``plain`` say the same. Instants are ms UTC.
    """

    message_id: str
    sender: tuple[str, str]
    recipient: tuple[str, str]
    subject: str
    date: Instant
    language: str
    plain: str
    html: str
    reply_to: str | None = None
    first: str | None = None
    calendar: Calendar | None = None
    attached: Attached | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def rendered(mail: Mail) -> bytes:
    """The bytes to be handed to a mail server. Raises ValueError for an address that is none."""
    name = mail.message_id.partition("@")[0]
    forms = [_text(mail.plain, "plain"), _text(mail.html, "html")]
    if mail.attached is not None:
        whole = _multipart("mixed", [_multipart("alternative", forms, f"=_1_{name}"), _attached(mail.attached)], f"=_{name}")
    elif mail.calendar is None:
        whole = _multipart("alternative", forms, f"=_{name}")
    elif mail.calendar.method is not None:
        whole = _multipart("alternative", [*forms, _calendar(mail.calendar)], f"=_{name}")
    else:
        whole = _multipart("mixed", [_multipart("alternative", forms, f"=_1_{name}"), _calendar(mail.calendar)], f"=_{name}")
    for header, value in _headers(mail):
        whole[header] = value
    return whole.as_bytes()


def _headers(mail: Mail) -> list[tuple[str, object]]:
    thread = f"<{mail.first}>" if mail.first and mail.first != mail.message_id else None
    found: list[tuple[str, object | None]] = [
        ("From", _address(mail.sender)),
        ("To", _address(mail.recipient)),
        ("Reply-To", mail.reply_to),
        ("Subject", subject(mail.subject)),
        ("Date", format_datetime(datetime.fromtimestamp(mail.date // SECOND, UTC))),
        ("Message-ID", f"<{mail.message_id}>"),
        ("In-Reply-To", thread),
        ("References", thread),
        ("MIME-Version", "1.0"),
        ("Content-Language", mail.language),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        *((name, _header(value)) for name, value in mail.headers.items()),
    ]
    return [(name, value) for name, value in found if value is not None]


def _multipart(subtype: str, parts: Sequence[EmailMessage], boundary: str) -> EmailMessage:
    """``parts`` under a boundary that comes from the mail's name: a drawn one would be another on each rendering."""
    whole = EmailMessage(_POLICY)
    whole["Content-Type"] = f"multipart/{subtype}"
    whole.set_boundary(boundary)
    for part in parts:
        del part["MIME-Version"]
        whole.attach(part)
    return whole


def _text(text: str, subtype: str) -> EmailMessage:
    part = EmailMessage(_POLICY)
    part.set_content(_lines(text), subtype=subtype, cte="quoted-printable")
    return part


def _attached(file: Attached) -> EmailMessage:
    part = EmailMessage(_POLICY)
    main, _, sub = file.kind.partition("/")
    part.set_content(file.content, main, sub, disposition="attachment", filename=file.name)
    return part


def _calendar(calendar: Calendar) -> EmailMessage:
    """A file beside the texts, or with a method one more form of them, which calendars take as theirs."""
    part, content = EmailMessage(_POLICY), calendar.text.encode()
    if calendar.method is None:
        names = {"charset": "utf-8", "name": FILE}
        part.set_content(content, "text", "calendar", disposition="attachment", filename=FILE, params=names)
    else:
        part.set_content(content, "text", "calendar", params={"method": calendar.method, "charset": "utf-8"})
    return part


def subject(text: str) -> str:
    """A subject as it is sent: one line, at most 150 characters."""
    one = _header(text)
    return one if len(one) <= MAX_SUBJECT else one[: MAX_SUBJECT - 1].rstrip() + "…"


def _header(text: str) -> str:
    """Text that can't become a header of its own, nor turn the line's direction; of a line's length at most."""
    return " ".join(
        "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in text[:MAX_HEADER]).split()
    )


def _address(named: tuple[str, str]) -> Address:
    name, address = named
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        raise ValueError(f"not a mail address: {address!r}")
    return Address(_header(name), local, domain.encode("idna").decode("ascii"))


def _lines(text: str) -> str:
    """Text without controls that mail readers act on; line ends are the policy's."""
    kept = "".join(char for char in text.replace("\r\n", "\n") if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
    return kept if kept.endswith("\n") else kept + "\n"
