"""The texts of quantities and times, read exactly and written exactly. A text that does not fit raises ValueError."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.calendar import month
from sla.span import DAY, END_OF_TIME, SECOND, Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}:[0-5][0-9](?:\.[0-9]{{1,3}})?(?:Z|[+-]{_CLOCK})")
_DATE = re.compile(r"(?:19[7-9][0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"(19[7-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])")
_GOAL = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%")
_IMPACT = re.compile(r"0(?:\.[0-9]{1,3})?|1(?:\.0{1,3})?")
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_WALL = re.compile(rf"{_CLOCK}|24:00")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,3}")
_REMEMBERED = 4096
"""A case names an instant up to three times (as a fact, as its recording, for its digest): the last few are kept."""


@lru_cache(_REMEMBERED)
def until(text: str) -> Instant:
    """The end of a span in RFC 3339 with Z or offset and at most 3 fraction digits: after 1970 begins, until 2099 ends."""
    if not _INSTANT.fullmatch(text.upper()):
        raise ValueError("not an instant")
    since = datetime.fromisoformat(text.upper()) - _EPOCH
    at = since.days * DAY + since.seconds * SECOND + since.microseconds // 1000
    if not 0 <= at <= END_OF_TIME:
        raise ValueError("not from 1970 to 2099")
    return at


def instant(text: str) -> Instant:
    """An instant in RFC 3339 with Z or offset and at most 3 fraction digits, from 1970 to the end of 2099."""
    at = until(text)
    if at == END_OF_TIME:
        raise ValueError("not from 1970 to 2099")
    return at


def instant_text(at: Instant) -> str:
    """``2026-06-10T08:00:00.000Z``: always UTC, always 3 fraction digits."""
    return (_EPOCH + at * _MILLISECOND).isoformat(timespec="milliseconds")[:-6] + "Z"


def day(text: str) -> date:
    """A date ``2026-06-30`` of 1970 to 2099."""
    if not _DATE.fullmatch(text):
        raise ValueError("not a date")
    return date.fromisoformat(text)


def month_dates(text: str) -> tuple[date, date]:
    """The first and the last date of a month ``2026-06`` of 1970 to 2099."""
    found = _MONTH.fullmatch(text)
    if not found:
        raise ValueError("not a month")
    return month(int(found[1]), int(found[2]))


def goal(text: str) -> Fraction:
    """``99.9%`` as 999/1000; in (0 %, 100 %], at most 6 decimals, always with the sign."""
    found = _GOAL.fullmatch(text)
    share = Fraction(found[1]) / 100 if found else Fraction(0)
    if not 0 < share <= 1:
        raise ValueError("not a goal")
    return share


def impact(text: str) -> Fraction:
    """A decimal text from 0 to 1 with at most 3 decimals."""
    if not _IMPACT.fullmatch(text):
        raise ValueError("not an impact")
    return Fraction(text)


def decimal(text: str) -> Fraction:
    """A decimal text from 0 on, below 10^12, with at most 9 decimals."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a decimal")
    return Fraction(text)


def decimal_text(value: Fraction) -> str:
    """``value`` exactly, without trailing zeros. Raises ValueError where that has no end (a third)."""
    digits, denominator = 0, value.denominator
    for prime in (2, 5):
        power = 0
        while denominator % prime == 0:
            denominator //= prime
            power += 1
        digits = max(digits, power)
    if denominator != 1:
        raise ValueError(f"{value} is no finite decimal")
    shifted = abs(value.numerator) * 10**digits // value.denominator
    sign = "-" if value < 0 else ""
    whole, part = divmod(shifted, 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"


def ratio_text(value: Fraction) -> str:
    """``n/d`` in lowest terms, ``1/1`` and ``0/1`` too."""
    return f"{value.numerator}/{value.denominator}"


def percent_text(share: Fraction) -> str:
    """``share`` as percent floored to 3 decimals: ``100.000`` only if nothing is missing."""
    thousandths = share.numerator * 100_000 // share.denominator
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def wall(text: str) -> int:
    """A wall clock ``08:00`` in minutes of the day; ``24:00`` is the end of it."""
    if not _WALL.fullmatch(text):
        raise ValueError("not a time of day")
    return int(text[:2]) * 60 + int(text[3:])


def zone(text: str) -> str:
    """The name of an IANA zone."""
    if not _ZONE.fullmatch(text):
        raise ValueError("not a zone's name")
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, OSError):  # OSError: "Europe" is a folder
        raise ValueError("no such zone") from None
