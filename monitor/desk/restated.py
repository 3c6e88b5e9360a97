"""What was recorded since a statement was published, each fact with what it adds to the downtime that counts.

Facts that a case dates are told by ``sla.restatement`` from one case. Where the case itself became another (a version of the
agreement, a make-up, a notice recorded after it was given), it is asked before and after: so the deltas sum up whatever came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk.case_file import document, facts
from monitor.desk.statement import Asked, component_names
from monitor.store import catalogue, recordings
from monitor.store.recordings import Recording
from sla.case import Case
from sla.reading import read
from sla.restatement import Delta, Fact, Kind, downtime_ms, late, spans
from sla.span import SECOND, Instant, Span
from sla.texts import decimal_text, instant_text


@dataclass(frozen=True, slots=True)
class _Told:
    """A site as a case, and of which component each name in it is a part."""

    case: Case
    components: Mapping[str, str]


def since(connection: Connection, site: str, asked: Asked, old: Instant, new: Instant) -> tuple[dict[str, Any], ...]:
    """The facts recorded after ``old`` up to ``new`` that touch a statement whose time was over by ``old``, as JSON.

    They sum to the counted downtime as of ``new`` minus that as of ``old``.
    """
    number = catalogue.site_no(connection, site)
    assert number is not None  # it was published once
    moved = recordings.between(connection, number, old, new)
    shifts = [(at, tuple(group)) for at, group in groupby(moved, key=lambda one: one.recorded_at)]
    ends = [*(at - 1 for at, _ in shifts), new]
    told = _told(connection, site, asked, ends[0])
    found = list(_late(told, old, ends[0], old))
    for (at, group), end in zip(shifts, ends[1:], strict=True):
        after = _told(connection, site, asked, end)
        found += [written(delta, told.components) for delta in _shift(told.case, after.case, at, group, old)]
        found += _late(after, at - 1, end, old)
        told = after
    return tuple(found)


def written(delta: Delta, components: Mapping[str, str]) -> dict[str, Any]:
    """A delta as JSON; a part of a component is told by the component's name."""
    fact = delta.fact
    return {
        "recorded_at": instant_text(fact.recorded_at),
        "kind": fact.kind.value,
        "of": components.get(fact.of, fact.of) if fact.kind is Kind.CHANGE else fact.of,
        "said": fact.said,
        "from": instant_text(fact.touches.start),
        "to": instant_text(fact.touches.end),
        "counted_seconds": decimal_text(delta.downtime_ms / SECOND),
    }


def _told(connection: Connection, site: str, asked: Asked, as_of: Instant) -> _Told:
    known = facts(connection, site, as_of)
    reading = read(document(known, asked.query(), asked.end(known)))
    if reading.case is None:
        raise ValueError("; ".join(f"{one.pointer}: {one.message}" for one in reading.mistakes))
    return _Told(reading.case, component_names(known))


def _late(told: _Told, since_: Instant, until: Instant, observed_until: Instant) -> Iterator[dict[str, Any]]:
    yield from (written(delta, told.components) for delta in late(told.case, since_, until, observed_until))


def _shift(before: Case, after: Case, at: Instant, group: tuple[Recording, ...], observed_until: Instant) -> Iterator[Delta]:
    """What became another at ``at`` without a date in the case; one delta for all that was recorded at that instant."""
    lost = downtime_ms(after, at - 1, observed_until) - downtime_ms(before, at - 1, observed_until)
    reach = spans(after)[1]
    touching = [one for one in group if _touches(one, before, after, reach)] or (list(group) if lost else [])
    if touching:
        first = touching[0]
        of = ", ".join(dict.fromkeys(one.of for one in touching if one.of))
        touches = (first.span and first.span.cut(reach)) or reach
        yield Delta(Fact(at, first.kind, of, first.said, touches), Fraction(lost))


def _touches(one: Recording, before: Case, after: Case, reach: Span) -> bool:
    if one.kind is Kind.AGREEMENT:
        return (before.agreement, before.earlier) != (after.agreement, after.earlier)
    return one.span is not None and one.span.cut(reach) is not None
