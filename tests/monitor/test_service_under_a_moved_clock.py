"""The service in this process, under a wall clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from servers import free_port, serving, silent

from monitor.app import Service
from monitor.clock import monotonic, system_clock
from monitor.config.load import load
from monitor.store import changes
from sla.span import DAY, HOUR, SECOND
from sla.state import Cause, State
from sla.timeline import Change

MAIN = 'provider: {{name: Example}}\noperator: {{bind: "127.0.0.1:{port}"}}\n'
SITE = """\
id: acme
name: Acme
components: [{{id: a, kind: instance}}]
checks:
  - {{id: a, component: a, kind: tcp, host: 127.0.0.1, port: {port}, interval: {every}, {rest}}}
"""


REST = "deadline: 900ms, repeat: 500ms, confirm_successes: 1"


class Bench:
    """One check of a server that is well; ``offset`` ms are added to the wall clock."""

    def __init__(self, folder: Path, target: int, every: str) -> None:
        self.path, self.offset = folder / "threenines.yaml", 0
        self.path.write_text(MAIN.format(port=free_port()))
        (folder / "sites").mkdir()
        (folder / "sites" / "acme.yaml").write_text(SITE.format(port=target, every=every, rest=REST))

    def now(self) -> int:
        return system_clock() + self.offset

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Service]:
        service = Service(self.path, load(self.path, {}), {}, self.now, monotonic)
        await service.start()
        try:
            yield service
        finally:
            await service.stop()


def said(service: Service) -> tuple[Change, ...]:
    return service.database.look(lambda db: changes.timeline(db, (1, 1))).changes


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  what is waited for stands in tables
            await asyncio.sleep(0.05)


@pytest.fixture
async def target() -> AsyncIterator[int]:
    async with serving(silent) as port:
        yield port


async def test_a_step_is_told_at_once_to_checks_that_look_by_the_hour_and_they_look_anew(tmp_path: Path, target: int) -> None:
    bench = Bench(tmp_path, target, "1h")
    async with bench.running() as service:
        await until(lambda: len(said(service)) == 1)
        stepped = bench.now()
        bench.offset = 2 * HOUR
        await until(lambda: len(said(service)) == 3)
        up, unknown, again = said(service)
        assert (up.state, unknown.state, again.state) == (State.UP, State.UNKNOWN, State.UP)
        assert unknown.cause is Cause.CLOCK_STEP
        assert 0 <= unknown.at - stepped < 2 * SECOND
        assert 2 * HOUR <= again.at - stepped < 2 * HOUR + 10 * SECOND
        assert b"threenines_clock_steps_total 1.0" in b"".join(service.scrape())


async def test_a_clock_that_was_set_back_while_we_were_away_voids_what_lies_ahead(tmp_path: Path, target: int) -> None:
    bench = Bench(tmp_path, target, "2s")
    async with bench.running() as service:
        await until(lambda: len(said(service)) == 1)
        ahead = said(service)[0].at
    bench.offset = -HOUR
    async with bench.running() as service:
        await until(lambda: bool(said(service)) and said(service)[0].at < ahead - HOUR + 30 * SECOND)
        assert not any(change.at >= ahead and change.state is State.UP for change in said(service))
        await until(lambda: not service.board.unmeasured())
        assert service.intake.live[1, 1].state is State.UP


async def test_a_short_step_back_costs_no_more_than_the_time_told_twice(tmp_path: Path, target: int) -> None:
    bench = Bench(tmp_path, target, "2s")
    async with bench.running() as service:
        await until(lambda: len(said(service)) == 1)
        await asyncio.sleep(4)
        told = bench.now()
        bench.offset = -3_000
        await until(lambda: len(said(service)) == 3)
        up, unknown, again = said(service)
        assert (up.state, unknown.state, again.state) == (State.UP, State.UNKNOWN, State.UP)
        assert told - 6 * SECOND < unknown.at < told - 1 * SECOND
        assert told <= again.at < told + 6 * SECOND


async def test_a_clock_that_was_years_ahead_costs_only_the_time_in_which_somebody_was_here(tmp_path: Path, target: int) -> None:
    bench = Bench(tmp_path, target, "2s")
    bench.offset = 9 * 365 * DAY
    async with bench.running() as service:
        await until(lambda: len(said(service)) == 1)
        bench.offset, began = 0, system_clock()
        await until(lambda: any(change.at < began + DAY for change in said(service)))
        up, ahead = said(service)
        assert (up.state, began <= up.at < began + 10 * SECOND) == (State.UP, True)
        assert (ahead.state, ahead.at > began + 9 * 364 * DAY) == (State.UNKNOWN, True)
        await until(lambda: service.intake.live[1, 1].state is State.UP)
