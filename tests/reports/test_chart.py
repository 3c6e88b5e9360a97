from __future__ import annotations

from xml.etree import ElementTree

from page_examples import bars

from reports import chart
from sla.span import HOUR, MINUTE


def test_a_wholly_good_quarter_is_one_rectangle_and_no_table() -> None:
    drawn = ElementTree.fromstring(chart.svg("Database", bars({})))
    assert [shape.get("class") for shape in drawn.iter("rect")] == ["up"]
    assert chart.rows(bars({})) == ()


def test_states_differ_in_height_or_pattern_not_only_in_colour() -> None:
    drawn = ElementTree.fromstring(chart.svg("Database", bars({1: (1, 0, 0), 2: (0, 1, 0), 3: (0, 0, 1)}, before=9)))
    heights = {shape.get("class"): shape.get("height") for shape in drawn.iter("rect")}
    assert heights == {"before": "28", "up": "28", "unknown": "28", "degraded": "18", "down": "36"}


def test_every_bad_day_says_what_happened_rounded_up() -> None:
    drawn = chart.svg("Database", bars({0: (6 * MINUTE + 1, 0, HOUR)}))
    assert "24 Nov 2026: 6 min 1 s down, 1 h not measured" in drawn


def test_the_title_counts_the_days() -> None:
    days = bars({1: (1, 0, 0), 5: (1, 0, 1)}, before=10)
    assert chart.summary(days) == (
        "last 90 days, 2 days with interruptions, 1 day not fully measured, 10 days before monitoring began"
    )


def test_the_table_has_the_bad_days_newest_first_and_one_row_before_monitoring() -> None:
    table = chart.rows(bars({1: (1, 0, 0), 5: (0, 0, 1)}, before=10))
    assert [row.dates for row in table] == ["23 Nov 2026", "19 Nov 2026", "27 Aug 2026 – 5 Sep 2026"]
    assert table[-1].before


def test_a_hostile_name_stays_text() -> None:
    assert "<script>" not in chart.svg("<script>alert(1)</script>", bars({}))
