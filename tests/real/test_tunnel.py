"""What each daemon's answer means, from the bytes that it would send."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from answering import at_socket, one_by_one
from servers import Serve
from tunnel_words import ASSOCIATION, CHILD, CLIENTS, DUMP, GREETING, KEY, SECRET_KEY, STATE, STATISTICS, UAPI, VICI, vici_packet

from monitor.clock import system_clock
from monitor.watch.runner import Runner
from probes import vici
from probes.kinds.vpn import Vpn
from probes.probe import Finding
from probes.tunnel import Control, Openvpn, Strongswan, Wireguard, WireguardDump, daemon_of
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "socket"


def of_socket(path: str, kind: str, **more: str) -> Control:
    daemons: Mapping[str, Any] = {"strongswan": Strongswan, "openvpn": Openvpn, "wireguard": Wireguard}
    needs = {"strongswan": {"connection": "acme", "child": "lan"}, "openvpn": {}, "wireguard": {"peer": KEY}}[kind]
    return Control(**{kind: daemons[kind](path, **{**needs, **more})})


async def found(runner: Runner, path: Path, serve: Serve, kind: str, **more: str) -> Finding:
    async with at_socket(path, serve) as at:
        finding = (await runner.look(Vpn(control=of_socket(at, kind, **more)), 1)).finding
    assert SECRET_KEY[:20] not in repr(finding)
    return finding


def told(*trees: Mapping[str, Any]) -> Serve:
    events = b"".join(vici_packet(vici.EVENT, tree, vici.LIST_SA) for tree in trees)
    return one_by_one((VICI[0], events + vici_packet(vici.RESPONSE)))


def changed(**more: object) -> Mapping[str, Any]:
    return {**ASSOCIATION, **more}


def child(**more: str) -> Mapping[str, Any]:
    return changed(**{"child-sas": {"lan-1": {**CHILD, **{name.replace("_", "-"): value for name, value in more.items()}}}})


@pytest.mark.parametrize(
    "association", [ASSOCIATION, changed(state="REKEYING"), child(state="REKEYING"), child(state="UPDATING")]
)
async def test_an_association_that_carries_is_a_tunnel(association: Mapping[str, Any], runner: Runner, socket: Path) -> None:
    finding = await found(runner, socket, told({"acme": association}), "strongswan")
    assert finding.state is State.UP
    assert (finding.facts["tunnel_children"], finding.facts["tunnel_bytes_in"], finding.facts["tunnel_bytes_out"]) == (
        1,
        324,
        652,
    )
    assert abs(int(finding.facts["tunnel_last_handshake_timestamp_seconds"]) + 3 - system_clock() // 1000) <= 1


async def test_the_new_association_counts_while_the_old_one_is_deleted(runner: Runner, socket: Path) -> None:
    old = changed(state="DELETING")
    assert (await found(runner, socket, told({"acme": old}, {"acme": ASSOCIATION}), "strongswan")).state is State.UP


@pytest.mark.parametrize(
    ("trees", "reason"),
    [
        ((), "IKE association acme is absent, wanted ESTABLISHED"),
        (({"other": ASSOCIATION},), "IKE association acme is absent, wanted ESTABLISHED"),
        (({"acme": changed(state="CONNECTING")},), "IKE association acme is CONNECTING, wanted ESTABLISHED"),
        (({"acme": changed(**{"child-sas": {}})},), "child association lan is absent, wanted INSTALLED"),
        (({"acme": child(name="other")},), "child association lan is absent, wanted INSTALLED"),
        (({"acme": child(state="INSTALLING")},), "child association lan is INSTALLING, wanted INSTALLED"),
    ],
)
async def test_what_carries_nothing_is_no_tunnel(
    trees: tuple[Mapping[str, Any], ...], reason: str, runner: Runner, socket: Path
) -> None:
    finding = await found(runner, socket, told(*trees), "strongswan")
    assert (finding.cause, finding.reason) == (Cause.TUNNEL_DOWN, reason)


@pytest.mark.parametrize(
    ("ages", "cause"),
    [
        ({"use_in": "0", "use_out": "0"}, None),
        ({"use_in": "300", "use_out": "61"}, None),  # nothing was sent lately: nobody expects an answer
        ({"use_in": "120", "use_out": "0"}, None),
        ({"use_in": "121", "use_out": "0"}, Cause.PATH_PROBLEM),
        ({"use_in": "", "use_out": "5", "install_time": "100"}, None),  # new keys: nothing came in yet
        ({"use_in": "", "use_out": "5", "install_time": "126"}, Cause.PATH_PROBLEM),
        ({"use_in": "", "use_out": "", "install_time": "900"}, None),
    ],
)
async def test_packets_out_and_none_in_is_a_problem_of_the_path(
    ages: dict[str, str], cause: Cause | None, runner: Runner, socket: Path
) -> None:
    finding = await found(runner, socket, told({"acme": child(**ages)}), "strongswan")
    assert finding.cause is cause


async def test_openvpn_is_asked_as_client_and_as_server(runner: Runner, socket: Path) -> None:
    client = await found(runner, socket, one_by_one((STATE, STATISTICS), GREETING), "openvpn")
    assert (client.state, client.facts["tunnel_bytes_in"]) == (State.UP, 652)
    server = await found(runner, socket, one_by_one((STATE, CLIENTS), GREETING), "openvpn", peer="globex")
    assert (server.state, server.facts["tunnel_children"]) == (State.UP, 1)
    missing = await found(runner, socket, one_by_one((STATE, CLIENTS), GREETING), "openvpn", peer="initech")
    assert (missing.cause, missing.reason) == (Cause.TUNNEL_DOWN, "no client initech is connected, wanted it")
    news = b">STATE:1795520490,RECONNECTING,ping-restart,,,,,\r\n"
    waiting = await found(runner, socket, one_by_one((news + STATE.replace(b"CONNECTED", b"WAIT"), STATISTICS)), "openvpn")
    assert (waiting.cause, waiting.reason) == (Cause.TUNNEL_DOWN, "OpenVPN is WAIT, wanted CONNECTED")


async def test_a_management_that_wants_a_password_is_not_read(runner: Runner, socket: Path) -> None:
    finding = await found(runner, socket, one_by_one((b"",), b"ENTER PASSWORD:", hold=True), "openvpn")
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert "asks for a password" in finding.reason


@pytest.mark.parametrize(
    ("kind", "serve"),
    [
        ("strongswan", one_by_one((vici_packet(vici.UNKNOWN_EVENT),))),
        ("strongswan", one_by_one((VICI[0], vici_packet(vici.UNKNOWN_COMMAND)))),
        ("strongswan", one_by_one((VICI[0],))),
        ("openvpn", one_by_one((b"ERROR: command failed\r\n",), GREETING)),
        ("openvpn", one_by_one((STATE[:20],), GREETING)),
        ("wireguard", one_by_one((b"errno=95\n\n",))),
        ("wireguard", one_by_one((UAPI[:150],))),
        ("wireguard", one_by_one((), hold=True)),
    ],
)
async def test_a_daemon_that_does_not_answer_as_it_should_is_unreadable(
    kind: str, serve: Serve, runner: Runner, socket: Path
) -> None:
    finding = await found(runner, socket, serve, kind)
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert finding.reason.startswith("the daemon could not be asked: ")


@pytest.mark.parametrize(
    ("age_s", "limit", "cause"), [(0, 180, None), (180, 180, None), (190, 180, Cause.TUNNEL_DOWN), (190, 300, None)]
)
async def test_the_age_of_the_handshake_decides(
    age_s: int, limit: int, cause: Cause | None, runner: Runner, socket: Path, tmp_path: Path
) -> None:
    shook = str(system_clock() // 1000 - age_s).encode()
    dump = tmp_path / "dump"
    dump.write_bytes(DUMP.replace(b"1795520485", shook))
    async with at_socket(socket, one_by_one((UAPI.replace(b"1795520485", shook),))) as at:
        for control in (of_socket(at, "wireguard"), Control(wireguard_dump=WireguardDump(str(dump), KEY))):
            finding = (await runner.look(Vpn(control=control, handshake_max_age_s=limit), 1)).finding
            assert finding.cause is cause, finding


async def test_a_peer_that_never_shook_hands_is_no_tunnel(runner: Runner, socket: Path) -> None:
    finding = await found(runner, socket, one_by_one((UAPI.replace(b"1795520485", b"0"),)), "wireguard")
    assert (finding.cause, finding.reason) == (Cause.TUNNEL_DOWN, "the peer never shook hands, wanted a handshake")
    assert "tunnel_last_handshake_timestamp_seconds" not in finding.facts


@pytest.mark.parametrize(
    ("control", "said"),
    [
        (Control(), "control: must be one of strongswan, openvpn, wireguard, wireguard_dump, got none"),
        (Control(openvpn=Openvpn("/x"), wireguard=Wireguard("/x", KEY)), "got openvpn and wireguard"),
        (Control(openvpn=Openvpn("run/x")), r'control\.openvpn\.socket: must be an absolute path, got "run/x"'),
        (Control(wireguard_dump=WireguardDump("x", KEY)), r"control\.wireguard_dump\.file: must be an absolute path"),
        (Control(wireguard=Wireguard("/x", "x")), r"control\.wireguard\.peer: must be a public key"),
        (Control(wireguard_dump=WireguardDump("/x", "x")), r"control\.wireguard_dump\.peer: must be a public key"),
        (Control(wireguard_dump=WireguardDump("/x", KEY, 0)), r"control\.wireguard_dump\.max_age_s: must be 1 to 86400, got 0"),
        (Control(Strongswan("/x", "", "lan")), r"control\.strongswan\.connection: must be a name of swanctl\.conf"),
        (Control(Strongswan("/x", "acme", "a\nb")), r"control\.strongswan\.child: must be a name of swanctl\.conf"),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(control: Control, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        daemon_of("control", control)
