from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from reports import figures
from reports.snapshot import PageFigures, Verdict
from sla.span import DAY, HOUR

shares = st.fractions(min_value=0, max_value=1)
durations = st.one_of(st.integers(0, 400 * DAY), st.fractions(min_value=0, max_value=400 * DAY))
_MS = {"d": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1_000}


def in_ms(words: str) -> int:
    parts = words.split()
    return sum(int(count) * _MS[unit] for count, unit in zip(parts[::2], parts[1::2], strict=True))


def of(down: int, budget: Fraction | None, verdict: Verdict | None = None, unknown: int = 0) -> PageFigures:
    return PageFigures(30 * DAY, down, down, down, unknown, Fraction(1), Fraction(999, 1000), budget, verdict)


def test_just_short_of_the_goal_is_never_shown_as_the_goal() -> None:
    assert figures.percent(Fraction(9_989_999, 10_000_000)) == "99.899 %"
    assert figures.goal_percent(Fraction(999, 1000)) == "99.9 %"


@given(shares)
def test_a_shown_share_is_never_better_than_the_true_one_nor_a_thousandth_worse(share: Fraction) -> None:
    shown = Fraction(figures.percent_digits(share)) / 100
    assert shown <= share < shown + Fraction(1, 100_000)


@given(shares)
def test_one_hundred_percent_only_if_nothing_is_missing(share: Fraction) -> None:
    assert (figures.percent(share) == "100.000 %") == (share == 1)


@given(st.fractions(min_value=0, max_value=1))
def test_a_shown_goal_is_never_less_than_the_promised_one(goal: Fraction) -> None:
    assert Fraction(figures.goal_percent(goal).removesuffix(" %")) / 100 >= goal


@given(durations)
def test_downtime_is_shown_up_to_the_full_second_and_what_is_left_down(ms: int | Fraction) -> None:
    assert 0 <= in_ms(figures.downtime(ms)) - ms < 1000
    assert 0 <= ms - in_ms(figures.left(ms)) < 1000


def test_43_minutes_12_seconds() -> None:
    budget = Fraction(30 * DAY, 1000)
    assert figures.budget(of(0, budget)) == "43 min 12 s of 43 min 12 s left"
    assert figures.budget(of(2_592_001, budget)) == "1 s over the 43 min 12 s allowed"
    assert figures.budget(of(0, None)) is None


def test_a_verdict_says_what_keeps_it_open() -> None:
    assert figures.verdict(of(0, None, Verdict.UNDETERMINED, 3 * HOUR)) == "undetermined: 3 h not measured"
    assert figures.verdict(of(0, None, Verdict.MET)) == "met"
    assert figures.verdict(of(0, None)) is None
