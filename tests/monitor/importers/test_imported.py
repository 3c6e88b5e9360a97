"""Figures of an imported history come from the engine, and what was not measured is said, not guessed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from monitor.importers.history import Endpoint, History, Recorded
from monitor.importers.imported import figures
from monitor.importers.upptime import HOLD_MS, read
from sla.agreement import Agreement
from sla.answer import Verdict
from sla.span import DAY, MINUTE
from sla.state import State

SAMPLE = Path(__file__).parent / "sample.csv"
BEGIN = 1_780_272_000_000  # 2026-06-01T00:00:00Z


def every_five_minutes(days: int, down: range) -> History:
    recorded = tuple(
        Recorded(BEGIN + n * 5 * MINUTE, State.DOWN if n in down else State.UP) for n in range(days * DAY // (5 * MINUTE))
    )
    return History((Endpoint("portal", "Portal"),), MappingProxyType({"portal": recorded}))


def test_a_dense_history_has_the_downtime_that_was_recorded() -> None:
    (portal,) = figures(every_five_minutes(31, range(3_000, 3_012)), Agreement())
    assert portal.whole.downtime_ms == 60 * MINUTE
    assert portal.any_days is not None
    assert portal.any_days.worst.figures.downtime_ms == 60 * MINUTE
    assert portal.any_days.verdict is Verdict.BREACHED


def test_a_sparse_history_is_mostly_unknown_and_proves_no_goal() -> None:
    for imported in figures(read(SAMPLE), Agreement()):
        assert imported.any_days is None
        assert imported.whole.coverage is not None
        assert imported.whole.coverage < Fraction(1, 2)
        assert imported.whole.verdict is not Verdict.MET
        assert imported.whole.best_ms <= imported.whole.downtime_ms <= imported.whole.worst_ms


def test_a_longer_hold_is_the_readers_choice_and_knows_more() -> None:
    history = read(SAMPLE)
    for strict, loose in zip(figures(history, Agreement()), figures(history, Agreement(), 4 * HOLD_MS), strict=True):
        assert strict.whole.coverage is not None
        assert loose.whole.coverage is not None
        assert loose.whole.coverage > strict.whole.coverage
