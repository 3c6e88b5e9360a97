"""The benchmark of a scrape reads what there is, whole."""

from __future__ import annotations

import metrics


async def test_a_scrape_is_read_whole_by_a_real_reader_and_costs_something() -> None:
    ours, floor = await metrics.measured(checks=50, rounds=2, max_series=10**9)
    watched = metrics.Watched(50, 10**9)
    watched.look()
    text = watched.gauges.text(watched.now)
    assert ours[0].bytes > len(text) > 50_000
    assert all(one.cpu_ms > 0 and one.still_ms > 0 for one in (*ours, *floor))
    assert text.count(b"\n") > 50 * 14


def test_a_line_says_the_median_its_ratio_and_whether_the_goals_are_met() -> None:
    ours, floor = [metrics.Cost(10.0, 5.0, 2_000_000)] * 3, [metrics.Cost(4.0, 1.0, 2_000_000)] * 3
    wanted = "x: 2.0 MB, CPU 10.0 ms (floor 4.0 ms), ratio 2.5 (2.5..2.5), loop still 5.0 ms; goals 25 and 50 ms: met"
    assert metrics.line("x", ours, floor) == wanted
    assert metrics.line("x", [metrics.Cost(10.0, 51.0, 1)] * 3, floor).endswith("missed")
