"""A look at a tunnel from all sides keeps its deadline and leaves nothing behind, whoever is silent."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from answering import at_port, at_socket, one_by_one
from servers import serving, silent
from test_contract import leftovers, settled, timed
from test_tunnel import of_socket
from tunnel_words import CLIENTS, GREETING, STATE, UAPI, VICI, ike_answer

from monitor.watch.runner import Runner
from probes.kinds.vpn import Knock, Vpn
from probes.path import Beyond
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)
ANSWERS = {"strongswan": (VICI, b""), "openvpn": ((STATE, CLIENTS), GREETING), "wireguard": ((UAPI,), b"")}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_silence_on_all_sides_ends_at_the_deadline_and_leaves_nothing(kind: str, runner: Runner, tmp_path: Path) -> None:
    async with serving(silent) as page, at_socket(tmp_path / "s", silent) as path, at_port(lambda data: []) as port:
        probe = Vpn(Beyond(url=f"http://127.0.0.1:{page}/"), of_socket(path, kind), Knock("127.0.0.1", port))
        before = leftovers()
        outcome = await timed(runner.look(probe, 1), 1)
        assert outcome.finding.cause is Cause.TUNNEL_NO_PATH
        assert [notice.code for notice in outcome.finding.notices] == ["control_unreadable"]
        assert outcome.finding.facts["ike_responds"] is False
        assert await settled(before), (before, leftovers())


async def test_a_look_that_is_cancelled_leaves_nothing_behind(runner: Runner, tmp_path: Path) -> None:
    async with serving(silent) as page, at_socket(tmp_path / "s", silent) as path, at_port(lambda data: []) as port:
        probe = Vpn(Beyond(url=f"http://127.0.0.1:{page}/"), of_socket(path, "strongswan"), Knock("127.0.0.1", port))
        before = leftovers()
        looks = [asyncio.create_task(runner.look(probe, 30)) for _ in range(5)]
        await asyncio.sleep(0.3)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        assert await settled(before), (before, leftovers())


async def test_a_tunnel_that_the_data_woke_is_asked_about_once_more(runner: Runner, tmp_path: Path) -> None:
    asleep, awake = one_by_one((VICI[0], VICI[1][-5:])), one_by_one(VICI)  # the first time no association is told
    turns = iter((asleep, awake))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await next(turns)(reader, writer)

    with socket.create_server(("127.0.0.1", 0)) as beyond:
        async with at_socket(tmp_path / "s", serve) as path:
            probe = Vpn(Beyond("127.0.0.1", beyond.getsockname()[1]), of_socket(path, "strongswan"))
            finding = (await timed(runner.look(probe, 10), 10)).finding
    assert (finding.state, finding.notices, finding.facts["tunnel_children"]) == (State.UP, (), 1)


@pytest.mark.parametrize(
    ("answers", "cause", "responds"),
    [
        (lambda data: [ike_answer(data[:8])], None, True),
        (lambda data: [ike_answer(data[:8], 14)], None, True),
        (lambda data: [ike_answer(b"stranger"), ike_answer(data[:8])], None, True),
        (lambda data: [ike_answer(data[:8])[:-1]], Cause.PROTO_MALFORMED, False),
        (lambda data: [data], Cause.PROTO_MALFORMED, False),
        (lambda data: [ike_answer(b"stranger")], Cause.DEADLINE, False),
    ],
)
async def test_only_a_well_formed_answer_that_is_ours_counts(
    answers: object, cause: Cause | None, responds: bool, runner: Runner
) -> None:
    async with at_port(answers) as port:  # type: ignore[arg-type]
        finding = (await timed(runner.look(Vpn(knock=Knock("127.0.0.1", port)), 1), 1)).finding
    assert (finding.cause, finding.facts["ike_responds"]) == (cause, responds)


async def test_a_lost_knock_is_sent_again(runner: Runner) -> None:
    seen: list[bytes] = []

    def third(data: bytes) -> list[bytes]:
        seen.append(data)
        return [ike_answer(data[:8])] if len(seen) == 3 else []

    async with at_port(third) as port:
        outcome = await timed(runner.look(Vpn(knock=Knock("127.0.0.1", port)), 1), 1)
    assert outcome.finding.state is State.UP
    assert len(set(seen)) == 1
