"""Rules of recurrence (RFC 5545) as people write them, in a zone, right across every change of its clock.

A wall clock that a zone shows twice means the first of the two, one that it never shows is read with the offset before the gap
(RFC 5545, 3.3.5): a window at 02:30 begins at 03:30 on the day on which clocks go forward. The length is that of real time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from sla.exclusion import Fault
from sla.span import SECOND, Instant

WALL = "%Y-%m-%dT%H:%M"
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO", "WKST")
"""What a rule may say; the time of day is that of the first window."""
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_UNTIL = re.compile(r"\d{8}(T\d{6})?")
SEEN_YEARS = 5
"""A rule that has no second window in so many years is none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``text`` (``FREQ=WEEKLY;BYDAY=TU``) from the wall clock ``first`` (naive) on, in the IANA zone ``zone``."""

    text: str
    zone: str
    first: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """One beginning: the wall clock that the rule means, and its instant."""

    wall: datetime
    at: Instant


def starts(rule: Rule, since: Instant, until: Instant) -> Iterator[Start]:
    """The beginnings in [since, until), in order."""
    zone, day = ZoneInfo(rule.zone), timedelta(days=1)
    last = datetime.fromtimestamp(until // SECOND, UTC).replace(tzinfo=None) + 2 * day
    for wall in walls(rule, last):
        at = int(wall.replace(tzinfo=zone).timestamp()) * SECOND
        if since <= at < until:
            yield Start(wall, at)


def walls(rule: Rule, last: datetime) -> Iterator[datetime]:
    """The wall clocks of the rule up to ``last`` (naive)."""
    said = _said(rule.text)
    count, until = said.pop("COUNT", None), said.pop("UNTIL", None)
    ends = min(last, _until(until)) if until else last
    endless = rrulestr(";".join(f"{name}={value}" for name, value in said.items()), dtstart=rule.first)
    assert isinstance(endless, rrule)
    yield from islice(endless.replace(until=ends), None if count is None else int(count))


def faults(rule: Rule) -> list[Fault]:
    """What is wrong with a rule, all at once as far as it can be read; none: it recurs."""
    said = _said(rule.text)
    found = [_fault(f"a rule has no {name or 'empty'} part", rule, ", ".join(_PARTS)) for name in said if name not in _PARTS]
    if said.get("FREQ") not in _FREQUENCIES:
        found.append(_fault("a rule says how often", rule, f"FREQ= with one of {', '.join(_FREQUENCIES)}"))
    if "UNTIL" in said and not _UNTIL.fullmatch(said["UNTIL"]):
        found.append(_fault("UNTIL is a local date or time of the rule's zone", rule, "UNTIL=20271231 or UNTIL=20271231T230000"))
    if "COUNT" in said and not re.fullmatch(r"[1-9]\d{0,3}", said["COUNT"]):
        found.append(_fault("COUNT is a number of windows", rule, "COUNT=1 to 9999"))
    if not re.fullmatch(r"[1-9]\d{0,2}", said.get("INTERVAL", "1")):
        found.append(_fault("INTERVAL is a number of days, weeks, months or years", rule, "INTERVAL=1 to 999"))
    return found or _recurs(rule)


def _recurs(rule: Rule) -> list[Fault]:
    """The fault of a rule that can't be read, or whose first window is none of its own."""
    try:
        found = list(islice(walls(rule, rule.first + timedelta(days=366 * SEEN_YEARS)), 2))
    except (ValueError, OverflowError) as fault:
        return [_fault(f"not a rule: {str(fault)[:80]}", rule, "e.g. FREQ=WEEKLY;BYDAY=TU")]
    if not found or found[0] != rule.first:
        then = f"{found[0]:%Y-%m-%d %H:%M}" if found else f"nothing in {SEEN_YEARS} years"
        return [_fault("the first window is none of the rule's", rule, f"a beginning that it meets; the next is {then}")]
    return []


def _fault(message: str, rule: Rule, expected: str) -> Fault:
    return Fault("value", ("rule",), message, rule.text[:80], expected)


def _said(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.upper().removeprefix("RRULE:").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _until(text: str) -> datetime:
    """The last wall clock that ``UNTIL`` lets in. Raises ValueError."""
    whole = text if "T" in text else f"{text}T235959"
    return datetime.strptime(whole, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock of the rule's zone
