"""Every question that a case may ask is answered, and by the kind of answer that is said of it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from typing import get_args

import pytest
from written import DOWN, UP, at, case, changes, dates, down, results, span

from sla.answer import (
    AnyDaysAnswer,
    Burn,
    Daily,
    DatedFigures,
    Figures,
    Forecast,
    RollingAnswer,
    StatementAnswer,
    TrailingAnswer,
)
from sla.case import (
    AskAnyDays,
    AskBurn,
    AskDaily,
    AskDays,
    AskForecast,
    AskMonth,
    AskRolling,
    AskStatement,
    AskTrailing,
    AskWindow,
    History,
    Query,
)
from sla.evaluate import evaluate
from sla.span import HOUR
from sla.timeline import Rule

JUNE = dates("2026-06-01", "2026-06-30")
NOW = at("2026-06-30T12:00")
ASKED: dict[type, tuple[Query, type]] = {
    AskWindow: (AskWindow(span("2026-06-01", "2026-06-02")), Figures),
    AskDays: (AskDays(*JUNE), DatedFigures),
    AskMonth: (AskMonth(*JUNE), DatedFigures),
    AskTrailing: (AskTrailing(NOW, 30), TrailingAnswer),
    AskAnyDays: (AskAnyDays(*JUNE, 30), AnyDaysAnswer),
    AskRolling: (AskRolling(span("2026-06-01", "2026-07-01"), 720), RollingAnswer),
    AskDaily: (AskDaily(*JUNE), Daily),
    AskBurn: (AskBurn(NOW, (HOUR,)), Burn),
    AskForecast: (AskForecast(NOW, 720, 30, Fraction(0)), Forecast),
    AskStatement: (AskStatement(*JUNE, month=True, days=30), StatementAnswer),
}
BEGUN = at("2026-06-10")
TOLD: tuple[History, ...] = (
    down((BEGUN, BEGUN + HOUR)),
    changes((0, UP), (BEGUN, DOWN), (BEGUN + HOUR, UP)),
    results(Rule(1, 1, 100 * 24 * HOUR), (at("2026-05-01"), UP), (BEGUN, DOWN), (BEGUN + HOUR, UP)),
)


@pytest.mark.parametrize("kind", get_args(Query), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("history", TOLD, ids=lambda history: type(history).__name__)
def test_every_question_about_every_form_of_history_is_answered(kind: type, history: History) -> None:
    query, answer = ASKED[kind]
    assert type(evaluate(case(history, query))) is answer


def test_the_forms_are_all_there_are() -> None:
    assert {type(history) for history in TOLD} == set(get_args(History))


def test_the_three_forms_of_the_same_outage_say_the_same_of_what_happened() -> None:
    seen = [evaluate(case(history, AskMonth(*JUNE))) for history in TOLD]
    assert {one.figures.downtime_ms for one in seen if isinstance(one, DatedFigures)} == {HOUR}


def test_a_case_is_not_changed_but_made_anew() -> None:
    world = case(TOLD[0], AskMonth(*JUNE))
    with pytest.raises(FrozenInstanceError):
        world.as_of = 5  # type: ignore[misc]
    assert replace(world, as_of=5).as_of == 5
    assert world.as_of is None
