"""The figures of a foreign history, by the same engine as our own: nothing is taken over that was computed elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.importers.history import Endpoint, History, Recorded
from monitor.importers.upptime import HOLD_MS, timeline
from sla import window
from sla.agreement import Agreement
from sla.calendar import date_of
from sla.composition import Leaf
from sla.span import Instant, Span
from sla.track import resolve
from sla.window import AnyDays, Figures


@dataclass(frozen=True, slots=True)
class Imported:
    """One endpoint: ``whole`` from its first result to the end of the history, ``any_days`` None where no window fits."""

    endpoint: Endpoint
    whole: Figures
    any_days: AnyDays | None


def figures(history: History, agreement: Agreement, hold_ms: int = HOLD_MS) -> tuple[Imported, ...]:
    """The figures of each endpoint in the zone of ``agreement``; a result holds for ``hold_ms``, then nobody knows."""
    end = max(recorded[-1].at for recorded in history.samples.values()) + hold_ms
    return tuple(_imported(one, history.samples[one.key], agreement, hold_ms, end) for one in history.endpoints)


def _imported(endpoint: Endpoint, recorded: Sequence[Recorded], agreement: Agreement, hold_ms: int, end: Instant) -> Imported:
    observed = Span(recorded[0].at, end)
    track = resolve(Leaf(endpoint.key), {endpoint.key: timeline(recorded, hold_ms, end)}, observed)
    first, last = (date_of(agreement.zone, at) for at in (observed.start, end - 1))
    fits = (last - first).days + 1 >= agreement.days
    over_all = window.any_days(track, agreement, first, last, end) if fits else None
    return Imported(endpoint, window.figures(track, agreement, observed, end), over_all)
