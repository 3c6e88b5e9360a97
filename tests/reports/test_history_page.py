from __future__ import annotations

from dataclasses import replace
from datetime import date

from page_examples import AT, customer_page, empty_page

from reports.german import GERMAN
from reports.history_page import NEWEST, happened, months, render
from sla.span import DAY


def test_what_happened_is_listed_newest_first_by_when_it_began() -> None:
    assert [one.id for _, _, one in happened(customer_page())] == ["mnt2", "mnt3", "inc1", "mnt1", "inc2"]


def test_each_month_has_a_page_of_its_own_events_in_the_pages_zone() -> None:
    page = customer_page()
    first = replace(page.incidents[1], id="inc3", began_at=1_796_079_600_000)  # 30 Nov, 23:00 UTC: in Berlin it is December
    page = replace(page, incidents=(*page.incidents, first))
    assert months(page) == (date(2026, 12, 1), date(2026, 11, 1))
    december = render(page, month=date(2026, 12, 1)).decode()
    assert "incidents/inc3.html" in december and "incidents/inc2.html" not in december
    assert 'aria-current="page">December 2026' in december


def test_the_front_shows_the_newest_and_links_to_the_rest() -> None:
    one = customer_page().incidents[1]
    many = tuple(replace(one, id=f"i{number}", began_at=AT - number * DAY) for number in range(100))
    front = render(customer_page(incidents=many, maintenances=())).decode()
    assert front.count("<h2>") == NEWEST
    assert front.count("history/2026-") >= 4


def test_an_empty_history_says_so_in_its_language() -> None:
    assert "There was nothing to tell." in render(empty_page()).decode()
    assert "Es gab nichts zu berichten." in render(empty_page(), GERMAN).decode()
