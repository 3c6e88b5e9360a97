"""Cells of foreign tables read strictly: each function gives the value or raises ValueError saying what was seen and wanted."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sla.span import Instant
from sla.state import State

MAX_SHOWN = 80
MAX_NAME = 200
MAX_RESPONSE_MS = 86_400_000
_FORMULA = ("=", "+", "-", "@")
_STATES = {"up": State.UP, "degraded": State.DEGRADED, "down": State.DOWN}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shown(text: str) -> str:
    """``text`` as it may stand in a message: controls escaped, at most 80 characters."""
    escaped = text.encode("unicode_escape").decode()
    return f'"{escaped[:MAX_SHOWN]}"' if len(escaped) <= MAX_SHOWN else f'"{escaped[: MAX_SHOWN - 1]}…"'


def instant(text: str, column: str) -> Instant:
    """A date and time with offset (ISO 8601) as ms UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{column}: got {shown(text)}, expected a time such as 2026-05-10T17:13:31Z") from None
    if at.tzinfo is None:
        raise ValueError(f"{column}: got {shown(text)} without offset, expected Z or e.g. +02:00 at its end")
    since = at - _EPOCH
    milliseconds = (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
    if milliseconds < 0:
        raise ValueError(f"{column}: got {shown(text)}, expected a time after 1970")
    return milliseconds


def state(text: str, column: str) -> State:
    """One of up, degraded, down."""
    if text not in _STATES:
        raise ValueError(f"{column}: got {shown(text)}, expected up, degraded or down")
    return _STATES[text]


def name(text: str, column: str) -> str:
    """A name for people: not empty, no controls, nothing that a spreadsheet would execute, and fit for a key."""
    if not text.strip() or len(text) > MAX_NAME:
        raise ValueError(f"{column}: got {len(text)} characters, expected 1 to {MAX_NAME}")
    if not text.isprintable():
        raise ValueError(f"{column}: got {shown(text)}, expected no control characters")
    if text.startswith(_FORMULA):
        raise ValueError(f"{column}: got {shown(text)}, expected a name, not a spreadsheet formula")
    if not key(text):
        raise ValueError(f"{column}: got {shown(text)}, expected at least one letter a-z or digit")
    return text


def key(text: str) -> str:
    """The name as a key: letters and digits in lower case, everything between them a single dash."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def status(text: str, column: str) -> int | None:
    """An HTTP status 100 to 999; None for an empty cell or 0, which says that no answer came."""
    if text in ("", "0"):
        return None
    if not re.fullmatch(r"[1-9][0-9]{2}", text):
        raise ValueError(f"{column}: got {shown(text)}, expected an HTTP status, or 0 for none")
    return int(text)


def milliseconds(text: str, column: str) -> int | None:
    """A whole number of milliseconds up to a day; None for an empty cell."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,8}", text) or int(text) > MAX_RESPONSE_MS:
        raise ValueError(f"{column}: got {shown(text)}, expected whole milliseconds, at most {MAX_RESPONSE_MS}")
    return int(text)
