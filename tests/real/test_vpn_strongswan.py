"""The kind vpn on a real IKEv2 and ESP tunnel between two namespaces, hurt in every way that operators know."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from namespaces import needed_namespaces
from near_gateway import Gateway
from strongswan import CHILD, CONNECTION, FAR_HOST, FAR_PORT, INNER, SECRET, Strongswan

from monitor.clock import system_clock
from monitor.watch.runner import Runner
from probes.kinds.vpn import Knock, Vpn
from probes.path import Beyond
from probes.tunnel import Control
from probes.tunnel import Strongswan as Vici
from sla.attribution import Evidence, Part, attribute
from sla.responsibility import Party
from sla.span import MINUTE, Span
from sla.state import Cause, State

pytestmark = [pytest.mark.real, pytest.mark.needs_netns]
LOOPS = ("uvloop",)
Style: TypeAlias = Literal["version", "offer"]
DATA = Beyond(FAR_HOST, FAR_PORT, source=INNER)


@pytest.fixture
def tunnel(tmp_path: Path) -> Iterator[Strongswan]:
    needed_namespaces()
    made = Strongswan(tmp_path)
    yield made
    made.stop()


class Near(Gateway):
    """The near gateway, with what it is asked by."""

    def __init__(self, tunnel: Strongswan, runner: Runner) -> None:
        super().__init__(tunnel.wire.a, runner, (SECRET,))
        self.tunnel = tunnel
        self.control = Control(Vici(tunnel.vici, CONNECTION, CHILD))
        self.knock = Knock(tunnel.wire.far)


@pytest.fixture
def gateway(tunnel: Strongswan, runner: Runner) -> Near:
    return Near(tunnel, runner)


async def test_a_tunnel_that_carries_is_up_from_all_three_sides(gateway: Near) -> None:
    finding = (await gateway.look(Vpn(DATA, gateway.control, gateway.knock))).finding
    assert (finding.state, finding.notices) == (State.UP, ())
    facts = finding.facts
    assert (facts["tunnel_children"], facts["ike_responds"], facts["ike_version"]) == (1, True, "2.0")
    assert abs(int(facts["tunnel_last_handshake_timestamp_seconds"]) - system_clock() / 1000) < 120
    assert int(facts["tunnel_bytes_out"]) > 0
    alone = (await gateway.look(Vpn(control=gateway.control))).finding
    assert (alone.state, [notice.code for notice in alone.notices]) == (State.UP, ["no_data_path"])


async def test_a_cut_wire_is_noticed_by_the_data_at_once_and_by_control_when_the_daemon_gives_up(gateway: Near) -> None:
    whole = Vpn(DATA, gateway.control, gateway.knock)
    gateway.tunnel.wire.cut()
    first = (await gateway.look(whole)).finding
    assert (first.cause, first.facts["ike_responds"]) == (Cause.TUNNEL_NO_PATH, False)
    assert "tunnel that stands" in first.reason
    assert "does not answer IKE" in first.reason
    later = (await gateway.sees(whole, Cause.TUNNEL_DOWN, 30)).finding
    assert f"{CONNECTION} is absent, wanted ESTABLISHED" in later.reason
    assert (await gateway.look(Vpn(control=gateway.control))).finding.cause is Cause.TUNNEL_DOWN
    gateway.tunnel.wire.mend()
    gateway.tunnel.initiate()
    assert (await gateway.sees(whole, None, 10)).finding.state is State.UP


async def test_a_tunnel_ended_in_good_order_is_down_and_the_far_daemon_is_known_to_live(gateway: Near) -> None:
    gateway.tunnel.delete()
    finding = (await gateway.sees(Vpn(DATA, gateway.control, gateway.knock), Cause.TUNNEL_DOWN, 10)).finding
    assert "the far daemon answers IKE" in finding.reason
    assert finding.facts["tunnel_children"] == 0


async def test_data_that_passes_without_the_tunnel_is_up_and_the_disagreement_is_told(gateway: Near) -> None:
    gateway.tunnel.delete()
    gateway.tunnel.leak()
    finding = (await gateway.sees(Vpn(DATA, gateway.control), None, 10)).finding
    assert (finding.state, [notice.code for notice in finding.notices]) == (State.UP, ["control_disagrees"])


async def test_a_far_daemon_that_is_killed_refuses_the_knock(gateway: Near) -> None:
    gateway.tunnel.far.process.kill()
    gateway.tunnel.far.process.wait()
    assert (await gateway.look(Vpn(knock=gateway.knock))).finding.cause is Cause.UDP_REFUSED
    finding = (await gateway.look(Vpn(DATA, gateway.control, gateway.knock))).finding
    assert (finding.cause, finding.facts["ike_responds"]) == (Cause.TUNNEL_NO_PATH, False)
    await gateway.sees(Vpn(DATA, gateway.control), Cause.TUNNEL_DOWN, 30)


async def test_a_far_daemon_that_is_frozen_is_silence(gateway: Near) -> None:
    gateway.tunnel.far.freeze()
    assert (await gateway.look(Vpn(knock=gateway.knock), 1)).finding.cause is Cause.DEADLINE
    assert (await gateway.look(Vpn(DATA, gateway.control))).finding.cause is Cause.TUNNEL_NO_PATH


async def test_a_tunnel_that_carries_one_way_only_is_a_tunnel_without_a_path(gateway: Near) -> None:
    gateway.tunnel.deafen()
    finding = (await gateway.look(Vpn(DATA, gateway.control, gateway.knock))).finding
    assert (finding.cause, finding.facts["ike_responds"]) == (Cause.TUNNEL_NO_PATH, True)
    assert (await gateway.look(Vpn(control=gateway.control))).finding.state is State.UP


async def test_a_daemon_of_ours_that_cannot_be_asked_never_makes_a_tunnel_down_by_itself(gateway: Near) -> None:
    gateway.tunnel.near.freeze()
    alone = (await gateway.look(Vpn(control=gateway.control))).finding
    assert (alone.state, alone.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    with_data = (await gateway.look(Vpn(DATA, gateway.control))).finding
    assert with_data.cause is Cause.TUNNEL_NO_PATH
    assert [notice.code for notice in with_data.notices] == ["control_unreadable"]
    gateway.tunnel.near.process.kill()
    gateway.tunnel.near.process.wait()
    gone = (await gateway.look(Vpn(control=gateway.control))).finding
    assert (gone.state, gone.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert "wanted a socket that a program listens at" in gone.reason


@pytest.mark.parametrize("port", [500, 4500])
@pytest.mark.parametrize("style", ["version", "offer"])
async def test_many_knocks_leave_nothing_behind_at_the_peer(gateway: Near, port: int, style: Style) -> None:
    knock = Vpn(knock=Knock(gateway.tunnel.wire.far, port, style))
    for _ in range(14):
        finding = (await gateway.look(knock)).finding
        assert (finding.state, finding.facts) == (State.UP, {"ike_responds": True, "ike_version": "2.0"})
    assert " 0 half-open" in gateway.tunnel.swanctl("b", "--stats")
    gateway.tunnel.delete()
    gateway.tunnel.initiate()  # a peer that held half-open associations of ours would not answer now
    assert (await gateway.sees(Vpn(DATA, gateway.control), None, 10)).finding.state is State.UP


@pytest.mark.parametrize(
    ("hurt", "party", "cause"),
    [("far", Party.CUSTOMER, "customer_network_hardware"), ("near", Party.PROVIDER, "provider_vpn")],
)
async def test_whose_end_of_the_tunnel_failed_is_told_by_what_was_seen_of_both(
    gateway: Near, hurt: str, party: Party, cause: str
) -> None:
    probes = {"vpn": Vpn(DATA, gateway.control), "vpn-far": Vpn(knock=gateway.knock)}
    before = {name: (await gateway.look(probe)).finding for name, probe in probes.items()}
    assert {finding.state for finding in before.values()} == {State.UP}
    end = gateway.tunnel.far if hurt == "far" else gateway.tunnel.near
    end.process.kill()
    end.process.wait()
    after = {name: (await gateway.look(probe)).finding for name, probe in probes.items()}
    outage = Span(MINUTE, 2 * MINUTE)

    def part(name: str, managed_by: Party, *depends_on: str) -> Part:
        states = ((Span(0, MINUTE), before[name].state), (outage, after[name].state))
        causes = frozenset(found for found in (after[name].cause,) if found is not None)
        return Part(name, Vpn.defaults.component_kind, managed_by, MINUTE, states, depends_on, causes)

    parts = {"vpn": part("vpn", Party.PROVIDER, "vpn-far"), "vpn-far": part("vpn-far", Party.CUSTOMER)}
    down = tuple(name for name, finding in after.items() if finding.state is State.DOWN)
    found = attribute(outage, down, Evidence(parts))
    assert (found.party, found.cause) == (party, cause)


async def test_the_command_line_looks_at_it_as_the_service_does(gateway: Near) -> None:
    tunnel = gateway.tunnel
    words = [
        f"data={{host: {FAR_HOST}, port: {FAR_PORT}, source: {INNER}}}",
        f"control={{strongswan: {{socket: {tunnel.vici}, connection: {CONNECTION}, child: {CHILD}}}}}",
        f"knock={{host: {tunnel.wire.far}}}",
    ]
    command = [str(Path(sys.executable).parent / "threenines"), "check", "--kind", "vpn", *words, "deadline=2s"]
    well = await tunnel.wire.said(tunnel.wire.a, command)
    assert (well[0], well[1].split()[:2]) == (0, ["vpn", "up"])
    assert "tunnel_children" in well[1]
    tunnel.wire.cut()
    ill = await tunnel.wire.said(tunnel.wire.a, command)
    assert ill[0] != 0
    assert ill[1].startswith("vpn  down (tunnel_")  # no_path, or down once the daemon has noticed too
