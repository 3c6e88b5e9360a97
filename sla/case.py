"""A case: everything a figure is computed from, and the question. What a what-if, a test and a statement have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from sla.agreement import Agreement
from sla.composition import Node
from sla.exclusion import Exclusion
from sla.maintenance import Maintenance
from sla.span import Instant, Span
from sla.state import State
from sla.timeline import Change, Doubt, Rule, Sample


@dataclass(frozen=True, slots=True)
class Known:
    """One fact and when it was recorded."""

    recorded_at: Instant
    fact: Change | Doubt | Sample


@dataclass(frozen=True, slots=True)
class Changes:
    """A component told by changes and doubts; ``initial`` holds before the first change."""

    facts: tuple[Known, ...]
    initial: State = State.UNKNOWN


@dataclass(frozen=True, slots=True)
class Trouble:
    """From ``start`` to ``end`` (None: not ended) the component was ``state``, which is not UP."""

    start: Instant
    end: Instant | None
    state: State = State.DOWN


@dataclass(frozen=True, slots=True)
class Outages:
    """A component told by its outages: up elsewhere, always known."""

    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """A component told by the results of looks and the rule that confirms them; an UNKNOWN sample is an error of ours."""

    facts: tuple[Known, ...]
    rule: Rule


History: TypeAlias = Changes | Outages | Results


@dataclass(frozen=True, slots=True)
class CaseComponent:
    """One component: how it was, and when it belonged to the site (``applicable`` None: always)."""

    history: History
    applicable: tuple[Span, ...] | None = None
    kind: str | None = None
    managed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version of the agreement that was in force until ``until``, when the next one took effect."""

    until: Instant
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class AskWindow:
    """Figures of any span."""

    span: Span


@dataclass(frozen=True, slots=True)
class AskDays:
    """Figures of the local dates ``first`` to ``last``."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class AskMonth:
    """Figures of a calendar month: ``first`` to ``last`` are its dates."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class AskTrailing:
    """Figures of the ``days`` complete local dates before the date of ``at``."""

    at: Instant
    days: int


@dataclass(frozen=True, slots=True)
class AskAnyDays:
    """Every run of ``days`` local dates within ``first`` to ``last``."""

    first: date
    last: date
    days: int


@dataclass(frozen=True, slots=True)
class AskRolling:
    """Every window of ``hours`` within ``span``."""

    span: Span
    hours: int


@dataclass(frozen=True, slots=True)
class AskDaily:
    """One row for each local date."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class AskBurn:
    """Burn rates at ``at`` over each of ``lookbacks_ms``."""

    at: Instant
    lookbacks_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AskForecast:
    """When the budget is spent, comes back, or a breach can no longer be avoided."""

    at: Instant
    hours: int
    days: int
    remaining_ms: Fraction


@dataclass(frozen=True, slots=True)
class AskStatement:
    """A whole statement of the dates ``first`` to ``last``; ``month``: they are a calendar month."""

    first: date
    last: date
    month: bool
    days: int


Query: TypeAlias = (
    AskWindow | AskDays | AskMonth | AskTrailing | AskAnyDays | AskRolling | AskDaily | AskBurn | AskForecast | AskStatement
)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. ``tree`` None: all of all components. ``as_of`` None: everything is known and the last state goes on.

    ``earlier`` are the versions before ``agreement``, the oldest first: each judges the windows of dates that ended under it.
    """

    agreement: Agreement
    components: Mapping[str, CaseComponent]
    query: Query
    tree: Node | None = None
    exclusions: tuple[Exclusion, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    as_of: Instant | None = None
    earlier: tuple[Earlier, ...] = ()
