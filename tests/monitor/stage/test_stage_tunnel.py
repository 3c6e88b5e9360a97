"""The stage's IKE daemon refuses as real ones do, and the host behind it is silent while the tunnel is away."""

from __future__ import annotations

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stage.tunnel import INVALID_MAJOR_VERSION, NO_PROPOSAL_CHOSEN, Tunnel, refusal
from probes import ike

SPI, CHANCE = b"8 bytes!", bytes(ike.CHANCE_SIZE)


@pytest.mark.parametrize(
    ("knock", "reason"), [(ike.version_knock(SPI), INVALID_MAJOR_VERSION), (ike.offer_knock(SPI, CHANCE), NO_PROPOSAL_CHOSEN)]
)
def test_each_knock_gets_the_refusal_of_the_rfc(knock: bytes, reason: int) -> None:
    assert ike.answer(refusal(knock) or b"", SPI) == ike.Answer("2.0", (reason,))


@given(st.binary(max_size=80))
def test_what_is_no_request_gets_silence(data: bytes) -> None:
    assert refusal(data) is None


def test_an_answer_gets_no_answer() -> None:
    assert refusal(refusal(ike.version_knock(SPI)) or b"") is None


async def test_an_absent_tunnel_hangs_connections_and_refuses_knocks() -> None:
    tunnel = await Tunnel.dug()
    await tunnel.open()
    await tunnel.open()
    _, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
    writer.close()
    await tunnel.close()
    await tunnel.close()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncio.open_connection("127.0.0.1", tunnel.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
        knock.connect(("127.0.0.1", tunnel.port))
        knock.send(b"x")
        with pytest.raises(ConnectionRefusedError):
            knock.recv(1)
    await tunnel.open()
    _, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
    writer.close()
    port = tunnel.port
    await tunnel.release()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
