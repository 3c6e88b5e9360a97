"""The charts draw what the daily rows say, in whole numbers, within their frame, whatever the amounts."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from reports.statement_chart import HEIGHT, STEP, budget, lost
from reports.statement_words import STATEMENTS

ENGLISH = STATEMENTS["en"]


def day(number: int, counted: str = "0", excluded: str = "0", unknown: str = "0") -> dict[str, Any]:
    return {"date": f"2026-06-{number:02}", "counted_seconds": counted, "excluded_seconds": excluded, "unknown_seconds": unknown}


DAYS = [day(1), day(2, "600"), day(3, "86400", "0", "0"), day(4, "0.25", "3000", "60"), day(5, unknown="86400")]


@pytest.mark.parametrize("draw", [lost, budget])
@pytest.mark.parametrize("days", [DAYS, DAYS[:1], []])
@pytest.mark.parametrize("allowed", ["0", "2592"])
def test_everything_lies_in_the_frame_and_the_title_says_it(draw: Any, days: Any, allowed: str) -> None:
    drawn = ElementTree.fromstring(str(draw(days, allowed, ENGLISH)))
    width, height = map(int, drawn.attrib["viewBox"].split()[2:])
    assert drawn.attrib["role"] == "img" and drawn[0].tag == "title" and drawn[0].text
    for shape in drawn.iter("rect"):
        x, y, wide, high = (int(shape.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x < width and x + wide <= width + 6 and y >= 0 and y + high <= height, shape.attrib


def test_a_date_is_as_high_as_what_it_lost() -> None:
    drawn = ElementTree.fromstring(str(lost([day(1, "1000"), day(2, "500"), day(3, "1")], "2000", ENGLISH)))
    counted = [shape for shape in drawn.iter("rect") if shape.attrib["class"] == "counted"]
    assert [(int(one.attrib["x"]), int(one.attrib["height"])) for one in counted] == [
        (0, HEIGHT // 2),
        (STEP, HEIGHT // 4),
        (16, 1),
    ]


def test_the_budget_is_a_stair_that_never_falls() -> None:
    drawn = str(budget(DAYS, "2592", ENGLISH))
    heights = [int(one) for one in re.findall(r"V(\d+)h8", drawn)]
    assert heights == sorted(heights, reverse=True) and len(heights) == len(DAYS)
    assert "1 d 10 min 1 s by 5 Jun 2026; 43 min 12 s is allowed" in drawn
    assert 'class="counted"' not in str(budget([day(1)], "2592", ENGLISH))
