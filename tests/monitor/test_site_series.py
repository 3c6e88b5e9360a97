from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from published import NOW, PARTS, Desk, days_ago, site

from monitor.metrics import SiteSeries
from sla.span import HOUR, MINUTE
from sla.state import State
from sla.timeline import Change

BUDGET_MS = 720 * HOUR // 1000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, [site("a", "acme")])
    yield desk
    desk.database.close()


def made(desk: Desk, **outages: list[Change]) -> SiteSeries:
    for part in PARTS:
        desk.append(desk.stream("a", part), [Change(days_ago(400), State.UP), *outages.get(part, [])])
    return desk.board.customer("acme").series["a"]


def test_every_window_has_its_figures_by_the_agreements_own_lengths(desk: Desk) -> None:
    told = made(desk, web=[Change(days_ago(3), State.DOWN), Change(days_ago(3) + 10 * MINUTE, State.UP)])
    figures = dict(told.figures)
    assert list(figures) == ["trailing_30d", "any_30d", "rolling_720h", "month"]
    assert {name: of.downtime_ms for name, of in figures.items()} == dict.fromkeys(figures, 10 * MINUTE)
    assert figures["rolling_720h"].period_ms == 720 * HOUR
    assert figures["month"].verdict.value == "pending"
    assert (told.forecast.exhausted_at, told.forecast.regained_at) == (None, None)
    assert told.settled_at == NOW - 130_000


def test_an_open_outage_spends_the_budget_at_an_instant_that_can_be_reckoned(desk: Desk) -> None:
    told = made(desk, web=[Change(NOW - 10 * MINUTE, State.DOWN)])
    assert told.state is State.DOWN
    assert told.forecast.exhausted_at == NOW + BUDGET_MS - 10 * MINUTE
    assert told.forecast.regained_at is None


def test_a_spent_budget_comes_back_when_enough_of_the_downtime_leaves_the_window(desk: Desk) -> None:
    start = days_ago(5)
    told = made(desk, web=[Change(start, State.DOWN), Change(start + HOUR, State.UP)])
    assert told.forecast.exhausted_at is None
    assert told.forecast.regained_at == start + 720 * HOUR + (HOUR - BUDGET_MS) + 1
