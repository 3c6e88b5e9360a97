"""The statements that nobody has to ask for: of each month, two days after it is over, and anew when late facts say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration
from monitor.desk.about import about
from monitor.desk.deed import Installation
from monitor.desk.issue import SCOPE, Outcome, Wish, issue, judge
from monitor.desk.people import Person
from monitor.desk.refusal import Refused
from monitor.desk.statement import Asked
from monitor.store import statements
from monitor.store.audit import SERVICE
from monitor.store.statements import Issued
from sla.calendar import date_of
from sla.span import HOUR, Instant

WAIT_MS = 48 * HOUR
"""From a month's end in the site's zone: agents without a connection bring most of what they saw within two days."""
CATCH_UP = 13
"""Months of one site that are published at most when we come back; longer ago nobody waits for them."""
RESTATED = 3
"""The newest months that are looked at again for late facts; older ones are published anew when somebody asks."""
_WE = Person(SERVICE, frozenset({SCOPE}))
_MADE_BY = ("engine", "tzdata", "input_sha256")


@dataclass(frozen=True, slots=True)
class Due:
    """A month of a site that may have to be published. ``fresh``: it never was."""

    site: str
    month: str
    fresh: bool


def due(connection: Connection, configuration: Configuration, now: Instant) -> tuple[Due, ...]:
    """The months to publish, and those to look at again; what was never published comes first, the oldest month first.

    A site goes on after its last published month; the first one is the newest that is over.
    """
    known = statements.months(connection)
    found = [
        Due(site.key, month, month not in known.get(site.key, ()))
        for site in configuration.sites
        for month in _months(known.get(site.key, ()), newest(site.promised_at(now).agreement.zone, now))
    ]
    return tuple(sorted(found, key=lambda one: (not one.fresh, one.month, one.site)))


def newest(zone: str, now: Instant) -> str:
    """The newest month that was over ``WAIT_MS`` ago."""
    begun = date_of(zone, now - WAIT_MS).replace(day=1)
    return f"{begun - timedelta(days=1):%Y-%m}"


def _months(published: tuple[str, ...], last: str) -> Iterator[str]:
    """The months of one site that are of interest when ``last`` is the newest that is over, the oldest first."""
    again = [month for month in published if month <= last][-RESTATED:]
    begun = max(published, default=_before(last))
    missing: list[str] = []
    while last > begun and len(missing) < CATCH_UP:
        missing.append(last)
        last = _before(last)
    yield from (*again, *reversed(missing))


def _before(month: str) -> str:
    return f"{Asked.of(month).first - timedelta(days=1):%Y-%m}"


def news(connection: Connection, one: Due, now: Instant) -> bool:
    """Whether a version of the month is to be published: the first, or another whose figures are others."""
    outcome = judge(connection, _WE, _wish(one, now), now)
    if outcome.issued is None or not outcome.fresh:
        return False
    before = statements.versions(connection, one.site, one.month)
    return not before or said(before[-1]) != said(outcome.issued)


def said(issued: Issued) -> Mapping[str, Any]:
    """The figures of a version, whatever made them."""
    return {name: value for name, value in issued.document["result"].items() if name not in _MADE_BY}


def publish(connection: Connection, ours: Installation, one: Due, now: Instant) -> Issued | None:
    """Publish a version in the caller's transaction; None: a rule hinders it, or nothing was recorded since."""
    outcome = issue(connection, _WE, _wish(one, now), now, about(ours, one.site))
    assert isinstance(outcome, Outcome | Refused)
    return outcome.issued if isinstance(outcome, Outcome) and outcome.fresh else None


def _wish(one: Due, now: Instant) -> Wish:
    return Wish(one.site, Asked.of(one.month), now)
