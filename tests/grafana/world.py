"""The demo's parts in this process, watched by a real Prometheus with our rules: faults are done to the parts themselves."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from servers import free_port, needed, started

from monitor.app import Service
from monitor.clock import monotonic, system_clock
from monitor.config.load import load
from monitor.desk.deed import Reply
from monitor.desk.deeds import Request
from monitor.stage.files import BACKUP_FILE, write_configuration
from monitor.stage.history import DAYS, history
from monitor.stage.sender import report
from monitor.stage.stage import Stage
from monitor.store import catalogue, changes
from monitor.streams import leaf_name
from monitor.wiring import plans_of
from sla.span import DAY, MINUTE, Span
from sla.state import Cause, State
from sla.texts import instant_text
from sla.timeline import Change, Timeline

SEED = 20261124
LONG_OUTAGE_MS = 60 * MINUTE
"""More than the 43 minutes that 99.9 % of 30 days allow."""

CONFIGURATION = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: threenines
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@dataclass
class World:
    """``offset`` ms are added to the wall clock; ``outage`` lies in the made-up past of one site."""

    folder: Path
    stage: Stage
    path: Path
    port: int
    outage: Span
    offset: int = 0
    service: Service = field(init=False)
    _listening: AsyncExitStack = field(init=False)

    def now(self) -> int:
        return system_clock() + self.offset

    async def listen(self) -> None:
        self._listening = AsyncExitStack()
        await self._listening.enter_async_context(self.service.listening())

    async def hang_up(self) -> None:
        await self._listening.aclose()

    async def said_later(self, site: str, check: str, *facts: Change) -> None:
        """Facts of ``check`` that arrive now, and the pages that they change."""
        stream = next(plan.stream for plan in self.service._plans if (plan.site, plan.check.key) == (site, check))
        await self.service.database.write(lambda db: changes.append(db, self.now(), [changes.Addition(stream, facts, ())]))
        await self.service._renew([site])

    async def deed(self, deed: str, user: str, **body: Any) -> Reply:
        reply = await self.service.act(Request(deed, body, user), False)
        assert not reply.faults, reply.faults
        return reply

    async def propose(self, ends: int) -> str:
        """Leave the outage out up to ``ends``; Ann says so, and somebody else must agree. The exclusion's id."""
        cause = min(next(site for site in self.service.configuration.sites if site.key == "globex").agreement.excluded_causes)
        said = {"cause": cause, "party": "Somebody Ltd", "reason": "their link", "evidence": ["ticket 7"]}
        span = {"from": instant_text(self.outage.start), "to": instant_text(ends)}
        reply = await self.deed("exclusion.propose", "ann", site="globex", **said, **span)
        assert reply.body is not None
        return str(reply.body["exclusion"]["id"])

    async def approve(self, exclusion: str) -> None:
        """Ben, a person with a token of his own, agrees."""
        made = await self.deed("token.new", "root", name=f"Ben {exclusion}", scopes=["approve"])
        assert made.body is not None
        asked = Request("exclusion.approve", {"id": exclusion, "reason": "seen"}, "ben", made.body["secret"])
        reply = await self.service.act(asked, False)
        assert not reply.faults, reply.faults


@asynccontextmanager
async def world(folder: Path, data: Path | None = None, relay: int | None = None) -> AsyncIterator[World]:
    """Stage and service, measured, with ninety made-up days. ``relay`` is the port of the mail server, if not the stage's."""
    stage = Stage(folder, system_clock)
    await stage.start()
    port = free_port()
    path = write_configuration(stage, folder, port, free_port(), free_port())
    if data is not None:
        path.write_text(path.read_text().replace("data: data", f"data: {data}"))
    if relay is not None:
        path.write_text(re.sub(r'relay: "[^"]*"', f'relay: "127.0.0.1:{relay}"', path.read_text()))
    start = (system_clock() - 3 * DAY) // MINUTE * MINUTE
    made = World(folder, stage, path, port, Span(start, start + LONG_OUTAGE_MS))
    made.service = Service(path, load(path, os.environ), os.environ, made.now, monotonic)
    await _simulate(made)
    await made.service.start()
    await made.listen()
    gateway = made.service.configuration.gateway
    assert gateway is not None
    backup = asyncio.create_task(report(gateway.listener.port, (folder / BACKUP_FILE).read_text()))
    try:
        await until(lambda: not made.service.board.unmeasured(), 60)
        yield made
    finally:
        backup.cancel()
        await made.hang_up()
        await made.service.stop()
        await stage.stop()


async def _simulate(made: World) -> None:
    now, service = system_clock(), made.service
    numbers = await service.database.write(lambda db: catalogue.enlist(db, service.configuration, now))
    plans = plans_of(service.configuration, numbers)
    past = dict(history((leaf_name(plan.stream) for plan in plans), now, SEED))
    long_away = (
        Change(now - DAYS * DAY, State.UP),
        Change(made.outage.start, State.DOWN, Cause.TCP_REFUSED),
        Change(made.outage.end, State.UP),
        Change(now, State.UNKNOWN, Cause.NEVER_CHECKED),
    )
    for plan in plans:
        if (plan.site, plan.check.key) == ("globex", "address"):
            past[leaf_name(plan.stream)] = Timeline(long_away, ())
    rows = [
        changes.Addition(plan.stream, past[leaf_name(plan.stream)].changes, past[leaf_name(plan.stream)].doubts) for plan in plans
    ]
    await service.database.write(lambda db: changes.append(db, now, rows))


class Prometheus:
    """What a running Prometheus says."""

    def __init__(self, port: int, client: httpx.AsyncClient) -> None:
        self._base, self._client = f"http://127.0.0.1:{port}/api/v1", client

    async def ask(self, path: str, **parameters: Any) -> Any:
        answer = await self._client.get(f"{self._base}/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def query(self, expr: str) -> list[dict[str, Any]]:
        return list((await self.ask("query", query=expr))["result"])

    async def firing(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for alert in (await self.ask("alerts"))["alerts"]:
            if alert["state"] == "firing":
                found.setdefault(alert["labels"]["alertname"].removeprefix("Threenines"), []).append(alert)
        return found


@asynccontextmanager
async def prometheus(folder: Path, target: int, rules: Sequence[Path]) -> AsyncIterator[Prometheus]:
    """A real one that scrapes ``target`` every second."""
    await asyncio.to_thread(folder.mkdir)
    port = free_port()
    file = folder / "prometheus.yaml"
    file.write_text(CONFIGURATION.format(port=target, rules=", ".join(f'"{rule}"' for rule in rules)))
    server = await asyncio.to_thread(
        started,
        [
            needed("prometheus"),
            f"--config.file={file}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ],
        port,
        folder,
    )
    try:
        async with httpx.AsyncClient(timeout=20) as client:
            asked = Prometheus(port, client)
            await until_async(lambda: _ready(client, port), 30)
            yield asked
    finally:
        await asyncio.to_thread(server.stop)


async def _ready(client: httpx.AsyncClient, port: int) -> bool:
    with suppress(httpx.HTTPError):
        return (await client.get(f"http://127.0.0.1:{port}/-/ready")).status_code == 200
    return False


def hurried(rule: Path, folder: Path, words: dict[str, str]) -> Path:
    """``rule`` with its waiting taken out, and ``words`` replaced; each must be there."""
    text = re.sub(r"^ +for: .*\n", "", rule.read_text(), flags=re.MULTILINE)
    for old, new in words.items():
        assert old in text, old
        text = text.replace(old, new)
    made = folder / rule.name
    made.write_text(text)
    return made


async def until(condition: Callable[[], bool], seconds: float) -> None:
    async def asked() -> bool:
        return condition()

    await until_async(asked, seconds)


async def until_async(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, f"not within {seconds:g} s"
        await asyncio.sleep(0.3)
