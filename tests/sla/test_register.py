"""The lists of a statement follow from the case: effects sum to what was left out, silences to what was not measured."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest
from worlds import World, changes, versioned, world

from sla.case import AskStatement
from sla.counting import MAINTENANCE_CAUSE
from sla.evaluate import evaluate
from sla.reading import read
from sla.register import register
from sla.span import SECOND
from sla.state import Cause
from sla.texts import until


def case_of(drawn: World) -> dict[str, Any]:
    """A statement of a random world whose components are told by changes."""
    told = {name: one if "changes" in one else changes(drawn.grid) for name, one in drawn.case["components"].items()}
    query = next(query for query in drawn.short if query["kind"] == "statement")
    return {**drawn.case, "format": "threenines-case/1", "components": told, "query": query}


@pytest.mark.parametrize("make", [lambda one: one, versioned])
def test_the_lists_sum_to_the_figures(make: Any) -> None:
    met = 0
    for seed in range(150):
        case = read(case_of(make(world(Random(seed))))).case
        assert case is not None and isinstance(case.query, AskStatement)
        answer = evaluate(case)
        figures = answer.whole.figures  # type: ignore[union-attr]
        found = register(case, figures.window)
        assert [one.outage for one in found.outages] == list(answer.outages)  # type: ignore[union-attr]
        assert sum(one.span.length for one in found.silences) == figures.unknown_ms
        assert found.days == answer.days  # type: ignore[union-attr]
        for name in ("best_ms", "worst_ms"):
            assert sum(getattr(day, name) for day in found.days) == getattr(figures, name)
        left_out = sum((ms for cause, ms in figures.excluded_ms.items() if cause != MAINTENANCE_CAUSE), Fraction(0))
        assert sum(found.effect_ms.values(), Fraction(0)) == left_out
        for one in found.outages:
            taken = sum(one.excluded_ms.values(), one.forgiven_ms)
            assert taken <= one.outage.span.length and all(one.excluded_ms.values())
            met += bool(taken)
    assert met > 10


CASE: dict[str, Any] = {
    "format": "threenines-case/1",
    "agreement": {"effective_from": "2026-06-01T00:00:00Z", "maintenance": "excluded", "maintenance_notice_seconds": 0},
    "components": {
        "a": {
            "changes": [
                {"at": "2026-06-01T00:00:00Z", "state": "up"},
                {"at": "2026-06-02T00:00:00Z", "state": "down", "cause": "tcp_refused"},
                {"at": "2026-06-02T00:10:00Z", "state": "down", "cause": "deadline"},
                {"at": "2026-06-02T00:20:00Z", "state": "up"},
                {"at": "2026-06-03T00:00:00Z", "state": "unknown", "cause": "vantage_blind"},
                {"at": "2026-06-03T01:00:00Z", "state": "up"},
            ]
        },
        "b": {"outages": []},
    },
    "maintenance": [
        {
            "id": "M-1",
            "announcements": [
                {
                    "at": "2026-06-01T00:00:00Z",
                    "from": "2026-06-02T00:05:00Z",
                    "to": "2026-06-02T01:00:00Z",
                    "status": "CONFIRMED",
                    "impact": "OUTAGE",
                },
                {
                    "at": "2026-06-02T00:15:00Z",
                    "from": "2026-06-02T00:05:00Z",
                    "to": "2026-06-02T00:15:00Z",
                    "status": "COMPLETED",
                    "impact": "OUTAGE",
                },
            ],
        }
    ],
    "query": {"kind": "statement", "month": "2026-06", "as_of": "2026-07-01T00:00:00Z"},
}


def test_why_and_by_what_is_said_of_each() -> None:
    case = read(CASE).case
    assert case is not None
    found = register(case, evaluate(case).whole.figures.window)  # type: ignore[union-attr]
    (outage,) = found.outages
    assert outage.causes == (Cause.TCP_REFUSED, Cause.DEADLINE)
    assert outage.forgiven_ms == 600 * SECOND
    (silence,) = found.silences
    assert (silence.components, silence.causes) == (("a",), (Cause.VANTAGE_BLIND,))
    assert silence.span.start == until("2026-06-03T00:00:00Z")
    (maintained,) = found.maintenance
    assert maintained.announced == case.maintenance[0].announcements[0]  # what was firm, not the end of it
    assert (maintained.down_ms, maintained.unknown_ms, maintained.forgiven_ms) == (900 * SECOND, 0, 600 * SECOND)
