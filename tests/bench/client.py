"""The client alone against the floor: CPU a look of the real runner, gate and kind, with nothing scheduled or kept.

Run as ``client.py [ROUNDS]``. Both sides look at the same target, alternately, in this process; what counts is the ratio.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import floor
import targets
import uvloop

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.kinds.dns import Dns
from probes.kinds.instance import Instance
from probes.kinds.tcp import Tcp
from probes.probe import Probe, Secret
from sla.state import State

LOOKS = 800
AT_ONCE = 4


def probes(at: targets.Targets) -> dict[str, Probe]:
    """One probe of each kind that there is a target for."""
    return {
        "http": Instance(at.url("http")),
        "tls": Instance(at.url("tls"), ca_file=str(at.ca_file)),
        "tcp": Tcp("127.0.0.1", at.ports["tcp"]),
        "dns": Dns((f"127.0.0.1:{at.ports['dns']}",), "bench.example"),
    }


async def cost_ms(runner: Runner, probe: Probe) -> float:
    """CPU milliseconds of this process a look."""

    async def lane() -> None:
        for _ in range(LOOKS // AT_ONCE):
            outcome = await runner.look(probe, 10)
            assert outcome.finding.state is State.UP, outcome

    began = time.process_time()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return (time.process_time() - began) * 1_000 / LOOKS


def floor_ms(port: int) -> float:
    """The same of blocking sockets."""
    began = time.process_time()
    for _ in range(LOOKS):
        floor.look(port)
    return (time.process_time() - began) * 1_000 / LOOKS


async def measured(at: targets.Targets, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """For each kind (client, floor) of every round."""
    egress = Egress(Resolver([("127.0.0.1", 9)]), monotonic, connects_per_s=1_000_000)
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(""))
    seen: dict[str, list[tuple[float, float]]] = {}
    for number in range(rounds + 1):
        for name, probe in probes(at).items():
            pair = await cost_ms(runner, probe), floor_ms(at.ports["http"])
            if number:  # the first round warms
                seen.setdefault(name, []).append(pair)
    egress.close()
    return seen


def main() -> None:
    """Measure and print one line a kind."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder, targets.running(Path(folder), cores[-1]) as at:
        os.sched_setaffinity(0, {cores[0]})
        seen = uvloop.run(measured(at, int(sys.argv[1]) if len(sys.argv) > 1 else 5))
    for name, pairs in seen.items():
        ratios = [client / low for client, low in pairs]
        low_ms = median(low for _, low in pairs)
        print(
            f"client {name}: {median(client for client, _ in pairs):.3f} ms, floor {low_ms:.3f} ms, "
            f"ratio {median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
