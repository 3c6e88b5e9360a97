"""The kind vpn on a real OpenVPN tunnel, seen by the client's and by the server's management."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from namespaces import needed_namespaces
from near_gateway import Gateway
from openvpn_pair import CLIENT, FAR_HOST, FAR_PORT, OpenvpnPair

from monitor.clock import system_clock
from monitor.watch.runner import Runner
from probes.kinds.vpn import Vpn
from probes.path import Beyond
from probes.tunnel import Control, Openvpn
from sla.state import Cause, State

pytestmark = [pytest.mark.real, pytest.mark.needs_netns]
LOOPS = ("uvloop",)
DATA = Beyond(FAR_HOST, FAR_PORT)


@pytest.fixture
def pair(tmp_path: Path, pki: Path) -> Iterator[OpenvpnPair]:
    needed_namespaces()
    made = OpenvpnPair(tmp_path, pki)
    yield made
    made.stop()


@pytest.fixture
def gateway(pair: OpenvpnPair, runner: Runner, pki: Path) -> Gateway:
    return Gateway(pair.wire.a, runner, ((pki / "good.pem").read_text().splitlines()[-2],))


def asking(socket: str, peer: str | None = None) -> Control:
    return Control(openvpn=Openvpn(socket, peer))


async def test_client_and_server_say_that_the_tunnel_carries(pair: OpenvpnPair, gateway: Gateway) -> None:
    client = (await gateway.look(Vpn(DATA, asking(pair.near)))).finding
    assert (client.state, client.notices) == (State.UP, ())
    assert abs(int(client.facts["tunnel_last_handshake_timestamp_seconds"]) - system_clock() / 1000) < 60
    assert int(client.facts["tunnel_bytes_in"]) > 0
    server = (await gateway.look(Vpn(control=asking(pair.far, CLIENT)))).finding
    assert (server.state, server.facts["tunnel_children"]) == (State.UP, 1)
    assert int(server.facts["tunnel_bytes_out"]) > 0
    other = (await gateway.look(Vpn(control=asking(pair.far, "other")))).finding
    assert (other.cause, other.reason) == (Cause.TUNNEL_DOWN, "no client other is connected, wanted it")


async def test_a_cut_wire_is_noticed_by_data_at_once_and_by_both_daemons(pair: OpenvpnPair, gateway: Gateway) -> None:
    whole = Vpn(DATA, asking(pair.near))
    pair.wire.cut()
    assert (await gateway.look(whole)).finding.cause is Cause.TUNNEL_NO_PATH
    later = (await gateway.sees(whole, Cause.TUNNEL_DOWN, 40)).finding
    assert "wanted CONNECTED" in later.reason
    gone = await gateway.sees(Vpn(control=asking(pair.far)), Cause.TUNNEL_DOWN, 40)
    assert "no client is connected" in gone.finding.reason
    pair.wire.mend()
    assert (await gateway.sees(whole, None, 60)).finding.state is State.UP


async def test_a_server_that_is_killed_is_noticed(pair: OpenvpnPair, gateway: Gateway) -> None:
    pair.server.process.kill()
    pair.server.process.wait()
    await gateway.sees(Vpn(control=asking(pair.near)), Cause.TUNNEL_DOWN, 40)


async def test_management_that_cannot_be_asked_is_unknown(pair: OpenvpnPair, gateway: Gateway) -> None:
    pair.client.freeze()
    frozen = (await gateway.look(Vpn(control=asking(pair.near)))).finding
    assert (frozen.state, frozen.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    pair.client.thaw()
    assert (await gateway.sees(Vpn(control=asking(pair.near)), None, 40)).finding.state is State.UP
