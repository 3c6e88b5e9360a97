"""Our own sleep is nobody's outage: the process that looks is stopped for 3 s while 200 targets are well."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from servers import saying, serving

pytestmark = pytest.mark.real

LOOKER = """
import asyncio, collections, json, sys
from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.kinds.instance import Instance
from probes.probe import Secret

async def watch(runner, probe, seen, until):
    while monotonic() < until:
        outcome = await runner.look(probe, 2.0)
        finding = outcome.finding
        seen[finding.cause.word if finding.cause else "up"] += 1
        await asyncio.sleep(1)

async def main(port):
    stall, seen = Stall(monotonic), collections.Counter()
    stall.start()
    runner = Runner(Egress(Resolver(()), monotonic), system_clock, monotonic, stall, lambda ref: Secret(""))
    print("ready", flush=True)
    probe = Instance(url=f"http://127.0.0.1:{port}/")
    await asyncio.gather(*(watch(runner, probe, seen, monotonic() + 7) for _ in range(200)))
    print(json.dumps(seen), flush=True)

asyncio.run(main(int(sys.argv[1])))
"""


async def test_three_seconds_asleep_call_no_target_down() -> None:
    async def slowish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)  # so that looks are in flight when the stop comes
        await saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(reader, writer)

    async with serving(slowish) as port:
        root = Path(__file__).parents[2]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOOKER, str(port), stdout=asyncio.subprocess.PIPE, cwd=root
        )
        assert process.stdout is not None
        try:
            await process.stdout.readline()
            await asyncio.sleep(1.2)
            process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(3)
            process.send_signal(signal.SIGCONT)
            seen = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
            await process.wait()
    assert seen.keys() <= {"up", "monitor_stalled"}, seen
    assert seen["up"] > 200
