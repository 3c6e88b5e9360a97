from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from weighed import BEGIN, CELL, WORLD, agreements, weighed

from sla.agreement import Agreement
from sla.answer import Verdict
from sla.any_days import any_days, date_windows
from sla.calendar import date_of
from sla.counted import Counted, tallied
from sla.counting import Weight
from sla.rolling import rolling
from sla.span import HOUR, Span
from sla.standing import Question, Standing
from sla.tally import Tally


def question(agreement: Agreement, days: int, length: int) -> Question:
    first, last = date_of(agreement.zone, WORLD.start), date_of(agreement.zone, WORLD.end - 1)
    return Question(agreement, date_windows(agreement.zone, first, last - timedelta(days=1), days), WORLD, length)


def _part(counted: Counted, span: Span) -> Counted:
    names = ("down", "best", "worst", "unknown", "removed")
    excluded = {cause: Tally.of(tally.within(span)) for cause, tally in counted.excluded.items()}
    return replace(counted, **{name: Tally.of(getattr(counted, name).within(span)) for name in names}, excluded=excluded)


@settings(max_examples=120, deadline=None)
@given(
    weighed(),
    weighed(),
    agreements,
    st.integers(1, 4),
    st.integers(1, 30).map(lambda n: n * 3 * HOUR),
    st.integers(0, 39),
    st.integers(1, 12),
)
def test_a_change_weighs_only_what_it_meets_and_says_what_all_anew_would_say(
    old: Counted, new: Counted, agreement: Agreement, days: int, length: int, since: int, many: int
) -> None:
    new = replace(new, observed=old.observed, unknown_leaves=old.unknown_leaves)
    span = Span(BEGIN + since * CELL, BEGIN + (since + many) * CELL)
    asked = question(agreement, days, length)
    standing = Standing.of(asked, old).changed(span, _part(new, span))
    whole = old.replaced(span, _part(new, span))
    assert standing.counted == whole
    assert standing.any_days() == any_days(whole, agreement, asked.windows)
    assert standing.rolling() == rolling(whole, agreement, WORLD, length)
    again = standing.changed(span, _part(old, span))
    assert again.any_days() == any_days(old, agreement, asked.windows)
    assert again.rolling() == rolling(old, agreement, WORLD, length)


@settings(max_examples=100, deadline=None)
@given(weighed(), agreements, st.integers(1, 4), st.integers(1, 30).map(lambda n: n * 3 * HOUR))
def test_a_standing_says_what_the_windows_say(counted: Counted, agreement: Agreement, days: int, length: int) -> None:
    asked = question(agreement, days, length)
    standing = Standing.of(asked, counted)
    assert standing.any_days() == any_days(counted, agreement, asked.windows)
    assert standing.rolling() == rolling(counted, agreement, WORLD, length)


def test_a_budget_spent_to_the_last_millisecond_is_kept_by_every_kind_of_window() -> None:
    agreement, asked = Agreement(goal=Fraction(1, 2)), question(Agreement(goal=Fraction(1, 2)), 1, 12 * HOUR)
    for over, verdict in ((0, Verdict.MET), (1, Verdict.BREACHED)):
        down = [(BEGIN, Weight(0, 0, 0, 0, 0)), (BEGIN + 2 * CELL, Weight(1, 1, 1, 0, 0))]
        up = (BEGIN + 3 * CELL + over, Weight(0, 0, 0, 0, 0))
        counted = tallied([*down, up], WORLD.end, WORLD, 1, False)
        assert rolling(counted, agreement, WORLD, 12 * HOUR).verdict is verdict
        assert Standing.of(asked, counted).rolling().verdict is verdict
        whole_days = replace(agreement, goal=Fraction(3, 4))
        assert any_days(counted, whole_days, asked.windows).verdict is verdict
        assert Standing.of(replace(asked, agreement=whole_days), counted).any_days().verdict is verdict


def test_what_may_have_been_down_for_just_the_budget_leaves_nothing_open() -> None:
    agreement, asked = Agreement(goal=Fraction(1, 2)), question(Agreement(goal=Fraction(1, 2)), 1, 12 * HOUR)
    for over, verdict in ((0, Verdict.MET), (1, Verdict.UNDETERMINED)):
        doubt, up = Weight(0, 0, 1, 0, 0), Weight(0, 0, 0, 0, 0)
        counted = tallied([(BEGIN, up), (BEGIN + 2 * CELL, doubt), (BEGIN + 3 * CELL + over, up)], WORLD.end, WORLD, 1, False)
        assert rolling(counted, agreement, WORLD, 12 * HOUR).verdict is verdict
        assert Standing.of(asked, counted).rolling().verdict is verdict
        whole_days = replace(agreement, goal=Fraction(3, 4))
        assert any_days(counted, whole_days, asked.windows).verdict is verdict
