"""The load balancer kind against HAProxy with real nodes, and against a stand-in for NetScaler's API (labelled so)."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from haproxy import Balancer, balancer, node
from nitro_standin import answer, nitro
from servers import drip, free_port, garbage, reset, saying, serving, silent

from monitor.watch.runner import Runner
from probes.kinds.load_balancer import LoadBalancer, Nitro
from probes.probe import Finding, SecretRef
from probes.request import Request
from sla.state import Cause, State

pytestmark = pytest.mark.real

REF = SecretRef("env:NITRO")
CANARY = "canary-secret"
UP = ({"pointer": "/status", "equals": "UP"},)


@pytest.fixture(scope="module")
def lb(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[Balancer]:
    made = balancer(tmp_path_factory.mktemp("haproxy"), pki)
    yield made
    made.stop()


def probe(lb: Balancer, pki: Path, **more: Any) -> LoadBalancer:
    vip = Request(f"https://localhost:{lb.tls}/health", json=UP, ca_file=str(pki / "ca.pem"))
    nodes = tuple(f"127.0.0.1:{one.port}" for one in lb.nodes)
    return LoadBalancer(vip, nodes, node_tls=False, **more)


def control(port: int, pki: Path, **more: Any) -> Nitro:
    given = {"user": "nsmon", "password": REF, "vserver": "lb_mdm_443", "ca_file": str(pki / "ca.pem")} | more
    return Nitro(f"https://localhost:{port}", **given)


def context(pki: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pki / "good.pem")
    return made


async def looked(runner: Runner, one: LoadBalancer, deadline_s: float = 5) -> Finding:
    began = time.monotonic()
    outcome = await runner.look(one, deadline_s)
    assert time.monotonic() - began < deadline_s + 1
    assert CANARY not in repr(outcome)
    assert outcome.finding.reason.isprintable()
    return outcome.finding


def codes(finding: Finding) -> list[str]:
    return [notice.code for notice in finding.notices]


async def test_an_address_with_all_its_nodes_is_up_with_its_facts(runner: Runner, lb: Balancer, pki: Path) -> None:
    finding = await looked(runner, probe(lb, pki))
    assert finding.state is State.UP, finding
    assert (finding.facts["members_up"], finding.facts["members_total"]) == (2, 2)
    assert (finding.facts["http_status_code"], finding.facts["tls_version"]) == (200, "TLSv1.3")


@pytest.fixture
def doomed(tmp_path: Path, pki: Path) -> Iterator[Balancer]:
    """A balancer whose nodes die in the test."""
    made = balancer(tmp_path, pki)
    yield made
    made.stop()


async def test_one_node_dead_and_both(runner: Runner, doomed: Balancer, tmp_path: Path, pki: Path) -> None:
    """Killed, not asked to go: the balancer must notice, and so must we."""
    lb, first = doomed, doomed.nodes[0].port
    lb.nodes[0].process.kill()
    lb.nodes[0].process.wait()
    await asyncio.to_thread(lb.without, 0)
    one = await looked(runner, probe(lb, pki))
    assert (one.state, one.cause) == (State.DEGRADED, Cause.MEMBERS_MISSING), one
    assert one.reason == f"1 of 2 nodes answer; 127.0.0.1:{first}: connection refused, wanted an open port"
    few = await looked(runner, probe(lb, pki, min_nodes=2))
    assert few.reason.startswith("1 of 2 nodes answer, fewer than the 2 wanted; ")
    second = lb.nodes[1].port
    lb.nodes[1].process.kill()
    lb.nodes[1].process.wait()
    await asyncio.to_thread(lb.until, 503)
    both = await looked(runner, probe(lb, pki))
    assert (both.state, both.cause) == (State.DOWN, Cause.HTTP_STATUS)
    assert both.reason == "answered 503, wanted 200-299; 0 of 2 nodes answer"
    assert both.facts["members_up"] == 0
    lb.nodes[:] = [node(tmp_path, first, "n1"), node(tmp_path, second, "n2")]
    await asyncio.to_thread(lb.until, 200)
    assert (await looked(runner, probe(lb, pki))).state is State.UP


async def test_a_node_that_is_ill_or_frozen_is_missing_and_the_address_goes_on(runner: Runner, lb: Balancer, pki: Path) -> None:
    lb.turn(0)
    try:
        await asyncio.to_thread(lb.without, 0)
        ill = await looked(runner, probe(lb, pki))
        assert (ill.cause, "answered 503" in ill.reason) == (Cause.MEMBERS_MISSING, True)
    finally:
        lb.turn(0)
    await asyncio.to_thread(lb.whole)
    lb.nodes[1].freeze()
    try:
        await asyncio.to_thread(lb.without, 1)
        frozen = await looked(runner, probe(lb, pki), 2)
        assert (frozen.cause, "within 1.8 s" in frozen.reason) == (Cause.MEMBERS_MISSING, True), frozen.reason
    finally:
        lb.nodes[1].thaw()
    await asyncio.to_thread(lb.whole)


async def test_a_frozen_balancer_is_down_though_its_nodes_are_well(runner: Runner, lb: Balancer, pki: Path) -> None:
    lb.proxy.freeze()
    try:
        finding = await looked(runner, probe(lb, pki), 2)
    finally:
        lb.proxy.thaw()
    assert finding.state is State.DOWN
    assert finding.reason.endswith("2 of 2 nodes answer"), finding
    assert finding.facts["members_up"] == 2


async def test_a_page_of_its_own_for_nodes(runner: Runner, lb: Balancer, pki: Path) -> None:
    lb.turn(0)
    try:
        await asyncio.to_thread(lb.without, 0)
        vip = Request(f"http://127.0.0.1:{lb.plain}/health")
        one = LoadBalancer(vip, (f"127.0.0.1:{lb.nodes[0].port}",), node_path="/elsewhere")
        assert (await looked(runner, one)).state is State.UP
    finally:
        lb.turn(0)
    await asyncio.to_thread(lb.whole)


@pytest.mark.parametrize(
    ("word", "state", "cause", "notices"),
    [
        (None, State.UP, None, []),
        ("UP", State.UP, None, []),
        ("BUSY", State.DEGRADED, Cause.SATURATED, []),
        ("DOWN", State.UP, None, ["control_disagrees"]),
        ("TROFS_DOWN", State.UP, None, ["control_disagrees"]),
        ("UNKNOWN", State.UP, None, ["control_disagrees"]),
        ("SOMETHING ODD", State.UP, None, ["control_disagrees"]),
        ("OFS", State.UP, None, ["out_of_service"]),
        ("OUT OF SERVICE", State.UP, None, ["out_of_service"]),
        ("TROFS", State.UP, None, ["out_of_service"]),
    ],
)
async def test_what_the_balancer_says_of_itself_explains_and_never_makes_it_down(
    word: str | None, state: State, cause: Cause | None, notices: list[str], runner: Runner, lb: Balancer, pki: Path
) -> None:
    async with nitro([one.port for one in lb.nodes], context(pki), word) as port:
        finding = await looked(runner, probe(lb, pki, nitro=control(port, pki)))
    assert (finding.state, finding.cause, codes(finding)) == (state, cause, notices), finding
    assert finding.facts["lb_state"] == (word or "UP")
    assert (finding.facts["lb_health_percent"], finding.facts["lb_active_services"]) == (100, 2)


async def test_a_health_below_a_hundred_is_missing_members(runner: Runner, lb: Balancer, pki: Path) -> None:
    async with nitro([lb.nodes[0].port, free_port()], context(pki)) as port:
        finding = await looked(runner, probe(lb, pki, nitro=control(port, pki)))
    assert (finding.cause, finding.reason) == (
        Cause.MEMBERS_MISSING,
        "the virtual server says its health is 50 %, wanted 100 %",
    )


async def test_who_does_not_say_is_a_notice_with_the_reason(runner: Runner, lb: Balancer, pki: Path) -> None:
    nodes = [one.port for one in lb.nodes]
    async with nitro(nodes, context(pki)) as port:
        foreign = await looked(runner, probe(lb, pki, nitro=control(port, pki, vserver="other")))
        untrusted = await looked(runner, probe(lb, pki, nitro=control(port, pki, ca_file=None)))
        refused = await looked(runner, probe(lb, pki, nitro=control(port, pki, user="guest")))
    gone = await looked(runner, probe(lb, pki, nitro=control(free_port(), pki)))
    for finding, words in (
        (foreign, "NITRO error 258 (No such resource [name])"),
        (untrusted, "certificate refused"),
        (refused, "NITRO answered 401 to guest, wanted 200; env:NITRO has never been accepted"),
        (gone, "connection refused"),
    ):
        assert (finding.state, codes(finding)) == (State.UP, ["control_unreadable"]), finding
        assert words in finding.notices[0].text


async def test_a_refused_password_rests_and_the_address_is_looked_at_all_the_same(
    runner: Runner, lb: Balancer, pki: Path
) -> None:
    asked = 0

    async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await saying(answer(200, {"errorcode": 444, "message": "Session expired or killed"}))(reader, writer)

    async with serving(refusing, context(pki)) as port:
        found = [await looked(runner, probe(lb, pki, nitro=control(port, pki))) for _ in range(5)]
    assert {one.state for one in found} == {State.UP}
    assert (asked, "rests, lest the account be locked" in found[-1].notices[0].text) == (3, True), found


@pytest.mark.parametrize("serve", [silent, drip, reset, garbage, saying(b"HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\n[]")])
async def test_a_hostile_balancer_is_judged_in_time_and_hides_nothing(
    serve: Any, runner: Runner, lb: Balancer, pki: Path
) -> None:
    async with serving(serve, context(pki)) as port:
        finding = await looked(runner, probe(lb, pki, nitro=control(port, pki)), 2)
        assert (finding.state, codes(finding)) == (State.UP, ["control_unreadable"]), finding
        vip = Request(f"https://localhost:{port}/", json=UP, ca_file=str(pki / "ca.pem"))
        down = await looked(runner, LoadBalancer(vip, (f"127.0.0.1:{lb.nodes[0].port}",), node_tls=False, node_path="/health"), 2)
        assert (down.state, down.facts["members_up"]) == (State.DOWN, 1), down


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"nodes": ("a:1", "a:1")}, "nodes: must be at most 32 different ones"),
        ({"nodes": ("127.1:80",)}, "nodes: must be"),
        ({"nodes": ("a:x",)}, "nodes: must be host or host:port"),
        ({"nodes": ("a",), "min_nodes": 2}, "min_nodes: must be 0 to 1"),
        ({"node_path": "health"}, "node_path: must begin with /"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        LoadBalancer(Request("https://a.example/"), **fields)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"url": "http://ns"}, "url: must be https, or the password goes in clear"),
        ({"url": "https://ns/nitro"}, "url: must be without a path"),
        ({"user": "x\r\nA: b"}, "user: must be printable ASCII"),
        ({"vserver": ""}, "vserver: must be the name"),
    ],
)
def test_a_wrong_field_of_nitro_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Nitro(**({"url": "https://ns", "user": "u", "password": REF, "vserver": "v"} | fields))


def test_the_name_of_a_virtual_server_cannot_leave_its_place_in_the_path() -> None:
    one = Nitro("https://ns/", "u", REF, "../../config/nsconfig?action=save#")
    assert one.request.to.target == "/nitro/v1/stat/lbvserver/..%2F..%2Fconfig%2Fnsconfig%3Faction%3Dsave%23"
