from __future__ import annotations

from dataclasses import replace
from datetime import date

from reports.survey_table import COLUMNS, row
from sla.agreement import Agreement
from sla.calendar import start
from sla.counted import Counted, tallied
from sla.counting import Weight
from sla.span import DAY, MINUTE, Span
from sla.survey import position, reach

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)


def counted(minutes: int, observed: bool = True) -> Counted:
    agreement = Agreement()
    within, begun = reach(agreement, FIRST, LAST), start("UTC", date(2026, 6, 10))
    weights = [(begun, Weight(1, 1, 1, 0, 0)), (begun + minutes * MINUTE, Weight(0, 0, 0, 0, 0))]
    return tallied(weights, within.end, Span(within.start - DAY, within.end) if observed else None, 1, False)


def test_a_site_is_one_line_with_what_decides() -> None:
    seen = position(counted(30), Agreement(), FIRST, LAST, month=True)
    assert row("Acme", seen) == (
        "Acme", "met", "99.930 % in 30 d to 2026-06-10", "99.930 % in 720 h", "100.000 %", "13 min 12 s",
    )  # fmt: skip
    assert len(row("Acme", seen)) == len(COLUMNS)


def test_nothing_is_left_of_a_budget_that_is_spent_and_no_time_is_a_dash() -> None:
    spent = position(counted(60), Agreement(), FIRST, LAST, month=True)
    assert (row("Acme", spent)[1], row("Acme", spent)[-1]) == ("breached", "0 s")
    unseen = position(counted(60, observed=False), Agreement(), FIRST, LAST, month=True)
    assert row("Acme", replace(unseen))[4] == "-"


def test_a_site_that_nothing_was_recorded_of_says_so() -> None:
    assert row("Acme", None) == ("Acme", "nothing recorded yet", "-", "-", "-", "-")
