"""The real kinds look at the stage as written in its configuration: all up, then down where a part has failed."""

from __future__ import annotations

from pathlib import Path

from monitor.clock import monotonic, system_clock
from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.config.secrets import reveal
from monitor.stage.files import write_configuration
from monitor.stage.stage import PARTS, Stage
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.probe import Secret, SecretRef
from sla.state import State

PATIENT_S = 15.0


def revealed(ref: SecretRef) -> Secret:
    return reveal(ref, {})


async def states(runner: Runner, configuration: Configuration) -> dict[str, State]:
    seen = {}
    for site in configuration.sites:
        for check in site.checks:
            if check.probe.kind == "heartbeat":
                continue  # is told by the demo's backup, which needs the running service
            outcome = await runner.look(check.probe, PATIENT_S)
            seen[f"{site.key}/{check.key}"] = outcome.finding.state
    return seen


async def test_everything_is_up_and_nothing_is_once_all_parts_have_failed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, system_clock)
    await stage.start()
    egress = Egress(Resolver([]), monotonic)
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), revealed)
    configuration = load(write_configuration(stage, tmp_path), {})
    assert set((await states(runner, configuration)).values()) == {State.UP}
    await stage.fail("ldap")
    seen = await states(runner, configuration)
    assert [name for name, state in seen.items() if state is not State.UP] == ["acme/directory"]
    await stage.mend("ldap")
    await stage.fail("node-1")
    seen = await states(runner, configuration)
    assert {name for name, state in seen.items() if state is not State.UP} == {"acme/address", "acme/node-1"}
    assert seen["acme/address"] is State.DEGRADED
    for part in PARTS:
        await stage.fail(part)
    assert set((await states(runner, configuration)).values()) == {State.DOWN}
    await stage.stop()
    egress.close()
