"""Spans of time in notices: the reader's zone with its offset first, then UTC, then how long; true across clock changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reports.catalogue import Catalogue
from reports.moments import utc
from reports.plain import firm
from sla.span import DAY, HOUR, MINUTE, SECOND, Instant, Span

_UNITS = (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND))


def window(span: Span, zone: str, catalogue: Catalogue) -> tuple[str, ...]:
    """``Tue 1 Dec 2026, 23:00 – Wed 2 Dec 2026, 01:00 CET (UTC+01:00)`` and ``= 1 Dec 22:00 – 2 Dec 00:00 UTC, 2 h``.

    Two lines; over a clock change both ends carry their own offset. A zone that is UTC needs only one.
    """
    start, end = (_local(at, zone) for at in (span.start, span.end))
    first, last = f"{_date(start, catalogue)}, {start:%H:%M}", f"{end:%H:%M}"
    if start.date() != end.date():
        last = f"{_date(end, catalogue)}, {last}"
    length = duration(span.length, catalogue)
    if not start.utcoffset() and not end.utcoffset():
        return (f"{first} – {last} UTC, {length}",)
    if start.utcoffset() == end.utcoffset():
        here = f"{first} – {last} {_named(end)}"
    else:
        here = f"{first} {_named(start)} – {last} {_named(end)}"
    return here, f"= {_plain(span, catalogue)}, {length}"


def begins(at: Instant, zone: str, catalogue: Catalogue) -> str:
    """When something begins, for a subject: ``Tue 1 Dec 2026, 23:00 CET``."""
    local = _local(at, zone)
    name = "UTC" if not local.utcoffset() else _letters(local) or _offset(local)
    return f"{_date(local, catalogue)}, {local:%H:%M} {name}"


def moment(at: Instant, zone: str, catalogue: Catalogue) -> str:
    """One instant: ``Tue 1 Dec 2026, 23:00 CET (UTC+01:00) = 22:00 UTC``; the date again where UTC has another."""
    local, there = _local(at, zone), utc(at)
    here = f"{_date(local, catalogue)}, {local:%H:%M}"
    if not local.utcoffset():
        return f"{here} UTC"
    day = "" if local.date() == there.date() else catalogue.say("short_date", day=there.day, month=_month(there, catalogue)) + " "
    return f"{here} {_named(local)} = {day}{there:%H:%M} UTC"


def duration(length_ms: int, catalogue: Catalogue) -> str:
    """``2 h``, ``4 min 10 s``, ``1 d 30 min``; to the full second, ``0 s`` for less."""
    said, rest = [], length_ms
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            said.append(firm(catalogue.say(f"duration.{unit}", count=count)))
    return " ".join(said) or firm(catalogue.say("duration.s", count=0))


def _local(at: Instant, zone: str) -> datetime:
    return utc(at).astimezone(ZoneInfo(zone))


def _date(local: datetime, catalogue: Catalogue) -> str:
    weekday = catalogue.say("weekdays").split()[local.weekday()]
    return catalogue.say("date", weekday=weekday, day=local.day, month=_month(local, catalogue), year=local.year)


def _month(local: datetime, catalogue: Catalogue) -> str:
    return catalogue.say("months").split()[local.month - 1]


def _plain(span: Span, catalogue: Catalogue) -> str:
    """The span in UTC, where the year was said already."""
    start, end = utc(span.start), utc(span.end)
    first, last = (catalogue.say("short_date", day=at.day, month=_month(at, catalogue)) for at in (start, end))
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{last} {end:%H:%M}"
    return f"{first} {start:%H:%M} – {until} UTC"


def _named(local: datetime) -> str:
    letters = _letters(local)
    return f"{letters} ({_offset(local)})" if letters else _offset(local)


def _letters(local: datetime) -> str:
    """The zone's letters, as far as it has any: many zones of tzdata are only numbers."""
    name = local.tzname() or ""
    return name if name.isalpha() else ""


def _offset(local: datetime) -> str:
    """``UTC+01:00``; seconds only where a zone of long ago had some."""
    offset = local.utcoffset() or timedelta()
    sign, seconds = ("-", -offset) if offset < timedelta() else ("+", offset)
    hours, rest = divmod(int(seconds.total_seconds()), 3600)
    minutes, odd = divmod(rest, 60)
    return f"UTC{sign}{hours:02d}:{minutes:02d}" + (f":{odd:02d}" if odd else "")
