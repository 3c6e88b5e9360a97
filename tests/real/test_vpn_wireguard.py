"""The kind vpn on a real WireGuard tunnel, by its interface and by a dump in a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from namespaces import ip, needed_namespaces
from near_gateway import Gateway
from wireguard_pair import FAR_HOST, FAR_PORT, WireguardPair

from monitor.clock import system_clock
from monitor.watch.runner import Runner
from probes.kinds.vpn import Vpn
from probes.path import Beyond
from probes.registry import page
from probes.tunnel import Control, Wireguard, WireguardDump
from sla.state import Cause, State

pytestmark = [pytest.mark.real, pytest.mark.needs_netns]
LOOPS = ("uvloop",)
DATA = Beyond(FAR_HOST, FAR_PORT)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireguardPair]:
    needed_namespaces()
    made = WireguardPair(tmp_path_factory.mktemp("wg"))
    yield made
    made.stop()


@pytest.fixture
def gateway(pair: WireguardPair, runner: Runner) -> Gateway:
    return Gateway(pair.wire.a, runner, pair.secrets)


def asking(pair: WireguardPair, peer: str = "") -> Control:
    return Control(wireguard=Wireguard(pair.socket, peer or pair.peer))


async def test_a_peer_that_shook_hands_lately_is_a_tunnel(pair: WireguardPair, gateway: Gateway) -> None:
    finding = (await gateway.look(Vpn(DATA, asking(pair)))).finding
    assert (finding.state, finding.notices) == (State.UP, ())
    assert abs(int(finding.facts["tunnel_last_handshake_timestamp_seconds"]) - system_clock() / 1000) < 120
    assert int(finding.facts["tunnel_bytes_in"]) > 0


async def test_an_unknown_peer_is_no_tunnel_and_no_key_is_told(pair: WireguardPair, gateway: Gateway) -> None:
    finding = (await gateway.look(Vpn(control=asking(pair, pair.public["a"])))).finding
    assert (finding.cause, finding.reason) == (Cause.TUNNEL_DOWN, "WireGuard has no peer of that key, wanted it")


async def test_a_cut_wire_is_noticed_by_data_at_once_and_by_the_age_of_the_handshake(
    pair: WireguardPair, gateway: Gateway
) -> None:
    pair.wire.cut()
    try:
        assert (await gateway.look(Vpn(DATA, asking(pair)))).finding.cause is Cause.TUNNEL_NO_PATH
        impatient = Vpn(DATA, asking(pair), handshake_max_age_s=2)
        seen = (await gateway.sees(impatient, Cause.TUNNEL_DOWN, 20)).finding
        assert "s old, wanted at most 2 s" in seen.reason
    finally:
        pair.wire.mend()
    assert (await gateway.sees(Vpn(DATA, asking(pair)), None, 30)).finding.state is State.UP


async def test_the_dump_of_the_manuals_timer_says_the_same_until_it_is_old(
    pair: WireguardPair, gateway: Gateway, tmp_path: Path
) -> None:
    file = dumped(pair, tmp_path)
    text = file.read_text()
    assert pair.peer in text
    assert not any(secret in text for secret in pair.secrets)
    probe = Vpn(DATA, Control(wireguard_dump=WireguardDump(str(file), pair.peer)))
    finding = (await gateway.look(probe)).finding
    assert (finding.state, finding.notices) == (State.UP, ())
    assert int(finding.facts["tunnel_bytes_out"]) > 0
    file.write_text(pair.wg(pair.wire.a, "all", "dump"))  # with secrets in it, as nobody should
    assert (await gateway.look(probe)).finding.notices == ()
    os.utime(file, (0, system_clock() / 1000 - 200))
    old = (await gateway.look(Vpn(control=probe.control))).finding
    assert (old.state, old.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert "wanted at most 120 s" in old.reason


def dumped(pair: WireguardPair, folder: Path) -> Path:
    """What the script on the kind's page writes, run inside with another folder and our own group."""
    script = (
        page(Vpn).split("```sh\n")[1].split("```")[0].replace("/run/", f"{folder}/").replace("chgrp threenines", "chgrp root")
    )
    ip("netns", "exec", pair.wire.a, "sh", "-euc", script)
    return folder / "wg-peers"


async def test_a_frozen_wireguard_is_unreadable_and_a_dead_one_too(pair: WireguardPair, gateway: Gateway) -> None:
    pair.servers[-1].freeze()
    frozen = (await gateway.look(Vpn(control=asking(pair)))).finding
    assert (frozen.state, frozen.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    pair.servers[-1].process.kill()
    pair.servers[-1].process.wait()
    dead = (await gateway.look(Vpn(control=asking(pair)))).finding
    assert (dead.state, dead.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
