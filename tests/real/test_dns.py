from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest
from servers import Server, free_port, needed, started

from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from probes.kinds.dns import Dns
from probes.probe import Failed
from sla.state import Cause, State

pytestmark = pytest.mark.real

ZONE = """$ORIGIN tenant.example.
$TTL 300
@ SOA ns1 hostmaster {serial} 3600 600 86400 300
@ NS ns1
ns1 A 127.0.0.1
mdm A 192.0.2.10
big TXT "{filler}" "{filler}" "{filler}" "{filler}" "{filler}" "{filler}" "{filler}"
"""


def _knot(folder: Path, serial: int) -> Server:
    knotd, port = needed("knotd"), free_port()
    folder.mkdir(parents=True)
    (folder / "tenant.example.zone").write_text(ZONE.format(serial=serial, filler="x" * 250))
    (folder / "knot.conf").write_text(
        f"server:\n  listen: 127.0.0.1@{port}\n  rundir: {folder}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
        f"database:\n  storage: {folder}\nzone:\n- domain: tenant.example\n  storage: {folder}\n"
    )
    server = started([knotd, "-c", str(folder / "knot.conf")], port, folder)
    question, until = dns.message.make_query("tenant.example", "SOA"), time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if dns.query.udp(question, "127.0.0.1", 1, port).answer:
                break
        except (dns.exception.DNSException, OSError):
            pass
        time.sleep(0.05)
    return server


@pytest.fixture(scope="module")
def knots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("knot")
    pair = (_knot(folder / "a", 7), _knot(folder / "b", 8))
    yield pair
    for server in pair:
        server.stop()


@pytest.mark.parametrize(
    ("name", "kind", "cause"),
    [
        ("tenant.example", "SOA", None),
        ("mdm.tenant.example", "A", None),
        ("big.tenant.example", "TXT", None),
        ("nope.tenant.example", "A", Cause.DNS_NXDOMAIN),
        ("mdm.tenant.example", "MX", Cause.DNS_NODATA),
        ("x.other.example", "A", Cause.SERVICE_ERROR),
    ],
)
async def test_each_answer_has_its_cause(
    name: str, kind: str, cause: Cause | None, runner: Runner, knots: tuple[Server, Server]
) -> None:
    probe = Dns(servers=(f"127.0.0.1:{knots[0].port}",), name=name, type=kind)
    finding = (await runner.look(probe, 10)).finding
    assert finding.cause is cause, finding


async def test_wanted_answers_are_texts_or_networks(runner: Runner, knots: tuple[Server, Server]) -> None:
    servers = (f"127.0.0.1:{knots[0].port}",)
    good = Dns(servers=servers, name="mdm.tenant.example", type="A", answers=("192.0.2.0/24", "192.0.2.10"))
    bad = Dns(servers=servers, name="mdm.tenant.example", type="A", answers=("192.0.2.11",))
    assert (await runner.look(good, 10)).finding.state is State.UP
    assert (await runner.look(bad, 10)).finding.cause is Cause.ASSERT_FAILED


async def test_serials_that_differ_are_lagging_and_a_dead_server_is_missing(runner: Runner, knots: tuple[Server, Server]) -> None:
    both = tuple(f"127.0.0.1:{server.port}" for server in knots)
    assert (await runner.look(Dns(servers=both, name="tenant.example"), 10)).finding.cause is Cause.LAGGING
    one = (both[0], f"127.0.0.1:{free_port()}")
    assert (await runner.look(Dns(servers=one, name="tenant.example"), 10)).finding.cause is Cause.MEMBERS_MISSING
    alone = await runner.look(Dns(servers=one[1:], name="tenant.example"), 10)
    assert alone.finding.cause is Cause.UDP_REFUSED
    knots[1].freeze()
    try:
        frozen = await runner.look(Dns(servers=both, name="tenant.example"), 2)
        assert frozen.finding.cause is Cause.MEMBERS_MISSING
        assert (await runner.look(Dns(servers=both[1:], name="tenant.example"), 1)).finding.cause is Cause.DEADLINE
    finally:
        knots[1].thaw()


async def test_a_name_is_down_only_on_a_definite_answer(knots: tuple[Server, Server]) -> None:
    ports = [("127.0.0.1", server.port) for server in knots]
    assert await Resolver(ports).addresses("mdm.tenant.example") == ("192.0.2.10",)
    assert await _cause(Resolver(ports), "nope.tenant.example") is Cause.DNS_NXDOMAIN
    assert await _cause(Resolver(ports), "tenant.example") is Cause.DNS_NODATA
    half_dead = Resolver([("127.0.0.1", free_port()), ports[0]])
    assert await half_dead.addresses("mdm.tenant.example") == ("192.0.2.10",)
    assert await _cause(half_dead, "nope.tenant.example") is Cause.RESOLVER


async def _cause(resolver: Resolver, name: str) -> Cause | None:
    with pytest.raises(Failed) as raised:
        await resolver.addresses(name)
    return raised.value.finding.cause
