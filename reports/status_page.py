"""One audience's page as HTML: a pure function of its snapshot.

The text of a part (an entry, a past day, who manages what, the legend) is kept as long as nothing of it reads otherwise: of the
days in an entry's bar only those that are not wholly good are looked at again. So a page that is renewed costs what has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache, partial
from typing import Any

from markupsafe import Markup

from reports import chart, moments, said
from reports.catalogue import ENGLISH, Catalogue
from reports.events import Duty, Incident, Maintenance
from reports.frame import INDEX, Place, environment, rendered, voice
from reports.request import kind_name, seen_lines
from reports.snapshot import Banner, DayBar, Entry, Interruption, PageSnapshot
from reports.standing import Shown, banner, shown
from sla.incident import Status
from sla.span import DAY, Instant
from sla.state import State

PAST_DAYS = 14
SHOWN_A_DAY = 8
"""Interruptions of one date that are written out; a part that flaps all day would bury every other day."""
AHEAD_MS = 30 * DAY
KEPT = 8_192
"""Entries whose text is kept: some 3 kB each, and as many as a thousand sites have."""
_SHOWN_AS = {
    Banner.UNKNOWN: "unknown",
    Banner.MAJOR_OUTAGE: "down",
    Banner.PARTIAL_OUTAGE: "down",
    Banner.DEGRADED: "degraded",
    Banner.MAINTENANCE: "maintenance",
    Banner.OPERATIONAL: "up",
}


@dataclass(frozen=True, slots=True)
class Past:
    """One local date of the list of interruptions; ``measured`` is ``fully``, ``partly``, ``not``, ``before`` or ``down``.

    ``interruptions`` are the newest; ``more`` of them are only counted, ``more_ms`` long in all.
    """

    date: date
    interruptions: tuple[Interruption, ...]
    measured: str
    more: int = 0
    more_ms: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What the list of interruptions says of an incident."""

    id: str
    name: str
    status: Status


@dataclass(frozen=True, slots=True)
class Around:
    """What of a page the text of its parts depends on."""

    provider: str
    customer: str | None
    zone: str
    language: str


@dataclass(frozen=True, slots=True)
class Days:
    """A bar as far as it is seen: how many days up to which date, and those that are not wholly good, with their places."""

    count: int
    last: date
    bad: tuple[tuple[int, DayBar], ...]

    def whole(self) -> tuple[DayBar, ...]:
        """All days again; of a good one nothing is known but that it was good."""
        bad = dict(self.bad)
        first = self.last - timedelta(days=self.count - 1)
        return tuple(bad.get(place) or DayBar(first + timedelta(days=place), 0, 0, 0, DAY) for place in range(self.count))


def render(snapshot: PageSnapshot, catalogue: Catalogue = ENGLISH, place: Place = INDEX) -> bytes:
    """The page as UTF-8 HTML. Equal snapshots give equal bytes."""
    headline = banner(snapshot)
    around = Around(snapshot.provider, snapshot.customer, snapshot.zone, catalogue.language)
    return rendered(
        "status.html",
        snapshot,
        place,
        catalogue,
        dated=True,
        banner=headline,
        shown_as=_SHOWN_AS[headline],
        past=tuple(past_days(snapshot)),
        entry_text=lambda entry: entry_text(entry, snapshot, around, catalogue),
        day_text=_days_of(snapshot, around, catalogue, place),
        duties_text=lambda group: _duties(group.name, group.duties, around, catalogue),
        going_on=tuple(one for one in snapshot.incidents if one.open),
        coming=tuple(coming(snapshot)),
        request_name=partial(kind_name, catalogue=catalogue),
        seen_lines=partial(seen_lines, catalogue=catalogue),
        legend=_legend(around, catalogue),
    )


def coming(snapshot: PageSnapshot) -> Iterator[Maintenance]:
    """Maintenance that goes on, then what comes in the next 30 days, the nearest first."""
    wanted = [
        one
        for one in snapshot.maintenances
        if one.in_process or (one.pending and one.last.span.start < snapshot.as_of + AHEAD_MS)
    ]
    return iter(sorted(wanted, key=lambda one: (not one.in_process, one.last.span.start, one.id)))


def told_on(snapshot: PageSnapshot) -> dict[date, list[Incident]]:
    """The incidents of late, by the local date on which they were first told of."""
    found: dict[date, list[Incident]] = defaultdict(list)
    for one in snapshot.incidents:
        if one.created_at > snapshot.as_of - (PAST_DAYS + 1) * DAY:
            found[moments.local_date(one.created_at, snapshot.zone)].append(one)
    return found


def entry_text(entry: Entry, snapshot: PageSnapshot, around: Around, catalogue: Catalogue) -> Markup:
    """One entry as HTML, from what was kept if it reads the same."""
    days = entry.days
    bad = tuple((place, _as_read(bar)) for place, bar in enumerate(days) if not bar.good)
    seen = Days(len(days), days[-1].date, bad) if days else None
    maintained = shown(entry, snapshot) is Shown.UNDER_MAINTENANCE
    ends = said.expiry(entry, snapshot, catalogue)
    since = None if entry.state is State.UP else entry.since
    plain = replace(entry, days=(), expires_at=None, since=since, began_at=None)
    return _kept(plain, seen, ends, maintained, around, catalogue)


def _as_read(bar: DayBar) -> DayBar:
    """A day without what nobody reads of it: for how long it was observed, as long as that is longer than it was unknown."""
    return replace(bar, observed_ms=DAY) if bar.unknown_ms < bar.observed_ms != DAY else bar


@lru_cache(KEPT)
def _kept(entry: Entry, seen: Days | None, ends: str | None, maintained: bool, around: Around, catalogue: Catalogue) -> Markup:
    drawn, table = _bars(entry.name, seen, catalogue) if seen else (None, "")
    return _part(
        "entry.html",
        catalogue,
        entry=entry,
        count=seen.count if seen else 0,
        drawn=drawn,
        table=table,
        ends=ends,
        word="maintenance" if maintained else entry.state.word,
        around=around,
    )


@lru_cache(KEPT)
def _bars(name: str, seen: Days, catalogue: Catalogue) -> tuple[Markup, Markup]:
    """The bar of an entry, and the table of what it shows: the same whatever the entry's state is, so also on the stale twin."""
    days = seen.whole()
    bad = chart.rows(days, catalogue)
    return chart.svg(name, days, catalogue), _part("days.html", catalogue, name=name, bad=bad) if bad else Markup()


def _days_of(snapshot: PageSnapshot, around: Around, catalogue: Catalogue, place: Place) -> Callable[[Past], Markup]:
    """How the page writes a day of the list of interruptions."""
    on = told_on(snapshot)
    seen_until = snapshot.evidence_at if snapshot.stale else None

    def day_text(day: Past) -> Markup:
        told = tuple(Told(one.id, said.incident_name(one, snapshot, catalogue), one.status) for one in on.get(day.date, ()))
        ongoing = seen_until if any(one.end is None for one in day.interruptions) else None
        return _day(day, told, ongoing, place.home, around.zone, catalogue)

    return day_text


@lru_cache(KEPT)
def _day(day: Past, told: tuple[Told, ...], seen_until: Instant | None, home: str, zone: str, catalogue: Catalogue) -> Markup:
    return _part("day.html", catalogue, past=day, told=told, seen_until=seen_until, home=home, zone=zone)


@lru_cache(KEPT)
def _duties(name: str, duties: tuple[Duty, ...], around: Around, catalogue: Catalogue) -> Markup:
    return _part("duties.html", catalogue, group={"name": name, "duties": duties}, around=around)


@lru_cache(KEPT)
def _legend(around: Around, catalogue: Catalogue) -> Markup:
    return _part("legend.html", catalogue, around=around)


def _part(template: str, catalogue: Catalogue, **values: object) -> Markup:
    """A part of the page by itself."""
    text = environment().get_template(template).render(**values, **_voice(catalogue))
    return Markup(text)  # noqa: S704 - the template escaped it


@cache
def _voice(catalogue: Catalogue) -> dict[str, Any]:
    return voice(catalogue)


def past_days(snapshot: PageSnapshot) -> Iterator[Past]:
    """The last 14 local dates, newest first, each with the interruptions that touch it."""
    today = moments.local_date(snapshot.as_of, snapshot.zone)
    recent: dict[date, list[DayBar]] = defaultdict(list)
    for bar in (bar for entry in snapshot.entries for bar in entry.days[-PAST_DAYS - 1 :] if bar.observed_ms):
        recent[bar.date].append(bar)
    for back in range(PAST_DAYS):
        on = today - timedelta(days=back)
        touching = tuple(one for one in snapshot.interruptions if _touches(one, on, snapshot))
        written, counted = touching[:SHOWN_A_DAY], touching[SHOWN_A_DAY:]
        length = sum((snapshot.as_of if one.end is None else one.end) - one.start for one in counted)
        yield Past(on, written, _measured(recent[on]), len(counted), length)


def _touches(one: Interruption, on: date, snapshot: PageSnapshot) -> bool:
    first = moments.local_date(one.start, snapshot.zone)
    last = moments.local_date((snapshot.as_of if one.end is None else one.end) - 1, snapshot.zone)
    return first <= on <= max(first, last)


def _measured(bars: list[DayBar]) -> str:
    if not bars:
        return "before"
    if any(bar.down_ms for bar in bars):
        return "down"
    if all(bar.unknown_ms == bar.observed_ms for bar in bars):
        return "not"
    return "partly" if any(bar.unknown_ms for bar in bars) else "fully"
