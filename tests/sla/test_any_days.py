from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weighed import WORLD, agreements, weighed
from written import at

from sla.agreement import Agreement
from sla.answer import Figures, Verdict
from sla.any_days import any_days, date_windows
from sla.calendar import date_of
from sla.counted import Counted
from sla.figures import figures
from sla.span import DAY, HOUR, Span


def share(one: Figures) -> Fraction:
    return one.downtime_ms / one.whole_ms if one.whole_ms else Fraction(0)


@settings(max_examples=150, deadline=None)
@given(weighed(), agreements, st.integers(1, 4))
def test_the_windows_together_are_every_window_by_itself(counted: Counted, agreement: Agreement, days: int) -> None:
    first, last = date_of(agreement.zone, WORLD.start), date_of(agreement.zone, WORLD.end - 1) - timedelta(days=1)
    windows = date_windows(agreement.zone, first, last, days)
    seen = any_days(counted, agreement, windows)
    alone = [figures(counted, agreement, windows.span(number)) for number in windows.numbers]
    assert windows.count == len(alone) == (last - first).days + 2 - days
    verdicts = [one.verdict for one in alone]
    assert seen.breached == tuple(n for n, verdict in enumerate(verdicts) if verdict is Verdict.BREACHED)
    assert seen.undetermined == tuple(n for n, verdict in enumerate(verdicts) if verdict is Verdict.UNDETERMINED)
    order = (Verdict.BREACHED, Verdict.UNDETERMINED, Verdict.MET, Verdict.PENDING)
    assert seen.verdict is next(verdict for verdict in order if verdict in verdicts)
    assert seen.worst == [share(one) for one in alone].index(max(map(share, alone)))


@given(st.integers(-50, 350), st.integers(1, 200), st.integers(1, 4))
def test_the_windows_that_a_span_meets_are_those_it_overlaps(since: int, length: int, days: int) -> None:
    windows = date_windows("Europe/Berlin", date(2026, 3, 25), date(2026, 4, 3), days)
    span = Span(WORLD.start + since * HOUR, WORLD.start + (since + length) * HOUR)
    assert list(windows.touched(span)) == [n for n in windows.numbers if windows.span(n).cut(span)]


def test_windows_are_719_720_or_721_hours() -> None:
    windows = date_windows("Europe/Berlin", date(2026, 1, 1), date(2026, 12, 31), 30)
    assert {run.period // HOUR for run in windows.runs} == {719, 720, 721}
    assert windows.count == 365 - 29
    assert windows.span(0) == Span(at("2025-12-31T23:00"), at("2026-01-30T23:00"))


def test_dates_that_hold_no_time_are_no_window() -> None:
    windows = date_windows("Pacific/Apia", date(2011, 12, 28), date(2012, 1, 2), 1)
    assert windows.count == 5
    assert [run.period for run in windows.runs] == [DAY, DAY]
    with pytest.raises(ValueError, match="1 dates does not fit"):
        date_windows("Pacific/Apia", date(2011, 12, 30), date(2011, 12, 30), 1)


def test_a_range_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="30 dates"):
        date_windows("UTC", date(2026, 6, 1), date(2026, 6, 29), 30)
