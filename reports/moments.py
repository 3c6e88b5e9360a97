"""Instants and dates as people read them: the page's zone first, UTC beside it where they differ."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from reports.catalogue import ENGLISH, Catalogue
from sla.span import Instant

KEPT = 4_096
"""Texts kept of each form: a page that is renewed names the same instants again, and zones are slow to ask."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(at: Instant) -> datetime:
    """``at`` as an aware datetime in UTC, exact to the millisecond."""
    return _EPOCH + timedelta(milliseconds=at)


@lru_cache(KEPT)
def machine(at: Instant) -> str:
    """``at`` as machines get it: ``2026-11-23T13:37:05.123Z``."""
    return f"{utc(at):%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


@lru_cache(KEPT)
def local_date(at: Instant, zone: str) -> date:
    """The local date of ``at`` in the IANA zone ``zone``."""
    return utc(at).astimezone(ZoneInfo(zone)).date()


@lru_cache(KEPT)
def day(on: date, catalogue: Catalogue = ENGLISH) -> str:
    """A date: ``24 Nov 2026``."""
    return catalogue.say("day", day=on.day, month=catalogue.say(f"month.{on.month}"), year=on.year)


def days(first: date, last: date, catalogue: Catalogue = ENGLISH) -> str:
    """Dates from ``first`` to ``last``, both included: ``1 Nov 2026 – 24 Nov 2026``."""
    if first == last:
        return day(first, catalogue)
    return catalogue.say("dates", first=day(first, catalogue), last=day(last, catalogue))


@lru_cache(KEPT)
def weekday(on: date, catalogue: Catalogue = ENGLISH) -> str:
    """A date with its weekday: ``Tuesday, 24 Nov 2026``."""
    return catalogue.say("weekday", weekday=catalogue.say(f"weekday.{on.weekday()}"), date=day(on, catalogue))


@lru_cache(KEPT)
def clock(at: Instant, zone: str, seconds: bool = True, catalogue: Catalogue = ENGLISH) -> str:
    """The time of day: ``14:37:05 CET (13:37:05 UTC)``, or ``13:37:05 UTC`` where the zone is UTC."""
    form = "%H:%M:%S" if seconds else "%H:%M"
    local = utc(at).astimezone(ZoneInfo(zone))
    here = f"{local.strftime(form)} {local.tzname()}"
    beside = local.utcoffset() or local.tzname() != "UTC"
    return catalogue.say("clock", local=here, utc=utc(at).strftime(form)) if beside else here


@lru_cache(KEPT)
def moment(at: Instant, zone: str, seconds: bool = False, catalogue: Catalogue = ENGLISH) -> str:
    """Date and time of day: ``24 Nov 2026, 14:37 CET (13:37 UTC)``."""
    return catalogue.say("moment", date=day(local_date(at, zone), catalogue), clock=clock(at, zone, seconds, catalogue))


def month(on: date, catalogue: Catalogue = ENGLISH) -> str:
    """A month: ``November 2026``."""
    return catalogue.say("month", month=catalogue.say(f"month.full.{on.month}"), year=on.year)
