"""The demo: the stage's servers, ninety simulated days, the real service watching them, an outage and a rollout acted out."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from monitor.app import Service
from monitor.clock import Clock, Stopwatch
from monitor.config.load import load
from monitor.desk.deeds import Request
from monitor.desk.rollout_nouns import gate_document
from monitor.stage.files import BACKUP_FILE, GATEWAY_PORT, OPERATOR_PORT, PUBLIC_PORT, write_configuration
from monitor.stage.history import history
from monitor.stage.play import act
from monitor.stage.rollout import PLANNER, SECOND_PERSON, carry
from monitor.stage.sender import report
from monitor.stage.stage import Stage
from monitor.store import catalogue, changes
from monitor.streams import leaf_name
from monitor.wiring import plans_of

SEED = 20261124
MEASURED_S = 20.0
"""Within this time of the start every component has been looked at."""

LOOK_EVERY_S = 0.2
USER = "demo"
"""As which system user the demo makes its people's tokens."""

Say = Callable[[str], None]


def free_port(wanted: int) -> int:
    """``wanted`` if nobody listens there, else any free port of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def demo(say: Say, clock: Clock, monotonic: Stopwatch, stop: asyncio.Event, duration_s: float | None = None) -> bool:
    """Run until ``stop`` or for ``duration_s``; False if not everything was measured in time. Leaves nothing behind."""
    with TemporaryDirectory(prefix="threenines-demo-") as name:
        folder = Path(name)
        stage = Stage(folder, clock)
        await stage.start()
        try:
            ports = free_port(OPERATOR_PORT), free_port(PUBLIC_PORT), free_port(GATEWAY_PORT)
            path = write_configuration(stage, folder, *ports)
            return await _serve(stage, path, say, clock, monotonic, stop, duration_s)
        finally:
            await stage.stop()


async def _serve(
    stage: Stage, path: Path, say: Say, clock: Clock, monotonic: Stopwatch, stop: asyncio.Event, duration_s: float | None
) -> bool:
    began = monotonic()
    configuration = load(path, os.environ)
    configuration = replace(configuration, sites=tuple(replace(site, simulated=True) for site in configuration.sites))
    service = Service(path, configuration, os.environ, clock, monotonic)
    await _simulate(service, clock)
    await service.start()
    try:
        async with service.listening() as (operator, public):
            _addresses(service, stage, say, operator, public or operator)
            plays = (act(stage, say, asyncio.sleep), _backup(service, path), _rollout(service, say, clock))
            actors = [asyncio.create_task(play) for play in plays]
            measured = await _measured(service, say, stop)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if duration_s is None else max(0.0, began + duration_s - monotonic())):
                    await stop.wait()
            for actor in actors:
                actor.cancel()
            await asyncio.gather(*actors, return_exceptions=True)
    finally:
        await service.stop()
    return measured


async def _backup(service: Service, path: Path) -> None:
    """Be the backup that reports to the service's gateway."""
    gateway = service.configuration.gateway
    assert gateway is not None
    await report(gateway.listener.port, (path.parent / BACKUP_FILE).read_text(encoding="utf-8"))


async def _rollout(service: Service, say: Say, clock: Clock) -> None:
    """Let two people carry a release to all sites."""
    try:
        await carry(await _seated(service, clock), say, asyncio.sleep, clock)
    except RuntimeError as refused:
        say(f"the rollout ends: {refused}")


@dataclass(frozen=True, slots=True)
class _Desk:
    """The operators of the demo, each with a token, at the desk of the service."""

    service: Service
    secrets: Mapping[str, str]
    clock: Clock

    async def do(self, person: str, deed: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What ``person`` asks of the desk. Raises RuntimeError with every reason if it is refused."""
        reply = await self.service.act(Request(deed, body, USER, self.secrets.get(person)), False)
        if reply.faults:
            raise RuntimeError(f"{deed} is refused: " + "; ".join(f"{one.message} ({one.got})" for one in reply.faults))
        return reply.body or {}

    async def gate(self, rollout: str, wave: int) -> Mapping[str, Any]:
        """What the gate before a wave says."""
        in_force = self.service.configuration
        found = await self.service.database.read(lambda db: gate_document(db, in_force, rollout, wave, self.clock()))
        assert found is not None
        return found


async def _seated(service: Service, clock: Clock) -> _Desk:
    """Both people of the play with new tokens."""
    nobody, secrets = _Desk(service, {}, clock), {}
    for name in (PLANNER, SECOND_PERSON):
        asked = {"name": name, "scopes": ["read", "operate", "approve"]}
        secrets[name] = str((await nobody.do(USER, "token.new", asked))["secret"])
    return _Desk(service, secrets, clock)


async def _simulate(service: Service, clock: Clock) -> None:
    """Ninety made-up days before the first look; every page that shows them says so."""
    now = clock()
    numbers = await service.database.write(lambda db: catalogue.enlist(db, service.configuration, now))
    plans = plans_of(service.configuration, numbers)
    made_up = history((leaf_name(plan.stream) for plan in plans), now, SEED)
    additions = [
        changes.Addition(plan.stream, made_up[leaf_name(plan.stream)].changes, made_up[leaf_name(plan.stream)].doubts)
        for plan in plans
    ]
    await service.database.write(lambda db: changes.append(db, now, additions))


def _addresses(service: Service, stage: Stage, say: Say, operator: str, public: str) -> None:
    pages = {
        f"page of {site.customer.name}": service.board.customer_path(site.customer.key)
        for site in service.configuration.sites
        if not site.own
    }
    lines = {"public status page": f"{public}/"} | {name: public + path for name, path in pages.items()}
    lines |= {"mails of everybody": "http://{}:{}/".format(*stage.desk["mailbox"])}
    lines |= {"operator": f"{operator}/", "metrics": f"{operator}/metrics"}
    width = max(map(len, lines))
    for name, address in lines.items():
        say(f"{name:{width}}  {address}")
    say("the 90 days before now are simulated and marked so; from here on everything is measured. Ctrl-C ends it.")


async def _measured(service: Service, say: Say, stop: asyncio.Event) -> bool:
    """Wait until every check has a conclusive result."""
    for _ in range(int(MEASURED_S / LOOK_EVERY_S)):
        if stop.is_set() or not service.board.unmeasured():
            break
        await asyncio.sleep(LOOK_EVERY_S)
    missing = service.board.unmeasured()
    say("every component has been measured" if not missing else f"not measured yet: {', '.join(missing)}")
    return not missing
