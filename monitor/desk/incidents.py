"""What people say of a trouble: open, update and resolve. Never better than measured: nothing is over that is seen down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.desk import case_file
from monitor.desk.case_file import Facts, NoSuchSite
from monitor.desk.measured import said
from monitor.desk.people import Person, lacking
from monitor.desk.refusal import Refused, no_such, refused, unless_printable
from monitor.store import audit, catalogue, changes, incidents
from monitor.store.audit import Entry
from monitor.streams import component_tree, leaf_name
from sla.account import Terms, account
from sla.agreement import Agreement
from sla.exclusion import Fault
from sla.facts import levels_of
from sla.incident import NEXT, Impact, Incident, Status, Update
from sla.span import DAY, Instant, Span
from sla.state import State
from sla.texts import instant_text
from sla.timeline import Timeline

LONGEST_TITLE = 200
LONGEST_BODY = 8_192
"""Bytes: two pages of text; whoever has more to say links to it."""
_SAYS_WELL = (Status.MONITORING, Status.RESOLVED)


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says of a trouble; what is None stays as it is. ``public``: also for the page that everybody reads.

    ``next_at``: when they will say more.
    """

    status: Status | None
    body: str
    title: str | None = None
    impact: Impact | None = None
    components: tuple[str, ...] = ()
    public: bool = False
    next_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The update as it would be, the incident it belongs to (None: a new one), and every rule it breaks."""

    incident: Incident | None
    update: Update
    faults: tuple[Fault, ...]


def judge_opening(connection: Connection, person: Person, words: Words, now: Instant) -> Judged:
    """Every rule that a new incident breaks."""
    status = words.status or Status.INVESTIGATING
    update = Update(
        now, status, person.name, words.components, words.body, words.title, words.impact, words.public, words.next_at
    )
    found = [*_text_faults(words, now), *_component_faults(connection, words.components, now)]
    if not words.components:
        found.append(
            Fault("missing", ("components",), "an incident concerns something", "nothing", "at least one site/component")
        )
    return Judged(None, update, (*lacking(person, "operate"), *found, *_unless_over(connection, update, now)))


def judge_update(connection: Connection, person: Person, key: str, words: Words, now: Instant) -> Judged:
    """Every rule that a further word on the incident ``key`` breaks."""
    found = [*lacking(person, "operate"), *_text_faults(words, now), *_component_faults(connection, words.components, now)]
    known = incidents.find(connection, key)
    if known is None:
        names = [one.id for one in incidents.every(connection)]
        update = Update(now, Status.INVESTIGATING, person.name, ())
        return Judged(None, update, (*found, no_such("incident", "id", key, names)))
    status, allowed = words.status or known.last.status, NEXT[known.last.status]
    components = tuple(dict.fromkeys((*known.last.components, *words.components)))
    at = max(now, known.last.at)
    update = Update(at, status, person.name, components, words.body, words.title, words.impact, words.public, words.next_at)
    if status not in allowed:
        expected, message = " or ".join(one.value for one in allowed), f"{status.value} does not follow {known.last.status.value}"
        return Judged(known, update, (*found, Fault("illegal-step", ("status",), message, status.value, expected)))
    return Judged(known, update, (*found, *_unless_over(connection, update, now)))


def keep(connection: Connection, person: Person, judged: Judged, action: str, name: str, now: Instant) -> Incident | Refused:
    """Keep what was judged, or refuse it; both are audited. ``action`` and ``name`` say what was tried, and on what."""
    body = said(judged.update)
    if judged.faults:
        return refused(connection, now, Entry(person.actor, action, name, body), judged.faults)
    if judged.incident is None:
        kept = incidents.open_(connection, judged.update.components[0], now, judged.update, now)
    else:
        kept = incidents.add(connection, judged.incident, judged.update, now)
    audit.append(connection, now, Entry(person.actor, action, kept.id, body))
    return kept


def _text_faults(words: Words, now: Instant) -> list[Fault]:
    found = [] if words.title is None else unless_printable("title", words.title, LONGEST_TITLE)
    size = len(words.body.encode())
    if not words.body.strip() or size > LONGEST_BODY:
        expected = f"a text of at most {LONGEST_BODY} bytes"
        found.append(Fault("value", ("body",), "is no such text", f"{size} bytes", expected))
    if not all(char.isprintable() or char == "\n" for char in words.body):
        found.append(
            Fault("value", ("body",), "holds control characters", "such a character", "printable characters and ends of lines")
        )
    if words.next_at is not None and not now < words.next_at <= now + DAY:
        got = instant_text(words.next_at)
        found.append(Fault("value", ("next_update_at",), "is not soon", got, "an instant within the next 24 h"))
    return found


def _component_faults(connection: Connection, names: Iterable[str], now: Instant) -> list[Fault]:
    sites = catalogue.read(connection).sites
    found = []
    for name in names:
        site, _, component = name.partition("/")
        known = _facts(connection, site, now)
        if known is None:
            found.append(no_such("site", "components", site, sites))
        elif component not in known.components():
            found.append(no_such("component", "components", name, [f"{site}/{one}" for one in known.components()]))
    return found


def _facts(connection: Connection, site: str, now: Instant) -> Facts | None:
    try:
        return case_file.facts(connection, site, now, seen=False)
    except NoSuchSite:
        return None


def _unless_over(connection: Connection, update: Update, now: Instant) -> list[Fault]:
    """The fault of saying that all is well while something of it is seen down."""
    if update.status not in _SAYS_WELL:
        return []
    down = [name for name in update.components if seen_now(connection, name, now) is State.DOWN]
    if not down:
        return []
    message = f"{update.status.value} is said when all is well, and this is measured down"
    return [Fault("still-down", ("status",), message, ", ".join(down), "investigating or identified, until it is seen up")]


def seen_now(connection: Connection, name: str, now: Instant) -> State:
    """What the component ``site/component`` is measured as; UNKNOWN if nobody looks at it."""
    site, _, component = name.partition("/")
    known = _facts(connection, site, now)
    about = known.makeups[-1].body["components"].get(component) if known else None
    streams = {
        check["no"]: [(check["no"], number) for number in check["locations"].values()]
        for check in (about or {"checks": {}})["checks"].values()
    }
    if not streams:
        return State.UNKNOWN
    lines = changes.timelines(connection, [stream for own in streams.values() for stream in own], now - DAY)
    levels = {leaf_name(stream): levels_of(lines.get(stream, Timeline())) for own in streams.values() for stream in own}
    span = Span(now - 1, now)
    return account(Terms(Agreement(effective_from=span.start), component_tree(streams), as_of=now), levels, span).shown(
        span.start
    )
