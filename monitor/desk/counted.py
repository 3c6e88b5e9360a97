"""What counts of each site, kept packed: counted again when something was recorded of the site, not with each look.

A row is counted as if what is known now went on; whoever asks at an instant cuts it there. So it stays right while nothing
new is recorded, and ``fresh`` says whether that is so.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache, partial
from importlib.metadata import version
from itertools import chain

from sqlalchemy.engine import Connection

from monitor.clock import Stopwatch
from monitor.desk.case_file import Facts, NoSuchSite, document, facts, parts
from monitor.store import catalogue, derived
from monitor.store.database import Database
from monitor.store.derived import Row
from sla import compact, writing
from sla.agreement import Agreement
from sla.canonical import canonical
from sla.case import Case, Changes, Known
from sla.evaluate import accounted
from sla.reading import FORMAT, read
from sla.span import DAY, END_OF_TIME, Instant, Span
from sla.texts import instant_text

BEFORE_MS, AHEAD_MS = 92 * DAY, 400 * DAY
"""How far before a site's first evidence and beyond the present a row is told: a month's windows reach back two months."""

RENEWED_MS = 92 * DAY
"""A row that ends sooner than that is counted again."""

AT_ONCE = 20
"""Sites counted in one go: some hundredths of a second in which no other thread gets far."""


@cache
def rules() -> str:
    """The form and the rules that rows are made by, and the data of the zones: rows of others are made again."""
    return f"form {compact.VERSION}, engine {version('threenines')}, tzdata {version('tzdata')}"


def counted_row(connection: Connection, site: str, now: Instant) -> Row:
    """What counts of ``site`` by all that is recorded, under the agreement in force ``now``. Raises NoSuchSite."""
    until, number = now + AHEAD_MS, catalogue.site_no(connection, site)
    if number is None:
        raise NoSuchSite(site)
    known = facts(connection, site, until)
    in_force, case = _in_force(known, now), _case(known, now)
    begun = case.agreement.effective_from
    within = Span(min(now, known.begun if begun is None else begun) - BEFORE_MS, until)
    newest = max(derived.recorded_at(connection, number), _told_at(known))
    agreement = canonical(writing.agreement(replace(case.agreement, effective_from=None)))
    ends = (in_force.start, in_force.end, within.start, within.end)
    return Row(number, rules(), agreement, *ends, newest, compact.pack(accounted(case, within).counted))


def _case(known: Facts, now: Instant) -> Case:
    """The site as a case, told by its facts as they are: in the public format they would be written and read again."""
    case = case_of(document(replace(known, told={}), any_window(now), now))
    first = known.versions[0].effective_from
    streams = {part.name: part.stream for part in chain.from_iterable(parts(known))}
    told = {name: known.told.get(stream, ()) if stream else () for name, stream in streams.items()}
    components = {
        name: replace(one, history=Changes(tuple(Known(at, fact) for at, fact in told[name])))
        for name, one in case.components.items()
    }
    agreement = replace(case.agreement, effective_from=known.begun if first is None else first)
    return replace(case, agreement=agreement, components=components)


def any_window(now: Instant) -> Mapping[str, str]:
    """A case has a question; what counts is asked for apart from it."""
    return {"kind": "window", "from": instant_text(now - DAY), "to": instant_text(now)}


def _in_force(known: Facts, now: Instant) -> Span:
    """When the version in force ``now`` is."""
    begins = [one.effective_from or 0 for one in known.versions]
    place = known.versions.index(known.in_force(now))
    following = begins[place + 1] if place + 1 < len(begins) else END_OF_TIME
    return Span(begins[place] if place else 0, following)


def _told_at(known: Facts) -> Instant:
    """The newest stamp of what was seen, decided or announced."""
    seen = (at for told in known.told.values() for at, _ in told)
    decided = (step.at for filed in known.exclusions for step in filed.exclusion.history or ())
    announced = (notice.at for plan in known.maintenance for notice in plan.announcements)
    return max((*seen, *decided, *announced), default=0)


def case_of(said: Mapping[str, object]) -> Case:
    """A case of ours. Raises ValueError with its mistakes if it is none: then what wrote it is wrong."""
    reading = read(said)
    if reading.case is None:
        raise ValueError("; ".join(f"{one.pointer}: {one.message}" for one in reading.mistakes))
    return reading.case


@lru_cache(maxsize=4096)
def agreement_of(text: str) -> Agreement:
    """The agreement of a row; many sites have the same."""
    return case_of(
        {
            "format": FORMAT,
            "agreement": json.loads(text),
            "components": {"any": {"outages": []}},
            "query": {"kind": "days", "first": "2000-01-01", "days": 1},
        }
    ).agreement


def stale(connection: Connection, now: Instant) -> tuple[str, ...]:
    """The sites that have to be counted again: something was recorded of them, or their row is of other rules or ends soon."""
    numbers, kept = catalogue.site_nos(connection), derived.versions(connection)
    touched = derived.touched(connection, derived.marked(connection))
    nobody = ("", 0)

    def as_it_is(number: int) -> bool:
        made_by, until = kept.get(number, nobody)
        return made_by == rules() and until >= now + RENEWED_MS and number not in touched

    return tuple(key for key, number in numbers.items() if not as_it_is(number))


async def keep_up(database: Database, now: Instant, monotonic: Stopwatch) -> int:
    """Count the stale sites again, a few at once, resting as long as that took; how many there were."""
    far, sites = await database.read(lambda db: (derived.marks(db), stale(db, now)))
    for place in range(0, len(sites), AT_ONCE):
        begun = monotonic()
        made = await database.read(partial(_made, sites=sites[place : place + AT_ONCE], now=now))
        await database.write(partial(derived.keep, made=made))
        await asyncio.sleep(monotonic() - begun)
    if sites:
        await database.write(partial(derived.mark, far=far))
    return len(sites)


def _made(connection: Connection, sites: Sequence[str], now: Instant) -> list[Row]:
    """The rows of ``sites``; one of which nothing was promised yet has none."""
    made = []
    for site in sites:
        with suppress(NoSuchSite):
            made.append(counted_row(connection, site, now))
    return made
