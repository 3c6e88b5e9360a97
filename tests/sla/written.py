"""Cases written by hand in few words, for tests that a customer could check on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sla.agreement import Agreement
from sla.answer import Figures
from sla.case import AskWindow, Case, CaseComponent, Changes, History, Known, Outages, Query, Results, Trouble
from sla.composition import Node
from sla.evaluate import evaluate
from sla.exclusion import Exclusion
from sla.maintenance import Maintenance
from sla.span import Span
from sla.state import State
from sla.timeline import Change, Doubt, Rule, Sample

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(text: str) -> int:
    """``2026-06-10T08:00`` as an instant."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def span(since: str, until: str) -> Span:
    return Span(at(since), at(until))


def down(*spans: tuple[int, int | None], state: State = DOWN) -> Outages:
    return Outages(tuple(Trouble(start, end, state) for start, end in spans))


def troubles(*all_: tuple[int, int | None, State]) -> Outages:
    return Outages(tuple(Trouble(*one) for one in all_))


def changes(*rows: tuple[int, State], doubts: tuple[Doubt, ...] = (), initial: State = UNKNOWN) -> Changes:
    """Changes and doubts, each recorded at its own instant."""
    facts = [Known(when, Change(when, state)) for when, state in rows] + [Known(one.start, one) for one in doubts]
    return Changes(tuple(facts), initial)


def results(rule: Rule, *rows: tuple[int, State]) -> Results:
    """Results, each recorded at its own instant."""
    return Results(tuple(Known(when, Sample(when, state)) for when, state in rows), rule)


def case(
    components: History | Mapping[str, History | CaseComponent],
    query: Query,
    agreement: Agreement = Agreement(),  # noqa: B008
    tree: Node | None = None,
    exclusions: tuple[Exclusion, ...] = (),
    maintenance: tuple[Maintenance, ...] = (),
    as_of: int | None = None,
) -> Case:
    """A case; one history alone is that of the component ``site``."""
    named = components if isinstance(components, Mapping) else {"site": components}
    whole = {name: one if isinstance(one, CaseComponent) else CaseComponent(one) for name, one in named.items()}
    return Case(agreement, whole, query, tree, exclusions, maintenance, as_of)


def figures(components: History | Mapping[str, History | CaseComponent], window: Span, **of: object) -> Figures:
    """The figures of ``window``."""
    answer = evaluate(case(components, AskWindow(window), **of))  # type: ignore[arg-type]
    assert isinstance(answer, Figures)
    return answer


def dates(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)
