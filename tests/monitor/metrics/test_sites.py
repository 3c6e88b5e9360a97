from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from monitor.metrics import SiteSeries, sites_text
from monitor.metrics.sites import Forecast, Observed, site_lines
from sla.answer import Figures, Verdict
from sla.composition import Quad
from sla.span import DAY, SECOND, Span
from sla.state import State
from sla.steps import BEGINNING
from sla.track import Track

WINDOW = Span(0, 30 * DAY)
SITE = SiteSeries("contoso", "berlin", State.UP, (("web", "instance", State.UP),))


def figures(**changed: object) -> Figures:
    whole = Figures(
        window=WINDOW,
        period_ms=WINDOW.length,
        whole_ms=WINDOW.length,
        observed_ms=Fraction(90_000),
        excluded_ms={"customer-network": Fraction(30_000)},
        downtime_ms=Fraction(60_000),
        best_ms=Fraction(60_000),
        worst_ms=Fraction(90_000),
        unknown_ms=30_000,
        coverage=Fraction(1),
        availability=1 - Fraction(60_000, WINDOW.length),
        availability_best=1 - Fraction(60_000, WINDOW.length),
        availability_worst=1 - Fraction(90_000, WINDOW.length),
        goal=Fraction(999, 1000),
        budget_ms=Fraction(2_592_000),
        remaining_ms=Fraction(2_532_000),
        verdict=Verdict.MET,
    )
    return replace(whole, **changed)  # type: ignore[arg-type]


def told(site: SiteSeries) -> str:
    return sites_text((site,)).decode()


def test_figures_are_seconds_and_shares() -> None:
    text = told(replace(SITE, figures=(("trailing_30d", figures()),)))
    where = 'customer="contoso",site="berlin",window="trailing_30d"'
    assert f"sla_error_budget_remaining_seconds{{{where}}} 2532\n" in text
    assert f'sla_downtime_excluded_seconds{{{where},cause="customer-network"}} 30\n' in text
    assert f"sla_downtime_observed_seconds{{{where}}} 90\n" in text
    assert f'sla_verdict{{{where},verdict="met"}} 1\n' in text
    assert f'sla_verdict{{{where},verdict="breached"}} 0\n' in text
    assert 'threenines_site_state{customer="contoso",site="berlin",state="unknown"} 0\n' in text
    assert 'sla_goal_ratio{customer="contoso",site="berlin"} 0.999\n' in text


def test_what_nobody_can_say_is_absent() -> None:
    text = told(replace(SITE, figures=(("month", figures(availability=None, coverage=None)),)))
    assert "sla_availability_ratio" not in text
    assert "sla_coverage_ratio" not in text
    assert "exhausted" not in text
    assert "sla_error_budget_exhausted_timestamp_seconds" in told(replace(SITE, forecast=Forecast(exhausted_at=5_500)))


def test_labels_are_escaped() -> None:
    assert 'customer="a\\"b\\\\c\\nd"' in told(SiteSeries('a"b\\c\nd', "s", State.UP))


def certain(state: State) -> Quad:
    return (State.DOWN.value, State.UP.value) * 2 if state is State.UNKNOWN else (state.value,) * 4


def track(*steps: tuple[int, State]) -> Track:
    return Track(Span(0, DAY), ((BEGINNING, None), *((at, certain(state)) for at, state in steps)), {})


def test_time_is_counted_once_it_has_settled_and_all_four_states_are_there_from_the_start() -> None:
    observed, seen = Observed(), track((0, State.UP), (40 * SECOND, State.DOWN), (70 * SECOND, State.UP))
    site = replace(SITE, track=seen, settled_at=30 * SECOND)
    assert dict(observed.advance(site)) == dict.fromkeys(State, 0)
    counts = observed.advance(replace(site, settled_at=60 * SECOND))
    assert (counts[State.UP], counts[State.DOWN]) == (10 * SECOND, 20 * SECOND)
    assert (
        'sla_observed_seconds_total{customer="contoso",site="berlin",state="down"} 20\n'
        in b"".join(site_lines(site, counts).values()).decode()
    )


@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from(list(State))), min_size=1, max_size=12))
def test_counters_never_fall_however_the_past_is_retold_and_the_clock_goes(moves: list[tuple[int, State]]) -> None:
    observed, before = Observed(), dict.fromkeys(State, 0)
    for at, state in moves:
        counts = dict(observed.advance(replace(SITE, track=track((0, state)), settled_at=at * SECOND)))
        assert all(counts[one] >= before[one] for one in State)
        before = counts
    assert sum(before.values()) == (max(at for at, _ in moves) - moves[0][0]) * SECOND


def test_a_site_that_is_not_watched_any_more_is_forgotten() -> None:
    observed, site = Observed(), replace(SITE, track=track((0, State.UP)), settled_at=SECOND)
    observed.advance(site)
    observed.advance(replace(site, settled_at=2 * SECOND))
    observed.keep([])
    assert observed.advance(replace(site, settled_at=9 * SECOND))[State.UP] == 0
