from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from published import PARTS, Desk, days_ago, site

from monitor import publisher
from monitor.board import Made
from monitor.bus.local import LocalEvents
from monitor.config.configuration import PublicEntry
from monitor.ports import Changed
from monitor.publisher import Publisher
from monitor.web.pages import STALE_AFTER_MS, Pages
from sla.state import State
from sla.timeline import Change


class Office:
    """A publisher over a desk, on a clock that the test moves on besides the real one."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.pages, self.own, self.events, self.ahead = desk, Pages(), Pages(), LocalEvents(), 0.0
        self.publisher = Publisher(desk.board, self.pages, self.own, lambda: time.monotonic() + self.ahead)
        self.publisher.watch()

    def body(self, path: str) -> bytes:
        document = self.pages.find(path)
        return document.fresh.plain if document else b""

    def customer(self, key: str) -> bytes:
        return self.body(self.desk.board.customer_path(key))

    def change(self, site_key: str, check: str, days: float, state: State) -> None:
        stream = self.desk.stream(site_key, check)
        self.desk.append(stream, [Change(days_ago(days), state)])
        self.events.tell([Changed(*stream, days_ago(days), state)])


@asynccontextmanager
async def publishing(desk: Desk) -> AsyncIterator[Office]:
    office = Office(desk)
    task = asyncio.create_task(office.publisher.run(office.events.listen()))
    try:
        await asyncio.wait_for(office.publisher.complete.wait(), 20)
        yield office
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        desk.database.close()


async def until(condition: object, limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    sites = [site(key, customer) for key, customer in (("a", "acme"), ("b", "globex"), ("c", "initech"))]
    desk = Desk(tmp_path, sites, [PublicEntry("Web", ("a/web",))])
    for key in "abc":
        for part in PARTS:
            desk.append(desk.stream(key, part), [Change(days_ago(3), State.UP)])
    return desk


async def test_a_change_renews_its_customers_page_and_no_other(desk: Desk) -> None:
    async with publishing(desk) as office:
        others, public = [office.customer("acme"), office.customer("globex")], office.body("/")
        office.change("c", "web", 0.1, State.DOWN)
        await until(lambda: b"Major outage" in office.customer("initech"))
        await until(lambda: b"initech" in _index(office).lower() and _index(office).count(b"Down") > 0)
        assert [office.customer("acme"), office.customer("globex")] == others
        assert office.body("/") == public


async def test_a_sleep_of_ours_in_the_middle_of_a_page_is_not_slept_once_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with publishing(desk) as office:
        make = desk.board.customer

        def asleep(customer: str) -> Made:
            made = make(customer)
            office.ahead += 60.0
            monkeypatch.setattr(desk.board, "customer", make)
            return made

        monkeypatch.setattr(desk.board, "customer", asleep)
        office.change("a", "web", 0.1, State.DOWN)
        await until(lambda: office.ahead > 0)
        office.change("c", "web", 0.1, State.DOWN)
        await until(lambda: b"Major outage" in office.customer("initech"))


async def test_a_change_of_a_public_part_renews_the_public_page(desk: Desk) -> None:
    async with publishing(desk) as office:
        assert b"Major outage" not in office.body("/")
        office.change("a", "web", 0.1, State.DOWN)
        await until(lambda: b"Major outage" in office.body("/"))


async def test_many_changes_of_one_customer_are_few_publications_and_the_last_one_shows(desk: Desk) -> None:
    async with publishing(desk) as office:
        desk.reads.clear()
        for turn in range(50):
            office.change("b", "web", 0.5 - turn / 200, State.DOWN if turn % 2 == 0 else State.UP)
            await asyncio.sleep(0.01)
        office.change("b", "web", 0.01, State.DEGRADED)
        await until(lambda: b"Degraded performance" in office.customer("globex"))
        assert len(desk.reads) <= 6


async def test_every_page_is_renewed_in_time_though_nothing_changed(desk: Desk) -> None:
    async with publishing(desk) as office:
        paths = [desk.board.customer_path(key) for key in ("acme", "globex", "initech")] + ["/"]
        before = {path: office.pages.find(path) for path in paths}
        renewed: list[set[str]] = []
        for _ in range(10):
            office.ahead += publisher.RENEWED_S / 10
            await asyncio.sleep(0.6)
            renewed.append({path for path in paths if office.pages.find(path) is not before[path]})
        assert renewed[-1] == set(paths)
        assert renewed[0] != set(paths)  # spread over the round, never in one heap


async def test_a_decision_is_on_the_page_when_its_renewal_returns(desk: Desk) -> None:
    async with publishing(desk) as office:
        desk.append(desk.stream("b", "web"), [Change(days_ago(0.1), State.DOWN)])
        await office.publisher.renew("globex")
        assert b"Major outage" in office.customer("globex")


async def test_a_page_that_cannot_be_made_holds_up_no_other(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    broken = desk.stream("a", "web")
    whole = desk.board._timelines
    desk.board._timelines = lambda streams, since: _fail() if broken in streams else whole(streams, since)
    async with publishing(desk) as office:
        assert office.customer("acme") == b""
        assert office.customer("globex") and office.customer("initech")
        assert b"Site a" in _index(office)
    assert "not_published" in capsys.readouterr().out


async def test_a_page_is_served_though_its_ground_is_gone_and_turns_by_the_clock(desk: Desk) -> None:
    async with publishing(desk) as office:
        before, path = office.customer("acme"), desk.board.customer_path("acme")
        desk.board._timelines = lambda streams, since: _fail()
        office.change("a", "web", 0.1, State.DOWN)
        await asyncio.sleep(1.5)
        assert office.customer("acme") == before
        document = office.pages.find(path)
        assert document and b"Status unknown" in document.body(desk.now + STALE_AFTER_MS).plain
        told = office.pages.find(f"{path}api/v2/summary.json")
        assert told and b'"none"' not in told.body(desk.now + STALE_AFTER_MS).plain


async def test_a_reload_withdraws_what_is_gone_at_once_and_makes_the_rest_anew(desk: Desk) -> None:
    async with publishing(desk) as office:
        gone, configuration = desk.board.customer_path("globex"), desk.board._in_force().configuration
        left = [replace(one, name=f"New {one.key}") for one in configuration.sites if one.key != "b"]
        desk.watch(replace(configuration, sites=tuple(left)))
        office.publisher.watch()
        assert office.body(gone) == b""
        await asyncio.wait_for(office.publisher.complete.wait(), 20)
        assert b"New a" in office.customer("acme") and b"New c" in office.customer("initech")
        assert office.body(gone) == b""


def _index(office: Office) -> bytes:
    document = office.own.find("/")
    return document.fresh.plain if document else b""


def _fail() -> dict[tuple[int, int], object]:
    raise RuntimeError("no such table")
