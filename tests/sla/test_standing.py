from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from weighed import BEGIN, CELL, WORLD, agreements, weighed

from sla.agreement import Agreement
from sla.any_days import any_days, date_windows
from sla.calendar import date_of
from sla.counted import Counted
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
