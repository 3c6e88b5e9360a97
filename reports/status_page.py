"""One audience's page as HTML: a pure function of its snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import chart, figures, moments, words
from reports.catalogue import ENGLISH, Catalogue
from reports.plain import firm, plain
from reports.snapshot import Banner, Interruption, PageSnapshot
from reports.standing import banner
from sla.span import DAY, Instant

PAST_DAYS = 14
SHOWN_A_DAY = 8
"""Interruptions of one date that are written out; a part that flaps all day would bury every other day."""
STATIC = ("style.css", "stale.js")
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


def render(snapshot: PageSnapshot, catalogue: Catalogue = ENGLISH) -> bytes:
    """The page as UTF-8 HTML. Equal snapshots give equal bytes."""
    headline = banner(snapshot)
    page = (
        environment()
        .get_template("status.html")
        .render(
            page=snapshot,
            banner=headline,
            shown_as=_SHOWN_AS[headline],
            past=tuple(past_days(snapshot)),
            expiry=lambda at: _expiry(at, snapshot, catalogue),
            **voice(catalogue),
        )
    )
    return page.encode()


def static(name: str) -> bytes:
    """One of the ``STATIC`` files that pages refer to."""
    return (files("reports") / "static" / name).read_bytes()


@cache
def environment() -> Environment:
    """Jinja2 as all pages use it: escaping everywhere, a missing name is an error, no control character gets through."""
    made = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["firm"] = firm
    return made


def voice(catalogue: Catalogue) -> dict[str, Any]:
    """What templates speak with: every function that says something, in the language of ``catalogue``."""
    return {
        "language": catalogue.language,
        "say": sayer(catalogue),
        "percent": partial(figures.percent, catalogue=catalogue),
        "goal_percent": partial(figures.goal_percent, catalogue=catalogue),
        "downtime": partial(figures.downtime, catalogue=catalogue),
        "bounds": partial(figures.bounds, catalogue=catalogue, keep=firm),
        "budget": partial(figures.budget, catalogue=catalogue, keep=firm),
        "verdict": partial(figures.verdict, catalogue=catalogue, keep=firm),
        "well_measured": figures.well_measured,
        "machine": moments.machine,
        "local_date": moments.local_date,
        "day": partial(moments.day, catalogue=catalogue),
        "weekday": partial(moments.weekday, catalogue=catalogue),
        "clock_of": partial(moments.clock, catalogue=catalogue),
        "moment_of": partial(moments.moment, catalogue=catalogue),
        "bar": partial(chart.svg, catalogue=catalogue),
        "bad_days": partial(chart.rows, catalogue=catalogue),
        "kind_words": partial(words.kind_words, catalogue=catalogue),
        "cause_words": partial(words.cause_words, catalogue=catalogue),
    }


def past_days(snapshot: PageSnapshot) -> Iterator[Past]:
    """The last 14 local dates, newest first, each with the interruptions that touch it."""
    today = moments.local_date(snapshot.as_of, snapshot.zone)
    for back in range(PAST_DAYS):
        on = today - timedelta(days=back)
        touching = tuple(one for one in snapshot.interruptions if _touches(one, on, snapshot))
        shown, counted = touching[:SHOWN_A_DAY], touching[SHOWN_A_DAY:]
        length = sum((snapshot.as_of if one.end is None else one.end) - one.start for one in counted)
        yield Past(on, shown, _measured(snapshot, on), len(counted), length)


def sayer(catalogue: Catalogue) -> Callable[..., Markup]:
    """``say`` for templates: the text of a key as markup, every value in it escaped and made fit to be shown."""

    def say(key: str, **values: object) -> Markup:
        return Markup.escape(catalogue.texts[key]).format(**{name: plain(value) for name, value in values.items()})

    return say


def _touches(one: Interruption, on: date, snapshot: PageSnapshot) -> bool:
    first = moments.local_date(one.start, snapshot.zone)
    last = moments.local_date((snapshot.as_of if one.end is None else one.end) - 1, snapshot.zone)
    return first <= on <= max(first, last)


def _measured(snapshot: PageSnapshot, on: date) -> str:
    bars = [bar for entry in snapshot.entries for bar in entry.days if bar.date == on and bar.observed_ms]
    if not bars:
        return "before"
    if any(bar.down_ms for bar in bars):
        return "down"
    if all(bar.unknown_ms == bar.observed_ms for bar in bars):
        return "not"
    return "partly" if any(bar.unknown_ms for bar in bars) else "fully"


def _expiry(at: Instant, snapshot: PageSnapshot, catalogue: Catalogue) -> str:
    on = moments.day(moments.local_date(at, snapshot.zone), catalogue)
    days = (at - snapshot.as_of) // DAY
    if days < 0:
        return catalogue.say("expired", date=on)
    amount = catalogue.say("within_a_day") if days == 0 else chart.counted_days(days, catalogue)
    return catalogue.say("expires", date=on, days=amount)
