"""The kind icmp between two namespaces: a host that answers, is silent, is out of reach, or loses every other echo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from namespaces import Wire, needed_namespaces
from near_gateway import Gateway
from test_contract import leftovers, settled

from monitor.watch.runner import Runner
from probes.kinds.icmp import Icmp
from sla.state import Cause, State

pytestmark = [pytest.mark.real, pytest.mark.needs_netns]
LOOPS = ("asyncio", "uvloop")
ENDS = {"4": ("192.0.2.1", "192.0.2.2"), "6": ("fd00:9::1", "fd00:9::2")}


@pytest.fixture(params=ENDS)
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    needed_namespaces()
    made = Wire(f"ic{request.param}", *ENDS[request.param])
    made.allow_pings()
    yield made
    made.remove()


@pytest.fixture
def near(wire: Wire, runner: Runner) -> Gateway:
    return Gateway(wire.a, runner, ())


def rule(wire: Wire, words: str) -> None:
    wire.filter(wire.b, "add table inet t; add chain inet t c { type filter hook input priority 0; }")
    wire.filter(wire.b, f"add rule inet t c {'icmpv6' if ':' in wire.far else 'icmp'} type echo-request {words}")


async def test_all_echoes_back_is_up_with_hops_and_loss(wire: Wire, near: Gateway) -> None:
    before = leftovers()
    outcome = await near.look(Icmp(wire.far))
    assert (outcome.finding.state, outcome.finding.facts["icmp_loss_percent"]) == (State.UP, 0)
    assert outcome.finding.facts["icmp_reply_hop_limit"] == 64
    phases = dict(outcome.phases)
    assert set(phases) == {"setup", "rtt"}
    assert 0 < phases["rtt"] < 1000
    assert await settled(before)


async def test_silence_is_a_deadline(wire: Wire, near: Gateway) -> None:
    rule(wire, "drop")
    finding = (await near.look(Icmp(wire.far))).finding
    assert (finding.cause, finding.reason) == (Cause.DEADLINE, "none of 5 echoes came back, wanted all")
    assert finding.facts["icmp_loss_percent"] == 100


async def test_a_router_that_says_unreachable_is_believed(wire: Wire, near: Gateway) -> None:
    unreachable = "icmpv6 type addr-unreachable" if ":" in wire.far else "icmp type host-unreachable"
    rule(wire, f"reject with {unreachable}")
    outcome = await near.look(Icmp(wire.far))
    assert outcome.finding.cause is Cause.TCP_UNREACHABLE
    assert outcome.ended - outcome.began < 1.6  # nothing is waited for


@pytest.mark.parametrize(("limit", "state"), [(40, State.DEGRADED), (80, State.UP)])
async def test_lost_echoes_are_counted(limit: int, state: State, wire: Wire, near: Gateway) -> None:
    rule(wire, "numgen inc mod 2 == 0 drop")
    finding = (await near.look(Icmp(wire.far, loss_degraded_percent=limit))).finding
    assert finding.state is state
    assert finding.facts["icmp_loss_percent"] == 60
    assert state is State.UP or (finding.cause, finding.reason) == (
        Cause.PATH_PROBLEM,
        "3 of 5 echoes were lost, wanted all back",
    )


async def test_a_kernel_that_gives_us_no_socket_is_our_matter_and_named(runner: Runner) -> None:
    needed_namespaces()
    made = Wire("icx", *ENDS["4"])
    try:
        finding = (await Gateway(made.a, runner, ()).look(Icmp(made.far))).finding
    finally:
        made.remove()
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert "ping_group_range" in finding.reason


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"host": "127.1"}, "host: must be a"),
        ({"host": "a.example", "count": 0}, "count: must be 1 to 20, got 0"),
        ({"host": "a.example", "loss_degraded_percent": 0}, "loss_degraded_percent: must be 1 to 100, got 0"),
    ],
)
def test_a_look_that_makes_no_sense_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Icmp(**given)  # type: ignore[arg-type]
