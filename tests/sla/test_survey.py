from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from small_worlds import TICKS, worlds

from sla.answer import StatementAnswer
from sla.calendar import date_of
from sla.case import AskStatement, Case
from sla.compact import pack, unpack
from sla.evaluate import accounted, evaluate
from sla.printing import Made, result
from sla.span import DAY, Span
from sla.survey import POSITION, of_statement, position, reach


def _agrees(part: Any, whole: Any) -> bool:
    """Whether ``part`` says nothing that ``whole`` does not say."""
    if isinstance(part, dict):
        return all(_agrees(value, whole[name]) for name, value in part.items())
    return bool(part == whole)


@settings(max_examples=150, deadline=None)
@given(worlds)
def test_from_what_counts_alone_the_figures_are_those_of_the_statement(world: Case) -> None:
    agreement = world.agreement
    last = date_of(agreement.zone, TICKS)
    first = last - timedelta(days=2)
    for month in (False, True):
        answer = evaluate(replace(world, query=AskStatement(first, last, month, agreement.days)))
        assert isinstance(answer, StatementAnswer)
        counted = accounted(world, reach(agreement, first, last)).counted
        seen = position(unpack(pack(counted)), agreement, first, last, month)
        assert seen == of_statement(answer)
        told = result(None, AskStatement(first, last, month, agreement.days), answer, Made("1", "1", "", False))
        assert _agrees(POSITION.write(seen), told)


@settings(max_examples=150, deadline=None)
@given(worlds)
def test_counted_as_if_all_went_on_and_cut_at_an_instant_it_is_what_was_counted_then(world: Case) -> None:
    agreement = world.agreement
    last = date_of(agreement.zone, TICKS)
    within = Span(reach(agreement, last, last).start, TICKS + 40 * DAY)
    then, endless = (accounted(replace(world, as_of=as_of), within).counted for as_of in (TICKS, within.end))
    assert endless.until(TICKS) == then
    assert position(endless.until(TICKS), agreement, last, last, False) == position(then, agreement, last, last, False)
