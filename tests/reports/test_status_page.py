from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from gzip import compress
from pathlib import Path

import pytest
from page_examples import customer_page, empty_page, hardly_measured_page, public_page, sixty_components

from reports.catalogue import ENGLISH
from reports.frame import STATIC, static
from reports.snapshot import PageSnapshot, stale_twin
from reports.status_page import render

PAGES: dict[str, Callable[[], bytes]] = {
    "customer.html": lambda: render(customer_page()),
    "customer_stale.html": lambda: render(stale_twin(customer_page())),
    "public.html": lambda: render(public_page()),
    "hardly_measured.html": lambda: render(hardly_measured_page()),
    "empty.html": lambda: render(empty_page()),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_those_that_were_looked_at(name: str) -> None:
    """Set GOLDEN=write to take the present ones, and then look at them."""
    golden = Path(__file__).parent / "golden" / name
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(PAGES[name]())
    assert PAGES[name]().decode() == golden.read_text()


@pytest.mark.parametrize("make", [customer_page, public_page, empty_page])
def test_equal_snapshots_give_equal_bytes(make: Callable[[], PageSnapshot]) -> None:
    assert render(make()) == render(make())


def test_the_public_page_has_no_goal_no_budget_and_no_owner() -> None:
    page = render(public_page()).decode()
    assert "observed, before exclusions" in page
    assert not any(word in page for word in ("goal", " left", "managed by", "by contract"))


def test_a_stale_page_is_nowhere_green() -> None:
    page = render(stale_twin(customer_page())).decode()
    assert "Status unknown since" in page
    assert "Operational" not in page
    assert "still going on" not in page


def test_hostile_names_stay_text_without_controls_and_within_bounds() -> None:
    hostile = '<script>alert("x")</script>{{ 7 * 7 }}\x07\u202e' + "x" * 2000
    page = customer_page(customer=hostile)
    group = replace(page.groups[0], name=hostile, entries=tuple(replace(entry, name=hostile) for entry in page.entries[:1]))
    text = render(replace(page, groups=(group,))).decode()
    assert "<script>alert" not in text
    assert "{{ 7 * 7 }}" in text
    assert "\x07" not in text and "\u202e" not in text
    assert "x" * 512 not in text


def test_a_simulated_history_says_so() -> None:
    words = ENGLISH.say("simulated")
    assert words in render(customer_page()).decode()
    assert words not in render(customer_page(simulated=False)).decode()


def test_entries_without_a_group_stand_under_a_heading_all_the_same() -> None:
    page = public_page()
    text = render(replace(page, groups=(replace(page.groups[0], name=""),))).decode()
    assert '<h2 id="group-1">Services</h2>' in text


def test_days_before_monitoring_are_hatched_and_the_legend_says_so() -> None:
    page = render(public_page()).decode()
    assert 'id="before"' in page and 'class="line-before"' in page
    assert '<rect class="before" x="0"' in page
    assert "before monitoring began: hatched" in page.partition('<section class="legend"')[2]
    assert "dotted" not in page


def test_sizes_are_within_budget() -> None:
    page = render(sixty_components())
    assert len(page) <= 200_000
    assert len(compress(page, 6)) <= 25_000
    assert len(static("style.css")) <= 16_000
    assert len(static("stale.js")) <= 2_000
    assert STATIC == ("style.css", "stale.js")
