from __future__ import annotations

import asyncio
import gzip
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from chains import Authority
from cryptography import x509
from nodes import HAPROXY, Node
from servers import (
    Serve,
    Server,
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


@dataclass
class Site:
    """A load balancer with TLS and HTTP/2 before two nodes."""

    nodes: tuple[Node, Node]
    ports: tuple[int, int]
    tls: int
    plain: int
    proxy: Server
    ca: str

    def vip(self, **fields: Any) -> Instance:
        return Instance(url=f"https://localhost:{self.tls}/health", ca_file=self.ca, json=RULE, **fields)

    def node(self, number: int) -> Instance:
        """One node under the site's name, past the load balancer."""
        return Instance(url="http://mdm.acme.example/health", connect_to=f"127.0.0.1:{self.ports[number]}", json=RULE)

    async def causes(self, runner: Runner) -> list[Cause | None]:
        """Of the virtual address and of each node."""
        looks = [runner.look(probe, 2) for probe in (self.vip(), self.node(0), self.node(1))]
        return [outcome.finding.cause for outcome in await asyncio.gather(*looks)]

    async def settled(self, runner: Runner, wanted: list[Cause | None]) -> None:
        """Wait until the load balancer has noticed."""
        for _ in range(100):
            if (seen := await self.causes(runner)) == wanted:
                return
            await asyncio.sleep(0.05)
        assert seen == wanted


@pytest.fixture
async def site(tmp_path: Path, pki: Path) -> AsyncIterator[Site]:
    haproxy, tls, plain = needed("haproxy"), free_port(), free_port()
    nodes = Node("n1"), Node("n2")
    async with serving(nodes[0].serve) as one, serving(nodes[1].serve) as two:
        words = HAPROXY.format(tls=tls, plain=plain, cert=pki / "good.pem")
        servers = f"  server n1 127.0.0.1:{one} check\n  server n2 127.0.0.1:{two} check\n"
        (tmp_path / "haproxy.cfg").write_text(words + servers)
        proxy = await asyncio.to_thread(started, [haproxy, "-db", "-f", str(tmp_path / "haproxy.cfg")], tls, tmp_path)
        yield Site(nodes, (one, two), tls, plain, proxy, str(pki / "ca.pem"))
        await asyncio.to_thread(proxy.stop)


async def test_a_virtual_address_stands_while_one_node_does(runner: Runner, site: Site) -> None:
    await site.settled(runner, [None, None, None])
    site.nodes[0].ill = True
    await site.settled(runner, [None, Cause.HTTP_STATUS, None])
    site.nodes[1].ill = True
    await site.settled(runner, [Cause.HTTP_STATUS, Cause.HTTP_STATUS, Cause.HTTP_STATUS])
    site.nodes[0].ill = site.nodes[1].ill = False
    await site.settled(runner, [None, None, None])
    site.proxy.freeze()
    assert await site.causes(runner) == [Cause.DEADLINE, None, None]
    site.proxy.thaw()
    await asyncio.to_thread(site.proxy.stop)
    assert await site.causes(runner) == [Cause.TCP_REFUSED, None, None]


async def test_what_is_told_of_an_answer(runner: Runner, site: Site, pki: Path) -> None:
    finding = (await runner.look(site.vip(), 10)).finding
    leaf = x509.load_pem_x509_certificate((pki / "good.pem").read_bytes())
    length = finding.facts["http_content_length"]
    assert finding.facts == {
        "http_status_code": 200,
        "http_version": "1.1",
        "http_ssl": True,
        "http_content_length": length,
        "http_uncompressed_body_length": length,
        "http_last_modified_timestamp_seconds": 1445412480,
        "failed_due_to_regex": False,
        "ip_protocol": 4,
        "ssl_earliest_cert_expiry": leaf.not_valid_after_utc.timestamp(),
        "tls_version": "TLSv1.3",
        "tls_cipher": "TLS_AES_256_GCM_SHA384",
    }
    assert (await runner.look(site.vip(matches="nothing like it"), 10)).finding.facts["failed_due_to_regex"] is True


async def test_the_earliest_end_of_the_chain_is_told(runner: Runner, authority: Authority) -> None:
    """The intermediate ends before its leaf does."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bundle = authority.folder / "late.bundle"
    bundle.write_bytes((authority.folder / "lateinter.pem").read_bytes() + (authority.folder / "lateinter.chain").read_bytes())
    tls.load_cert_chain(bundle)
    async with serving(saying(OK), tls) as port:
        probe = Instance(url=f"https://localhost:{port}/", ca_file=str(authority.folder / "ca.pem"))
        finding = (await runner.look(probe, 10)).finding
    pair = authority.leaves["lateinter"]
    assert pair.above[0].not_valid_after_utc < pair.cert.not_valid_after_utc
    assert finding.facts["ssl_earliest_cert_expiry"] == pair.above[0].not_valid_after_utc.timestamp()


async def test_the_request_is_as_configured(runner: Runner) -> None:
    node = Node("n1")
    async with serving(node.serve) as port:
        url = f"http://localhost:{port}/echo?a=1&b=%20"
        rules = (
            {"pointer": "/target", "equals": "/echo?a=1&b=%20"},
            {"pointer": "/body", "equals": "{}"},
            {"pointer": "/x-team", "equals": "cloud"},
            {"pointer": "/host", "equals": f"localhost:{port}"},
            {"pointer": "/accept-encoding", "equals": "identity"},
        )
        post = Instance(url=url, method="POST", body="{}", headers={"X-Team": "cloud"}, json=rules)
        outcome = await runner.look(post, 10)
        assert outcome.finding.state is State.UP, outcome
        head = await runner.look(Instance(url=f"http://localhost:{port}/health", method="HEAD"), 10)
        assert (head.finding.state, head.finding.facts["http_uncompressed_body_length"]) == (State.UP, 0)
        zipped = Instance(url=f"http://localhost:{port}/gzip", compression="gzip", contains="hello from inside")
        assert (await runner.look(zipped, 10)).finding.state is State.UP
        bomb = Instance(url=f"http://localhost:{port}/bomb", compression="gzip", contains="hello")
        assert (await runner.look(bomb, 10)).finding.cause is Cause.ASSERT_FAILED
        slow = await runner.look(Instance(url=f"http://localhost:{port}/slow"), 10, slow_ms=200)
        assert slow.finding.cause is Cause.SLOW
    assert [request.headers["user-agent"][:11] for request in node.seen] == ["threenines/"] * 5


async def test_a_client_certificate_opens_what_asks_for_one(runner: Runner, pki: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki / "good.pem")
    tls.load_verify_locations(pki / "ca.pem")
    tls.verify_mode = ssl.CERT_REQUIRED
    async with serving(saying(OK), tls) as port:
        bare = Instance(url=f"https://localhost:{port}/", ca_file=str(pki / "ca.pem"))
        known = replace(bare, client_cert=str(pki / "good.pem"))
        assert (await runner.look(known, 10)).finding.state is State.UP
        refused = (await runner.look(bare, 10)).finding
    assert refused.cause in (Cause.TLS_HANDSHAKE, Cause.TCP_RESET), refused


async def test_proxy_variables_do_not_matter(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with serving(saying(OK)) as port:
        assert (await runner.look(Instance(url=f"http://localhost:{port}/"), 10)).finding.state is State.UP


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
