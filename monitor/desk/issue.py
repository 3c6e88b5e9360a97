"""Publishing a statement: version 1, and another whenever something was recorded that touches it. None is ever changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk import restated
from monitor.desk.case_file import Facts, facts, facts_or_fault
from monitor.desk.people import Person, lacking
from monitor.desk.refusal import Refused, refused
from monitor.desk.statement import Asked, Statement, stated
from monitor.store import audit, catalogue, statements
from monitor.store.audit import Entry
from monitor.store.statements import Issued
from sla.canonical import canonical
from sla.exclusion import Fault
from sla.restatement import Kind
from sla.span import Instant
from sla.texts import decimal_text, instant_text

SCOPE = "operate"
_ACTION = "statement.issued"
NAMELESS: Mapping[str, Any] = MappingProxyType({})
"""Of a site that nobody has a name for: it goes by its keys."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants published: the statement of a site for some dates by what was recorded up to ``as_of``."""

    site: str
    asked: Asked
    as_of: Instant


@dataclass(frozen=True, slots=True)
class Outcome:
    """The version that stands, and whether it is a new one; with ``faults`` there is none."""

    issued: Issued | None
    fresh: bool = False
    faults: tuple[Fault, ...] = ()


def judge(connection: Connection, person: Person, wish: Wish, now: Instant) -> Outcome:
    """What would be published, or every rule that hinders it."""
    found = list(lacking(person, SCOPE))
    if wish.as_of > now:
        message = "nobody knows yet what will be recorded until then"
        found.append(Fault("not-yet", ("as_of",), message, instant_text(wish.as_of), f"{instant_text(now)} or before"))
    before = statements.versions(connection, wish.site, wish.asked.period)
    if before and wish.as_of < before[-1].as_of:
        message = f"version {before[-1].version} already knows what was recorded later"
        expected = f"{instant_text(before[-1].as_of)} or later"
        found.append(Fault("as-of-before", ("as_of",), message, instant_text(wish.as_of), expected))
    known = facts_or_fault(connection, wish.site, wish.as_of)
    found += [known] if isinstance(known, Fault) else _time_faults(known, wish)
    if found or isinstance(known, Fault):
        return Outcome(None, faults=tuple(found))
    return _judged(connection, stated(known, wish.asked), before, person, now)


def issue(
    connection: Connection, person: Person, wish: Wish, now: Instant, about: Mapping[str, Any] = NAMELESS
) -> Outcome | Refused:
    """Publish the statement, or refuse to, in the caller's transaction; both are audited. Nothing new: nothing is stored.

    ``about`` is what people call the site and its parts now (``monitor.desk.about``): it is kept with the version.
    """
    outcome = judge(connection, person, wish, now)
    name = f"{wish.site} {wish.asked.period}"
    if outcome.issued is None:
        return refused(connection, now, Entry(person.actor, _ACTION, name, {"as_of": instant_text(wish.as_of)}), outcome.faults)
    if outcome.fresh:
        outcome = replace(outcome, issued=replace(outcome.issued, about=about))
        assert outcome.issued is not None
        number = catalogue.site_no(connection, wish.site)
        assert number is not None  # its facts were read
        statements.append(connection, number, outcome.issued)
        object_ = object_name(wish.site, wish.asked.period, outcome.issued.version)
        entry = Entry(person.actor, _ACTION, object_, _audited(outcome.issued))
        audit.append(connection, now, entry)
    return outcome


def object_name(site: str, period: str, version: int) -> str:
    """How a version is called in the audit."""
    return f"{site} {period} version {version}"


def differing(connection: Connection, published: Iterable[Issued]) -> Iterator[tuple[Issued, str]]:
    """Those of ``published`` that the store no longer says byte for byte, with the first member that differs.

    A version made by another engine or with other zones' data is compared without these names.
    """
    for issued in published:
        again = stated(facts(connection, issued.site, issued.as_of), Asked.of(issued.period))
        if place := _difference(issued, again):
            yield issued, place


def _time_faults(known: Facts, wish: Wish) -> Iterator[Fault]:
    """A statement speaks of time that is over and that somebody watched."""
    end = wish.asked.end(known) + 1
    if wish.as_of < end:
        message = f"{wish.asked.period} is not over; `threenines statement show` tells how it stands"
        yield Fault("not-over-yet", ("period",), message, instant_text(wish.as_of), f"{instant_text(end)} or later")
    elif known.begun >= end:
        message = f"nobody watched {wish.site} yet"
        yield Fault("not-watched", ("period",), message, wish.asked.period, f"dates that end after {instant_text(known.begun)}")


def _judged(connection: Connection, made: Statement, before: tuple[Issued, ...], person: Person, now: Instant) -> Outcome:
    result, deltas = made.answered.result, tuple[Mapping[str, Any], ...]()
    if before:
        rules, fault = _rules(connection, before[-1], made.asked)
        if fault:
            return Outcome(None, faults=(fault,))
        deltas = rules + restated.since(connection, made.known.site, made.asked, before[-1].as_of, made.known.as_of)
        if not deltas:
            return Outcome(before[-1])
    issued = Issued(
        made.known.site,
        made.asked.period,
        len(before) + 1,
        made.known.as_of,
        now,
        person.name,
        result["engine"],
        result["tzdata"],
        result["input_sha256"],
        canonical(made.content).encode(),
        deltas,
    )
    return Outcome(issued, fresh=True)


def _rules(connection: Connection, old: Issued, asked: Asked) -> tuple[tuple[Mapping[str, Any], ...], Fault | None]:
    """What other rules or zones' data make of the facts of ``old``; a fault if the same ones make something else of them."""
    again = stated(facts(connection, old.site, old.as_of), asked)
    then, now = old.document["result"], again.answered.result
    place = _difference(old, again)
    if place is None:
        return (), None
    if (old.engine, old.tzdata) == (now["engine"], now["tzdata"]):
        message = (
            f"version {old.version} does not follow from the store any more, first at {place}; ask `threenines doctor --audit`"
        )
        return (), Fault("not-reproducible", ("site",), message, old.site, "the facts that it was made of")
    figures = now["figures"]
    delta = {
        "recorded_at": instant_text(again.known.as_of),
        "kind": Kind.RULES.value,
        "of": f"engine {now['engine']}, time zones {now['tzdata']}",
        "said": f"engine {old.engine}, time zones {old.tzdata}",
        "from": figures["from"],
        "to": figures["to"],
        "counted_seconds": decimal_text(_counted(now) - _counted(then)),
    }
    return (delta,), None


def _counted(result: Mapping[str, Any]) -> Fraction:
    return Fraction(result["figures"]["downtime_counted_seconds"])


_MADE_BY = frozenset({"engine", "tzdata", "input_sha256"})
"""What may differ between two engines that say the same of the same facts: a case of one may hold members new to the other."""


def _difference(issued: Issued, made: Statement) -> str | None:
    """A pointer to the first member in which ``made`` says something else than was published."""
    content, result = made.content, made.answered.result
    if canonical(content).encode() == issued.content:
        return None
    same = (issued.engine, issued.tzdata) == (result["engine"], result["tzdata"])
    return first_difference(issued.document, content, frozenset() if same else _MADE_BY)


def first_difference(old: Any, new: Any, but: frozenset[str], place: str = "") -> str | None:
    """A pointer to the first place where two JSON values differ, members called as in ``but`` left aside; None: nowhere."""
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = [(key, old.get(key), new.get(key)) for key in sorted({*old, *new} - but)]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(str(number), *pair) for number, pair in enumerate(zip(old, new, strict=True))]
    else:
        return None if old == new else place or "/"
    found = (first_difference(one, other, but, f"{place}/{key}") for key, one, other in pairs)
    return next((one for one in found if one is not None), None)


def _audited(issued: Issued) -> dict[str, Any]:
    """What the audit keeps of a version: enough to see whether its bytes are still those that were published."""
    return {
        "as_of": instant_text(issued.as_of),
        "input_sha256": issued.input_sha256,
        "content_sha256": sha256(issued.content).hexdigest(),
        "about_sha256": sha256(canonical(dict(issued.about)).encode()).hexdigest(),
        "verdict": issued.document["result"]["verdict"],
        "deltas": len(issued.deltas),
    }
