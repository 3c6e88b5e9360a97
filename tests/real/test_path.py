"""Data through a tunnel: any word of the far host has come through, silence has not."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from namespaces import Wire, inside, needed_namespaces
from servers import banner, free_port, garbage, saying, serving, silent

from monitor.watch.runner import Runner
from probes.kinds.vpn import Vpn
from probes.path import Beyond, check
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)
SAID_404 = saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port whose queue is full: what connects hangs."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        fills = [socket.socket() for _ in range(3)]
        for one in fills:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for one in fills:
            one.close()


async def passes(runner: Runner, beyond: Beyond) -> Cause | None:
    return (await runner.look(Vpn(beyond), 1)).finding.cause


async def test_a_connection_passes_and_so_does_a_refusal_but_not_silence(runner: Runner, deaf: int) -> None:
    async with serving(silent) as port:
        assert await passes(runner, Beyond("127.0.0.1", port, source="127.0.0.1")) is None
    assert await passes(runner, Beyond("127.0.0.1", free_port())) is None
    assert await passes(runner, Beyond("127.0.0.1", deaf)) is Cause.TUNNEL_NO_PATH


@pytest.mark.parametrize("serve", [SAID_404, garbage, banner], ids=["404", "garbage", "banner"])
async def test_any_word_instead_of_a_page_has_come_through(serve: object, runner: Runner) -> None:
    async with serving(serve) as port:  # type: ignore[arg-type]
        assert await passes(runner, Beyond(url=f"http://127.0.0.1:{port}/")) is None


async def test_a_page_that_never_comes_has_not(runner: Runner) -> None:
    async with serving(silent) as port:
        assert await passes(runner, Beyond(url=f"http://127.0.0.1:{port}/")) is Cause.TUNNEL_NO_PATH


@pytest.mark.parametrize("variant", ["good", "expired", "stranger"])
async def test_a_certificate_that_nobody_trusts_has_come_through_as_well(variant: str, pki: Path, runner: Runner) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pki / f"{variant}.pem")
    async with serving(SAID_404, context) as port:
        assert await passes(runner, Beyond(url=f"https://127.0.0.1:{port}/", ca_file=str(pki / "ca.pem"))) is None


async def test_a_source_that_is_not_ours_is_our_mistake(runner: Runner) -> None:
    finding = (await runner.look(Vpn(Beyond("127.0.0.1", free_port(), source="192.0.2.77")), 1)).finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.LOCAL_NETWORK)


@pytest.mark.needs_netns
async def test_an_echo_is_data_too(runner: Runner) -> None:
    needed_namespaces()
    wire = Wire("pa", "192.0.2.1", "192.0.2.2")
    try:
        with inside(wire.a):
            closed = (await runner.look(Vpn(Beyond("192.0.2.2", ping=True)), 1)).finding
            assert (closed.state, closed.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
            assert "ping_group_range" in closed.reason
            wire.allow_pings()
            assert await passes(runner, Beyond("192.0.2.2", ping=True, source="192.0.2.1")) is None
            wire.mute(wire.b)
            assert await passes(runner, Beyond("192.0.2.2", ping=True)) is Cause.TUNNEL_NO_PATH
    finally:
        wire.remove()


@pytest.mark.parametrize(
    ("beyond", "said"),
    [
        (Beyond(), "data: must have one of port, url or ping, got none"),
        (Beyond("10.0.0.1"), "got none"),
        (Beyond("10.0.0.1", 443, ping=True), "got port and ping"),
        (Beyond(port=443), r"data\.host: must be given with port"),
        (Beyond("10.0.0.1", url="http://a.example/"), r"data\.host: is said by url"),
        (Beyond("127.1", 443), r"data\.host: must be a"),
        (Beyond("10.0.0.1", 0), r"data\.port: must be 1 to 65535, got 0"),
        (Beyond("a.example", 443), r"data\.host: must be an address, got \"a\.example\""),
        (Beyond("10.0.0.1", 443, source="a.example"), r"data\.source: must be an address, got"),
        (Beyond("10.0.0.1", 443, source="fd00::1"), r"data\.source: must be of the same IP version as host 10\.0\.0\.1"),
        (Beyond("10.0.0.1", 443, ca_file="/ca.pem"), r"data\.ca_file: only a page over https"),
        (Beyond(url="ftp://a.example/"), r"data\.url: must begin with http"),
    ],
)
def test_a_way_that_makes_no_sense_is_refused(beyond: Beyond, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check("data", beyond)
