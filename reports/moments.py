"""Instants and dates as people read them: the page's zone first, UTC beside it where they differ."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla.span import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def utc(at: Instant) -> datetime:
    """``at`` as an aware datetime in UTC, exact to the millisecond."""
    return _EPOCH + timedelta(milliseconds=at)


def machine(at: Instant) -> str:
    """``at`` as machines get it: ``2026-11-23T13:37:05.123Z``."""
    return f"{utc(at):%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def local_date(at: Instant, zone: str) -> date:
    """The local date of ``at`` in the IANA zone ``zone``."""
    return utc(at).astimezone(ZoneInfo(zone)).date()


def day(on: date) -> str:
    """A date: ``24 Nov 2026``."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def weekday(on: date) -> str:
    """A date with its weekday: ``Tuesday, 24 Nov 2026``."""
    return f"{_DAYS[on.weekday()]}, {day(on)}"


def clock(at: Instant, zone: str, seconds: bool = True) -> str:
    """The time of day: ``14:37:05 CET (13:37:05 UTC)``, or ``13:37:05 UTC`` where the zone is UTC."""
    form = "%H:%M:%S" if seconds else "%H:%M"
    local = utc(at).astimezone(ZoneInfo(zone))
    beside = f" ({utc(at).strftime(form)} UTC)" if local.utcoffset() or local.tzname() != "UTC" else ""
    return f"{local.strftime(form)} {local.tzname()}{beside}"


def moment(at: Instant, zone: str, seconds: bool = False) -> str:
    """Date and time of day: ``24 Nov 2026, 14:37 CET (13:37 UTC)``."""
    return f"{day(local_date(at, zone))}, {clock(at, zone, seconds)}"
