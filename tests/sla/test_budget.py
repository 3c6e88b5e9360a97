from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from weighed import weighed
from written import DEGRADED, DOWN, UNKNOWN, UP, at, case, changes, dates, down, results, troubles

from sla.agreement import Agreement
from sla.answer import Burn, Forecast, Relief
from sla.budget import breach_at, burn_rate, exhausted_at, regained_at, relief, windows_begun
from sla.calendar import span as dates_of
from sla.calendar import start
from sla.case import AskBurn, AskForecast, CaseComponent
from sla.composition import AtLeast, Leaf
from sla.counted import Counted, tallied
from sla.counting import Weight
from sla.evaluate import evaluate
from sla.exclusion import Exclusion
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import DAY, HOUR, MINUTE, SECOND, Span
from sla.timeline import Rule

NOW = at("2026-06-10T10:10")
W = 720 * HOUR
MOST = 43 * MINUTE + 12 * SECOND


def forecast(history: object, now: int = NOW, remaining: Fraction = Fraction(0), **of: object) -> Forecast:
    answer = evaluate(case(history, AskForecast(now, 720, 30, remaining), **of))  # type: ignore[arg-type]
    assert isinstance(answer, Forecast)
    return answer


def small(weights: list[int]) -> Counted:
    """One weight a millisecond, in thirds."""
    rows = [(number, Weight(weight, weight, weight, 0, 0)) for number, weight in enumerate(weights)]
    return tallied(rows, len(weights), Span(0, 200), 3, False)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=90, max_size=90),
    st.integers(30, 55),
    st.integers(1, 30),
    st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(1), Fraction(7, 11)]),
    st.fractions(0, 20, max_denominator=7),
)
def test_the_budget_is_spent_and_comes_back_at_the_first_millisecond_that_says_so(
    weights: list[int], now: int, length: int, goal: Fraction, remaining: Fraction
) -> None:
    counted, agreement = small(weights), Agreement(goal=goal)
    budget = (1 - goal) * length
    spent = {t: Fraction(sum(weights[t - length : t]), 3) for t in range(now, now + length + 1)}
    first = next((t for t, d in spent.items() if d >= budget), None)
    back = next((t for t, d in spent.items() if d <= budget - remaining), None)
    assert exhausted_at(counted, agreement, now, length) == first
    assert regained_at(counted, agreement, now, length, remaining) == back


@settings(max_examples=100, deadline=None)
@given(weighed(), st.integers(0, 8 * 24), st.integers(1, 4), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Beirut"]))
def test_a_breach_is_the_first_millisecond_over_the_budget_of_a_window_that_has_begun(
    counted: Counted, hour: int, days: int, zone: str
) -> None:
    now, agreement = at("2026-03-26") + hour * HOUR, Agreement(goal=Fraction(3, 4), zone=zone)
    found = breach_at(counted, agreement, now, days)
    windows = windows_begun(zone, now, days)

    def over(t: int) -> bool:
        return any(
            t <= one.end and Fraction(counted.down.between(one.start, t), counted.scale) > (1 - agreement.goal) * one.length
            for one in windows
        )

    if found is None:
        assert not any(over(one.end) for one in windows)
    else:
        assert over(found)
        assert found == now or not over(found - 1)


def test_the_windows_that_have_begun_end_now_or_later() -> None:
    midnight = start("UTC", dates("2026-06-10", "2026-06-10")[0])
    assert [one.start for one in windows_begun("UTC", midnight, 2)] == [midnight, midnight - DAY, midnight - 2 * DAY]
    assert len(windows_begun("UTC", midnight + 1, 2)) == 2
    apia = windows_begun("Pacific/Apia", at("2011-12-30T10:00"), 1)  # the start of the 31st; the 30th holds no time
    assert apia == [
        dates_of("Pacific/Apia", *dates("2011-12-31", "2011-12-31")),
        dates_of("Pacific/Apia", *dates("2011-12-29", "2011-12-29")),
    ]


def test_burn_rate_is_how_many_times_too_fast_and_none_at_100_percent() -> None:
    site = down((NOW - 10 * MINUTE, NOW - 5 * MINUTE))
    answer = evaluate(case(site, AskBurn(NOW, (HOUR, 6 * HOUR, 5 * MINUTE))))
    assert answer == Burn((Fraction(5 * 60, 3600) * 1000, Fraction(5 * 60, 6 * 3600) * 1000, Fraction(0)))
    assert evaluate(case(site, AskBurn(NOW, (HOUR,)), Agreement(goal=Fraction(1)))) == Burn((None,))
    counted = small([3] * 90)
    assert burn_rate(counted, Agreement(goal=Fraction(1, 2)), 50, 10) == 2


def test_old_outages_leave_at_the_far_end_while_a_new_one_goes_on() -> None:
    site = down((NOW - W + 30 * MINUTE, NOW - W + 60 * MINUTE), (NOW - 10 * MINUTE, None))
    seen = forecast(site)  # 30 + 10 min spent of 43.2; after 30 min the old ones leave as fast as new ones come
    assert seen.budget_exhausted_at == NOW + 3 * MINUTE + 12 * SECOND
    spent = down((NOW - W + MINUTE, NOW - W + 31 * MINUTE), (NOW - 10 * MINUTE, None))
    assert forecast(spent).budget_exhausted_at == NOW + 33 * MINUTE + 12 * SECOND


def test_nothing_down_spends_nothing_and_a_budget_left_is_left_now() -> None:
    seen = forecast(down((NOW - DAY, NOW - DAY + 20 * MINUTE)))
    assert (seen.budget_exhausted_at, seen.budget_regained_at, seen.breach_at) == (None, NOW, None)
    assert seen.relief == (Relief(Span(NOW - DAY + W, NOW - DAY + W + 20 * MINUTE), Fraction(20 * MINUTE)),)


def test_regained_is_when_enough_has_left_if_all_is_up_from_now_on() -> None:
    site = down((NOW - DAY, NOW - DAY + 60 * MINUTE), (NOW - MINUTE, None))
    seen = forecast(site)
    spent = 61 * MINUTE
    assert seen.budget_regained_at == NOW - DAY + W + spent - (43 * MINUTE + 12 * SECOND)
    assert forecast(site, remaining=Fraction(10 * MINUTE)).budget_regained_at == NOW - DAY + W + spent - (
        33 * MINUTE + 12 * SECOND
    )
    assert forecast(site, remaining=Fraction(44 * MINUTE)).budget_regained_at is None


def test_what_ends_or_is_recorded_later_is_not_known() -> None:
    ends_later = down((NOW - 10 * MINUTE, NOW + MINUTE))
    assert forecast(ends_later) == forecast(down((NOW - 10 * MINUTE, None)))
    assert forecast(down((NOW + 1, NOW + DAY))) == forecast(down())
    facts = changes((0, UP), (NOW - 10 * MINUTE, DOWN), (NOW + MINUTE, UP))
    assert forecast(facts) == forecast(down((NOW - 10 * MINUTE, None)))
    assert forecast(facts, as_of=NOW - 11 * MINUTE).budget_exhausted_at is None


def test_a_last_result_holds_on_in_a_forecast() -> None:
    looked = [(NOW - n * MINUTE, DOWN if n < 10 else UP) for n in range(60)]
    seen = forecast(results(Rule(3, 2, 130 * SECOND), *looked))
    assert seen.budget_exhausted_at == NOW - 9 * MINUTE + 43 * MINUTE + 12 * SECOND
    unknown = forecast(troubles((NOW - DAY, None, UNKNOWN)))
    assert unknown.budget_exhausted_at is None


def test_exclusions_and_maintenance_ahead_are_known_and_what_does_not_apply_costs_nothing() -> None:
    site = down((NOW - 10 * MINUTE, None))
    ahead = Span(NOW, NOW + HOUR)
    excluded = Exclusion("X", ahead, "isp", history=None)
    later = HOUR + 33 * MINUTE + 12 * SECOND
    assert forecast(site, exclusions=(excluded,)).budget_exhausted_at == NOW + later
    told = Maintenance("M", (Announcement(NOW - 10 * DAY, ahead, Status.CONFIRMED, Impact.OUTAGE),))
    agreement = Agreement(maintenance="excluded")
    assert forecast(site, agreement=agreement, maintenance=(told,)).budget_exhausted_at == NOW + later
    assert forecast(site, agreement=agreement, maintenance=(told,), as_of=NOW - 11 * DAY).budget_exhausted_at == NOW + MOST
    part = CaseComponent(site, (Span(NOW - DAY, NOW), Span(NOW + HOUR, NOW + DAY)))
    assert forecast({"a": part}).budget_exhausted_at == NOW + later


def test_time_after_now_is_treated_as_observed_whatever_as_of() -> None:
    site = down((NOW - 10 * MINUTE, None))
    assert forecast(site, as_of=NOW) == forecast(site)
    assert forecast(site, as_of=NOW - MINUTE).budget_exhausted_at == NOW + 34 * MINUTE + 12 * SECOND


def test_a_breach_counts_whole_dates_and_the_budget_of_the_hours_they_have() -> None:
    site = down((NOW - 10 * MINUTE, None))
    assert forecast(site).breach_at == NOW + 33 * MINUTE + 12 * SECOND + 1
    berlin = evaluate(case(site, AskForecast(NOW, 720, 30, Fraction(0)), Agreement(zone="Europe/Berlin")))
    assert isinstance(berlin, Forecast)
    assert berlin.breach_at == NOW + 33 * MINUTE + 12 * SECOND + 1
    spent = down((NOW - 29 * DAY, NOW - 29 * DAY + 40 * MINUTE), (NOW - 10 * MINUTE, None))
    assert forecast(spent).breach_at == NOW  # 50 minutes in the window that ends today


def test_relief_is_each_counted_span_of_the_window_behind() -> None:
    site = troubles((NOW - W - HOUR, NOW - W + HOUR, DOWN), (NOW - HOUR, NOW, DEGRADED), (NOW - 2 * HOUR, NOW - HOUR, DOWN))
    seen = forecast(site, agreement=Agreement(degraded_impact=Fraction(1, 4)))
    assert seen.relief == (
        Relief(Span(NOW, NOW + HOUR), Fraction(HOUR)),
        Relief(Span(NOW + W - 2 * HOUR, NOW + W - HOUR), Fraction(HOUR)),
        Relief(Span(NOW + W - HOUR, NOW + W), Fraction(HOUR, 4)),
    )
    counted = small([0, 3, 0, 3])
    assert relief(counted, 4, 2) == (Relief(Span(5, 6), Fraction(1)),)


def test_each_component_stays_as_it_is() -> None:
    parts = {"a": down((NOW - HOUR, None)), "b": down((NOW - 10 * MINUTE, NOW + MINUTE))}
    seen = forecast(parts, tree=AtLeast(1, (Leaf("a"), Leaf("b"))))
    assert seen.budget_exhausted_at == NOW + 33 * MINUTE + 12 * SECOND
