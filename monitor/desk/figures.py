"""A case answered, and what an exclusion changes: the months and the worst window of dates that its span touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any

from monitor.desk.case_file import Facts, document
from sla import texts
from sla.answer import Answer
from sla.calendar import date_of, start
from sla.canonical import digest
from sla.case import Case
from sla.evaluate import evaluate
from sla.printing import Made, result
from sla.reading import FORMAT, read
from sla.span import Instant, Span

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answered:
    """A case with its answer: as values, and as the public result."""

    document: Mapping[str, Any]
    case: Case
    answer: Answer
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """One window before and after a decision, as public results; ``window`` says which, for people."""

    window: str
    before: dict[str, Any]
    after: dict[str, Any]


def answered(case_document: dict[str, Any]) -> Answered:
    """The answer to a case of ours. Raises ValueError with its mistakes if it is none: then what wrote it is wrong."""
    reading = read(case_document)
    if reading.case is None:
        raise ValueError("; ".join(f"{one.pointer}: {one.message}" for one in reading.mistakes))
    answer = evaluate(reading.case)
    made = Made(version("threenines"), version("tzdata"), digest(case_document, FORMAT), reading.hypothetical)
    return Answered(case_document, reading.case, answer, result(reading.id, reading.case.query, answer, made))


def effects(before: Facts, after: Facts, span: Span) -> tuple[Effect, ...]:
    """The figures of each month that ``span`` touches, and of the worst window of dates that does, by the one and the other."""
    found = [
        Effect(month, *(answered(document(known, {"kind": "month", "month": month}, at)).result for known in (before, after)))
        for month, at in _months(before.zone, span)
    ]
    query = any_days_query(before, span)
    end = start(before.zone, texts.day(query["last"]) + _ONE_DAY) - 1
    worst = (answered(document(known, query, end)).result for known in (before, after))
    return (*found, Effect(f"worst {query['days']} days", *worst))


def any_days_query(known: Facts, span: Span) -> dict[str, Any]:
    """All windows of dates that ``span`` touches, up to the date of the question."""
    body = known.in_force(span.end - 1).body
    zone, days = str(body["zone"]), int(body["days"])
    reach = timedelta(days=days - 1)
    first, end = date_of(zone, span.start), date_of(zone, span.end - 1)
    last = max(end, min(end + reach, date_of(zone, known.as_of)))
    return {"kind": "any_days", "first": str(first - reach), "last": str(last), "days": days}


def _months(zone: str, span: Span) -> list[tuple[str, Instant]]:
    """The months that ``span`` touches, each with its last instant."""
    found = []
    day: date = date_of(zone, span.start).replace(day=1)
    while start(zone, day) < span.end:
        following = (day + 31 * _ONE_DAY).replace(day=1)
        found.append((f"{day:%Y-%m}", start(zone, following) - 1))
        day = following
    return found
