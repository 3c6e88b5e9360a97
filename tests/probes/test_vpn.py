"""What data, control and knock say together: the table of the kind's page, row by row, and what its fields may be."""

from __future__ import annotations

import pytest

from probes.kinds.vpn import Knock, Vpn, judged
from probes.path import Beyond
from probes.probe import Finding, cannot_look, degraded, down, up
from sla.state import Cause, State

PASSES, FAILS = up(), down(Cause.TCP_TIMEOUT, "no connection within 4.5 s")
NOT_TRIED = Finding(State.UNKNOWN, Cause.LOCAL_NETWORK, "our own network failed: ENETUNREACH")
NO_NAME = down(Cause.DNS_NXDOMAIN, "no such name")
STANDS, NONE = up({"tunnel_children": 1}), down(Cause.TUNNEL_DOWN, "association is absent", {"tunnel_children": 0})
MUTE = degraded(Cause.PATH_PROBLEM, "none came in", {"tunnel_children": 1})
NO_SOCKET, SILENT_SOCKET = cannot_look("no socket"), down(Cause.DEADLINE, "no complete answer within 4.5 s")
ANSWERS, CLOSED = up({"ike_version": "2.0"}), down(Cause.UDP_REFUSED, "UDP port refused")


@pytest.mark.parametrize(
    ("data", "told", "state", "cause", "notices"),
    [
        (PASSES, None, State.UP, None, []),
        (PASSES, STANDS, State.UP, None, []),
        (PASSES, MUTE, State.UP, None, []),
        (PASSES, NONE, State.UP, None, ["control_disagrees"]),
        (PASSES, NO_SOCKET, State.UP, None, ["control_unreadable"]),
        (PASSES, SILENT_SOCKET, State.UP, None, ["control_unreadable"]),
        (FAILS, None, State.DOWN, Cause.TUNNEL_NO_PATH, []),
        (FAILS, STANDS, State.DOWN, Cause.TUNNEL_NO_PATH, []),
        (FAILS, MUTE, State.DOWN, Cause.TUNNEL_NO_PATH, []),
        (FAILS, NONE, State.DOWN, Cause.TUNNEL_DOWN, []),
        (FAILS, NO_SOCKET, State.DOWN, Cause.TUNNEL_NO_PATH, ["control_unreadable"]),
        (FAILS, SILENT_SOCKET, State.DOWN, Cause.TUNNEL_NO_PATH, ["control_unreadable"]),
        (None, STANDS, State.UP, None, ["no_data_path"]),
        (None, MUTE, State.DEGRADED, Cause.PATH_PROBLEM, ["no_data_path"]),
        (None, NONE, State.DOWN, Cause.TUNNEL_DOWN, ["no_data_path"]),
        (None, NO_SOCKET, State.UNKNOWN, Cause.CHECK_CONFIG, ["no_data_path"]),
        (None, SILENT_SOCKET, State.UNKNOWN, Cause.CHECK_CONFIG, ["no_data_path"]),
        (NOT_TRIED, None, State.UNKNOWN, Cause.LOCAL_NETWORK, []),
        (NOT_TRIED, STANDS, State.UNKNOWN, Cause.LOCAL_NETWORK, []),
        (NOT_TRIED, NONE, State.DOWN, Cause.TUNNEL_DOWN, []),
        (NO_NAME, None, State.DOWN, Cause.DNS_NXDOMAIN, []),
        (NO_NAME, STANDS, State.DOWN, Cause.DNS_NXDOMAIN, []),
        (NO_NAME, NONE, State.DOWN, Cause.TUNNEL_DOWN, []),
        (NOT_TRIED, NO_SOCKET, State.UNKNOWN, Cause.LOCAL_NETWORK, ["control_unreadable"]),
    ],
)
def test_data_decides_and_control_explains(
    data: Finding | None, told: Finding | None, state: State, cause: Cause | None, notices: list[str]
) -> None:
    found = judged(data, told, None)
    assert (found.state, found.cause, [notice.code for notice in found.notices]) == (state, cause, notices)
    assert bool(found.reason) == (state is not State.UP)


@pytest.mark.parametrize("data", [None, PASSES, FAILS, NOT_TRIED])
@pytest.mark.parametrize("told", [STANDS, MUTE, NONE, NO_SOCKET])
@pytest.mark.parametrize("knocked", [ANSWERS, CLOSED, NO_SOCKET, NO_NAME])
def test_a_knock_is_evidence_and_never_moves_a_state(data: Finding | None, told: Finding, knocked: Finding) -> None:
    without, found = judged(data, told, None), judged(data, told, knocked)
    assert (found.state, found.cause, found.notices) == (without.state, without.cause, without.notices)
    conclusive = knocked in (ANSWERS, CLOSED)
    assert found.facts.get("ike_responds") == ((knocked is ANSWERS) if conclusive else None)
    assert ("IKE" in found.reason) == (conclusive and found.state is State.DOWN)
    assert {**without.facts}.items() <= {**found.facts}.items()


def test_a_knock_alone_proves_a_daemon_and_says_so() -> None:
    alone = judged(None, None, ANSWERS)
    assert (alone.state, alone.facts) == (State.UP, {"ike_responds": True, "ike_version": "2.0"})
    assert [notice.code for notice in alone.notices] == ["no_data_path"]
    silent = judged(None, None, CLOSED)
    assert (silent.cause, silent.facts) == (Cause.UDP_REFUSED, {"ike_responds": False})


def test_the_reason_of_an_outage_tells_both_sides() -> None:
    assert judged(FAILS, NONE, CLOSED).reason == (
        "association is absent; no data passes: no connection within 4.5 s; the far daemon does not answer IKE"
    )
    assert judged(FAILS, STANDS, ANSWERS).reason == (
        "no data passes through the tunnel that stands: no connection within 4.5 s; the far daemon answers IKE"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "data: is missing, a look at a tunnel needs data, control or knock"),
        ({"data": Beyond()}, "data: must have one of"),
        ({"knock": Knock("127.1")}, r"knock\.host: must be a"),
        ({"knock": Knock("10.0.0.1", 0)}, r"knock\.port: must be 1 to 65535"),
        ({"knock": Knock("10.0.0.1"), "handshake_max_age_s": 0}, "handshake_max_age_s: must be 1 to 86400, got 0"),
    ],
)
def test_a_look_that_makes_no_sense_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Vpn(**given)  # type: ignore[arg-type]
