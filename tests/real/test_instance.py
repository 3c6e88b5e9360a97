from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import pytest
from servers import (
    Serve,
    bye,
    drip,
    flood,
    free_port,
    garbage,
    huge_header,
    needed,
    reset,
    saying,
    serving,
    silent,
    started,
)  # fmt: skip

from monitor.config.configuration import Canary
from monitor.watch.egress import Egress
from monitor.watch.runner import Runner
from monitor.watch.vantage import Sight
from probes.kinds.instance import Instance
from sla.state import Cause, State

pytestmark = pytest.mark.real

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"status":"UP"}'
RULE = ({"pointer": "/status", "equals": "UP"},)


async def test_a_healthy_node_is_up_with_its_phases(runner: Runner) -> None:
    async with serving(saying(OK)) as port:
        outcome = await runner.look(Instance(url=f"http://127.0.0.1:{port}/health", json=RULE), 10)
    assert outcome.finding.state is State.UP
    assert [name for name, _ in outcome.phases] == ["connect", "processing", "transfer"]
    assert outcome.took_ms is not None


@pytest.mark.parametrize(
    ("serve", "causes"),
    [
        (silent, {Cause.DEADLINE}),
        (drip, {Cause.DEADLINE}),
        (flood, {Cause.BODY_TOO_LARGE}),
        (reset, {Cause.TCP_RESET}),
        (bye, {Cause.TCP_RESET}),
        (garbage, {Cause.PROTO_MALFORMED}),
        (huge_header, {Cause.PROTO_MALFORMED}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart"), {Cause.TCP_RESET}),
        (saying(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), {Cause.HTTP_STATUS}),
        (saying(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/x\r\nContent-Length: 0\r\n\r\n"), {Cause.HTTP_REDIRECT}),
        (saying(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), {Cause.HTTP_STATUS}),
        (saying(OK.replace(b"UP", b"NO")), {Cause.ASSERT_FAILED}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhtml"), {Cause.PROTO_MALFORMED}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(20_000_000))), {Cause.BODY_TOO_LARGE}),
    ],
)
async def test_every_ill_peer_has_its_cause_and_leaves_no_socket(serve: Serve, causes: set[Cause], runner: Runner) -> None:
    before = len(os.listdir("/proc/self/fd"))
    async with serving(serve) as port:
        finding = (await runner.look(Instance(url=f"http://127.0.0.1:{port}/", json=RULE), 1.0)).finding
    assert finding.cause in causes, finding
    assert "canary-secret" not in repr(finding)
    for _ in range(100):
        await asyncio.sleep(0.02)
        if len(os.listdir("/proc/self/fd")) <= before:
            break
    assert len(os.listdir("/proc/self/fd")) <= before


async def test_a_closed_port_is_refused_and_a_metadata_address_is_not_looked_at(runner: Runner) -> None:
    refused = await runner.look(Instance(url=f"http://127.0.0.1:{free_port()}/"), 5)
    assert refused.finding.cause is Cause.TCP_REFUSED
    ours = await runner.look(Instance(url="http://169.254.169.254/"), 5)
    assert ours.finding.cause is Cause.CHECK_CONFIG


async def test_a_dead_resolver_is_unknown(runner: Runner) -> None:
    finding = (await runner.look(Instance(url="http://mdm.acme.example/"), 10)).finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.RESOLVER)


async def test_a_slow_answer_is_degraded(runner: Runner) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.3)
        writer.write(OK)

    async with serving(slow) as port:
        outcome = await runner.look(Instance(url=f"http://127.0.0.1:{port}/"), 20, slow_ms=100)
    assert outcome.finding.cause is Cause.SLOW


async def test_a_virtual_address_stands_while_one_node_does(runner: Runner, tmp_path: Path, pki: Path) -> None:
    haproxy, vip = needed("haproxy"), free_port()
    async with serving(saying(OK)) as one, serving(saying(OK)) as two:
        (tmp_path / "haproxy.cfg").write_text(
            f"defaults\n mode http\n timeout connect 1s\n timeout client 5s\n timeout server 5s\n retries 3\n option redispatch\n"
            f"frontend vip\n bind 127.0.0.1:{vip} ssl crt {pki / 'good.pem'} alpn h2,http/1.1\n default_backend nodes\n"
            f"backend nodes\n server n1 127.0.0.1:{one}\n server n2 127.0.0.1:{two}\n"
        )
        proxy = await asyncio.to_thread(started, [haproxy, "-db", "-f", str(tmp_path / "haproxy.cfg")], vip, tmp_path)
        try:
            probe = Instance(url=f"https://localhost:{vip}/", ca_file=str(pki / "ca.pem"), json=RULE)
            assert (await runner.look(probe, 20)).finding.state is State.UP
            proxy.freeze()
            assert (await runner.look(probe, 1)).finding.cause is Cause.DEADLINE
            proxy.thaw()
        finally:
            await asyncio.to_thread(proxy.stop)
    assert (await runner.look(probe, 5)).finding.cause is Cause.TCP_REFUSED


async def test_only_a_seeing_vantage_calls_a_target_down(runner: Runner, egress: Egress) -> None:
    down = await runner.look(Instance(url=f"http://127.0.0.1:{free_port()}/"), 5)
    assert await Sight((), egress, egress.monotonic).judge(down) is down
    blind = Sight((Canary("127.0.0.1", free_port()),), egress, egress.monotonic)
    assert (await blind.judge(down)).finding.cause is Cause.VANTAGE_BLIND
    async with serving(silent) as port:
        seeing = Sight((Canary("127.0.0.1", free_port()), Canary("127.0.0.1", port)), egress, egress.monotonic)
        assert await seeing.judge(down) is down
        up = await runner.look(Instance(url=f"http://127.0.0.1:{free_port()}/"), 5)
        judged = await asyncio.gather(*(seeing.judge(up) for _ in range(50)))
    assert all(one.finding.state is State.DOWN for one in judged)
