"""What a page of a licence server or console shows: seats, seats in use, the last day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from probes.assertions import at_pointer
from probes.licence import Feature, Holding, end_of
from probes.target import shown
from sla.span import Instant
from sla.state import Cause

MAX_SEATS = 10**9
MAX_SECONDS = 10**11
"""Some three thousand years after 1970."""


class Places(NamedTuple):
    """Where on the page the numbers stand (RFC 6901); None: nobody asks for it."""

    seats: str | None
    used: str | None
    ends: str | None


class _Wrong(Exception):
    """The page does not show what it was said to show."""


def shown_by(page: Any, places: Places, feature: Feature, at: Instant, zone: str) -> Holding:
    """How ``feature`` stands at ``at`` by a parsed page, whose dates are of ``zone``; what is not there is its fault."""
    try:
        seats, used, ends = _count(page, places.seats), _count(page, places.used), _end(page, places.ends, zone)
    except _Wrong as wrong:
        return Holding(feature, fault=(Cause.LICENCE_INVALID, str(wrong)))
    if ends is None or ends > at:
        return Holding(feature, seats, used, ends, ends)
    ended = datetime.fromtimestamp(ends // 1000, UTC)
    reason = f"{shown(feature.name, 80)} ended at {ended:%Y-%m-%d %H:%M:%S} UTC"
    return Holding(feature, seats, used, ends, ends, (Cause.LICENCE_EXPIRED, reason))


def _count(page: Any, pointer: str | None) -> int | None:
    """The whole number at ``pointer``; None if nobody asks for it. Raises _Wrong."""
    if pointer is None:
        return None
    seen = at_pointer(page, pointer)
    if isinstance(seen, str) and seen.isascii() and seen.isdigit() and len(seen) < 10:
        return int(seen)
    number = isinstance(seen, int | Decimal) and not isinstance(seen, bool)
    if number and 0 <= seen < MAX_SEATS and seen == int(seen):
        return int(seen)
    raise _Wrong(f"{shown(pointer, 80)} is {_said(seen)}, wanted a number of seats")


def _end(page: Any, pointer: str | None, zone: str) -> Instant | None:
    """The instant at which what stands at ``pointer`` is over; null there means never. Raises _Wrong."""
    if pointer is None or (seen := at_pointer(page, pointer)) is None:
        return None
    try:
        if isinstance(seen, int) and not isinstance(seen, bool) and 0 <= seen < MAX_SECONDS:
            return seen * 1000
        if isinstance(seen, str) and len(seen) == len("2026-12-31"):
            return end_of(zone, date.fromisoformat(seen))
        if isinstance(seen, str) and (time := datetime.fromisoformat(seen)).tzinfo is not None:
            return max(0, int(time.timestamp() * 1000))
    except (ValueError, OverflowError):
        pass
    raise _Wrong(f"{shown(pointer, 80)} is {_said(seen)}, wanted a date like 2026-12-31 or a time with offset")


def _said(seen: Any) -> str:
    if isinstance(seen, str):
        return f'"{shown(seen, 80)}"'
    return shown(str(seen), 80) if isinstance(seen, bool | int | Decimal | list | dict) else "not there"
