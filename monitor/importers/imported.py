"""The figures of a foreign history, by the same engine as our own: nothing is taken over that was computed elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.importers.history import Endpoint, History, Recorded
from monitor.importers.upptime import HOLD_MS, timeline
from sla.account import Terms, account
from sla.agreement import Agreement
from sla.answer import AnyDaysAnswer, Figures
from sla.calendar import date_of
from sla.calendar import span as span_of
from sla.composition import Leaf
from sla.evaluate import any_days_of
from sla.facts import levels_of
from sla.figures import figures as figures_of
from sla.span import Instant, Span


@dataclass(frozen=True, slots=True)
class Imported:
    """One endpoint: ``whole`` from its first result to the end of the history, ``any_days`` None where no window fits."""

    endpoint: Endpoint
    whole: Figures
    any_days: AnyDaysAnswer | None


def figures(history: History, agreement: Agreement, hold_ms: int = HOLD_MS) -> tuple[Imported, ...]:
    """The figures of each endpoint in the zone of ``agreement``; a result holds for ``hold_ms``, then nobody knows."""
    end = max(recorded[-1].at for recorded in history.samples.values()) + hold_ms
    return tuple(_imported(one, history.samples[one.key], agreement, hold_ms, end) for one in history.endpoints)


def _imported(endpoint: Endpoint, recorded: Sequence[Recorded], agreement: Agreement, hold_ms: int, end: Instant) -> Imported:
    observed, levels = Span(recorded[0].at, end), {endpoint.key: levels_of(timeline(recorded, hold_ms, end))}
    first, last = (date_of(agreement.zone, at) for at in (observed.start, end - 1))
    since = max(observed.start, agreement.effective_from or observed.start)
    terms = Terms(replace(agreement, effective_from=since), Leaf(endpoint.key), as_of=end)
    seen = account(terms, levels, span_of(agreement.zone, first, last))
    fits = (last - first).days + 1 >= agreement.days
    over_all = any_days_of(seen, agreement, first, last, agreement.days) if fits else None
    return Imported(endpoint, figures_of(seen.counted, agreement, observed), over_all)
