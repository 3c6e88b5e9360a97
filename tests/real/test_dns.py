from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import dns.dnssec
import dns.exception
import dns.message
import dns.query
import dns.rrset
import pytest
from servers import Server, free_port, needed, started
from signed_zone import ORIGIN, made_signer

from monitor.clock import system_clock
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
mdm A {address}
big TXT "{filler}" "{filler}" "{filler}" "{filler}" "{filler}" "{filler}" "{filler}"
"""


def _knot(folder: Path, text: str, domain: str = "tenant.example", more: str = "", policy: str = "") -> Server:
    """A name server of one zone; ``more`` are lines of the zone, ``policy`` those before it."""
    knotd, port = needed("knotd"), free_port()
    folder.mkdir(parents=True)
    (folder / f"{domain}.zone").write_text(text)
    (folder / "knot.conf").write_text(
        f"server:\n  listen: 127.0.0.1@{port}\n  rundir: {folder}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
        f"database:\n  storage: {folder}\n{policy}zone:\n- domain: {domain}\n  storage: {folder}\n{more}"
    )
    server = started([knotd, "-c", str(folder / "knot.conf")], port, folder)
    question, until = dns.message.make_query(domain, "SOA"), time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if dns.query.udp(question, "127.0.0.1", 1, port).answer:
                break
        except (dns.exception.DNSException, OSError):
            pass
        time.sleep(0.05)
    return server


def tenant(serial: int, address: str = "192.0.2.10") -> str:
    return ZONE.format(serial=serial, address=address, filler="x" * 250)


@pytest.fixture(scope="module")
def knots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("knot")
    pair = (_knot(folder / "a", tenant(7)), _knot(folder / "b", tenant(8, "192.0.2.99")))
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
    where = {"name": "mdm.tenant.example", "type": "A"}
    assert (await runner.look(Dns(servers=both, **where), 10)).finding.state is State.UP
    differing = (await runner.look(Dns(servers=both, same_answers=True, **where), 10)).finding
    assert (differing.cause, differing.reason) == (Cause.LAGGING, "2 different answers, wanted one")
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


# -- DNSSEC

POLICY = "policy:\n- id: p\n  algorithm: ECDSAP256SHA256\n  single-type-signing: on\n  rrsig-lifetime: 14d\n  rrsig-refresh: 7d\n"


def signed_probe(port: int, ds: str, **fields: Any) -> Dns:
    return Dns(servers=(f"127.0.0.1:{port}",), **{"name": f"mdm.{ORIGIN}", "type": "A", "dnssec": {"ds": (ds,)}, **fields})


async def test_a_server_that_signs_by_itself_is_held_to_its_ds(runner: Runner, tmp_path: Path) -> None:
    more = "  dnssec-signing: on\n  dnssec-policy: p\n"
    server = await asyncio.to_thread(_knot, tmp_path / "k", tenant(7), "tenant.example", more, POLICY)
    try:
        keys = dns.query.udp(dns.message.make_query("tenant.example", "DNSKEY"), "127.0.0.1", 2, server.port)
        ds = dns.dnssec.make_ds("tenant.example.", keys.answer[0][0], "SHA256").to_text()
        for kind in ("SOA", "NS", "DNSKEY"):
            finding = (await runner.look(signed_probe(server.port, ds, name="tenant.example", type=kind), 10)).finding
            assert finding.state is State.UP, finding
            left_s = cast(int, finding.facts["dns_signature_expiry_timestamp_seconds"]) - system_clock() / 1000
            assert 13 * 86_400 < left_s < 15 * 86_400
        big = await runner.look(signed_probe(server.port, ds, name="big.tenant.example", type="TXT"), 10)
        assert big.finding.state is State.UP, big
        wrong = (await runner.look(signed_probe(server.port, made_signer().ds, name="tenant.example", type="SOA"), 10)).finding
        assert wrong.reason == "DNSSEC: no key of the zone is the one that the DS record names"
        soon = signed_probe(server.port, ds, name="tenant.example", type="SOA", signature_degraded_days=20)
        assert (await runner.look(soon, 10)).finding.cause is Cause.EXPIRES_SOON
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_zone_that_is_broken_and_mended(runner: Runner, tmp_path: Path) -> None:
    """One zone as a real server serves it, in every state that a signer may leave it in, and mended in between."""
    key, folder = made_signer(), tmp_path / "k"
    good = key.signed()
    server = await asyncio.to_thread(_knot, folder, good, "signed.example")
    states: list[tuple[str, Cause | None, str]] = [
        (key.signed(-30, -1), Cause.ASSERT_FAILED, "ended at"),
        (good, None, ""),
        (good.replace("192.0.2.10", "192.0.2.66"), Cause.ASSERT_FAILED, "signature over mdm.signed.example. A is wrong"),
        (good, None, ""),
        (made_signer().signed(), Cause.ASSERT_FAILED, "no key of the zone is the one that the DS record names"),
        (_unsigned(good), Cause.ASSERT_FAILED, "answer bears no signature, wanted one"),
        (key.signed(-25, 1), Cause.EXPIRES_SOON, "signature of the zone ends in 1.0 days"),
        (good, None, ""),
    ]
    try:
        for text, cause, words in states:
            (folder / "signed.example.zone").write_text(text)
            await asyncio.to_thread(server.stop)
            server = await asyncio.to_thread(_again, server, folder)
            finding = (await runner.look(signed_probe(server.port, key.ds), 10)).finding
            assert finding.cause is cause, finding
            assert words in finding.reason
            assert finding.facts["dns_query_succeeded"] is True
    finally:
        await asyncio.to_thread(server.stop)


def _again(server: Server, folder: Path) -> Server:
    again = started([needed("knotd"), "-c", str(folder / "knot.conf")], server.port, folder)
    question, until = dns.message.make_query(ORIGIN, "SOA"), time.monotonic() + 20
    while not dns.query.udp(question, "127.0.0.1", 1, server.port).answer:
        assert time.monotonic() < until
        time.sleep(0.05)
    return again


def _unsigned(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if " RRSIG " not in line)


# -- hostile servers

Answer = Callable[[bytes], list[bytes]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[int]:
    """A UDP server that answers each question by any number of datagrams."""

    class Talk(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.DatagramTransport, transport)

        def datagram_received(self, data: bytes, addr: Any) -> None:
            for one in answer(data):
                self.transport.sendto(one, addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Talk, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def made(wire: bytes, *records: str, flags: int = 0x8400) -> bytes:
    response = dns.message.make_response(dns.message.from_wire(wire))
    response.flags = cast(Any, flags)
    response.answer = [dns.rrset.from_text(*record.split(" ", 4)) for record in records]  # type: ignore[arg-type]
    return response.to_wire()


def aliases(wire: bytes) -> list[bytes]:
    names = [f"a{number}.tenant.example." for number in range(14)]
    steps = [f"{one} 5 IN CNAME {two}" for one, two in pairwise(names)]
    return [made(wire, f"mdm.tenant.example. 5 IN CNAME {names[0]}", *steps, f"{names[-1]} 5 IN A 192.0.2.1")]


LOOP = "mdm.tenant.example. 5 IN CNAME mdm.tenant.example."
GOOD_A = "mdm.tenant.example. 5 IN A 192.0.2.10"
HOSTILE: list[tuple[str, Answer, set[Cause | None]]] = [
    ("silent", lambda wire: [], {Cause.DEADLINE}),
    ("garbage", lambda wire: [b"garbage" * 20], {Cause.DEADLINE}),  # of another id: a stranger's, not the server's
    ("garbage with our id", lambda wire: [wire[:2] + b"garbage" * 20], {Cause.PROTO_MALFORMED}),
    ("the question itself", lambda wire: [wire], {Cause.PROTO_MALFORMED}),
    ("a header alone", lambda wire: [wire[:2] + b"\x84\0" + bytes(8)], {Cause.PROTO_MALFORMED}),
    ("empty", lambda wire: [b""], {Cause.DEADLINE}),
    (
        "a loop of aliases",
        lambda wire: [made(wire, LOOP)],
        {Cause.PROTO_MALFORMED},
    ),
    ("aliases without end", aliases, {Cause.PROTO_MALFORMED}),
    ("another name's record", lambda wire: [made(wire, "evil.example. 5 IN A 192.0.2.10")], {Cause.DNS_NODATA}),
    ("no authority", lambda wire: [made(wire, GOOD_A, flags=0x8000)], {Cause.ASSERT_FAILED}),
    ("a flood of strangers first", lambda wire: [b"zz" + bytes(9)] * 200 + [made(wire, GOOD_A)], {None}),
    ("cut, and nobody on TCP", lambda wire: [made(wire, flags=0x8600)], {Cause.TCP_REFUSED}),
]


@pytest.mark.parametrize(("name", "answer", "causes"), HOSTILE)
async def test_a_hostile_server_is_judged_in_time(name: str, answer: Answer, causes: set[Cause | None], runner: Runner) -> None:
    async with answering(answer) as port:
        probe = Dns(servers=(f"127.0.0.1:{port}",), name="mdm.tenant.example", type="A")
        began = time.monotonic()
        finding = (await runner.look(probe, 1)).finding
    assert finding.cause in causes, (name, finding)
    assert time.monotonic() - began < 2
    assert finding.reason.isprintable()


async def test_answers_that_are_nearly_right_never_break_the_kind(runner: Runner) -> None:
    chance, key = random.Random(53), made_signer()

    def nearly(wire: bytes) -> list[bytes]:
        more = ("mdm.tenant.example. 5 IN TXT hello", "mdm.tenant.example. 5 IN MX 5 mail.tenant.example.")
        data = bytearray(made(wire, GOOD_A, *more))
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(2, len(data))] = chance.randrange(256)
        return [bytes(data)]

    async with answering(nearly) as port:
        plain = Dns(servers=(f"127.0.0.1:{port}",), name="mdm.tenant.example", type="A", same_answers=True)
        signed = Dns(servers=(f"127.0.0.1:{port}",), name="mdm.tenant.example", type="A", dnssec={"ds": (key.ds,)})
        for outcome in await asyncio.gather(*(runner.look(probe, 3) for probe in (plain, signed) for _ in range(200))):
            assert outcome.finding.state in (State.UP, State.DOWN), outcome
            assert all(str(fact).isprintable() for fact in outcome.finding.facts.values())


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"dnssec": {"ds": ()}}, "dnssec.ds: must name at least one DS record"),
        ({"dnssec": {"ds": ("x",)}}, r"dnssec.ds\[0\]: must be a DS record"),
        ({"dnssec": {"ds": (made_signer().ds,)}, "rcode": "NXDOMAIN"}, "dnssec: needs an answer to judge"),
        ({"signature_degraded_days": -1}, "signature_degraded_days: must be 0 to 3650"),
        ({"type": "NOTYPE"}, "type: must be a DNS type"),
        ({"servers": ()}, "servers: must name 1 to 8 servers"),
    ],
)
def test_a_wrong_field_of_dns_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Dns(**{"servers": ("192.0.2.53",), "name": "acme.example", **fields})
