"""Sockets of the gate beside TCP: Unix sockets, an address of ours to come from, echoes where the kernel allows them."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from answering import at_port, at_socket, one_by_one
from namespaces import Wire, inside, needed_namespaces
from servers import free_port, serving

from monitor.watch.egress import Egress, Flight
from probes.probe import Failed, OverCap
from sla.state import Cause, State

LOOPS = ("asyncio", "uvloop")


@pytest.fixture
async def flight(egress: Egress) -> AsyncIterator[Flight]:
    made = egress.flight()
    yield made
    made.close()


async def test_a_unix_socket_is_a_counted_stream(flight: Flight, tmp_path: Path) -> None:
    async with at_socket(tmp_path / "s", one_by_one((b"x" * 100,))) as path:
        stream = await flight.unix(path, 50)
        await stream.write(b"hello")
        with pytest.raises(OverCap, match="sent more than 50 bytes"):
            await stream.read()
    assert "connect" in flight.spent


@pytest.mark.parametrize("what", ["missing", "a file", "nobody listens", "a full queue", "too long"])
async def test_a_socket_that_nobody_listens_at_is_our_matter_and_named(what: str, flight: Flight, tmp_path: Path) -> None:
    path, held = tmp_path / "s", socket.socket(socket.AF_UNIX)
    fill = socket.socket(socket.AF_UNIX)
    if what == "a file":
        path.touch()
    elif what != "missing":
        held.bind(str(path))
    if what == "a full queue":
        held.listen(0)
        fill.connect(str(path))
    given = str(tmp_path / ("x" * 120)) if what == "too long" else str(path)
    with held, fill, pytest.raises(Failed) as raised:
        await flight.unix(given)
    finding = raised.value.finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert finding.reason.startswith(f"{given}: ")
    assert finding.reason.endswith("wanted a socket that a program listens at")


async def test_a_connection_comes_from_the_address_that_is_asked_for(flight: Flight) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.put_nowait(writer.get_extra_info("peername")[0])

    async with serving(note) as port:
        await flight.open(asyncio.Protocol, "127.0.0.1", port, source="127.0.0.3")
        assert await seen.get() == "127.0.0.3"


async def test_a_datagram_to_a_closed_port_is_refused_and_to_an_open_one_answered(flight: Flight) -> None:
    closed = await flight.datagram("127.0.0.1", free_port(socket.SOCK_DGRAM))
    await closed.send(b"x")
    with pytest.raises(Failed) as raised:
        await closed.receive()
    assert raised.value.finding.cause is Cause.UDP_REFUSED
    async with at_port(lambda data: [data.upper()]) as port:
        opened = await flight.datagram("127.0.0.1", port)
        await opened.send(b"hello")
        assert await opened.receive() == b"HELLO"


async def test_the_age_of_a_file_is_known_and_a_missing_one_named(flight: Flight, tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    os.utime(tmp_path / "f", (0, 1_795_520_485.5))
    assert await flight.changed(str(tmp_path / "f")) == 1_795_520_485_500
    with pytest.raises(Failed) as raised:
        await flight.changed(str(tmp_path / "missing"))
    assert raised.value.finding.cause is Cause.CHECK_CONFIG


@pytest.mark.needs_netns
async def test_an_echo_socket_gives_answers_with_hops_and_is_closed_with_its_flight(egress: Egress) -> None:
    needed_namespaces()
    wire = Wire("dg", "192.0.2.1", "192.0.2.2")
    try:
        with inside(wire.a):
            with pytest.raises(Failed, match="ping_group_range"):
                await egress.flight().ping(wire.far)
            wire.allow_pings()
            flight, files = egress.flight(), len(os.listdir("/proc/self/fd"))
            echoes = await flight.ping(wire.far)
            await echoes.send(bytes([8, 0, 0, 0, 0, 0, 0, 7]) + b"hello")
            answer = await echoes.receive()
            assert (answer[0], answer[6:8], answer[8:], echoes.hop_limit) == (0, b"\0\7", b"hello", 64)
            waiting = asyncio.create_task(echoes.receive())
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            flight.close()
            assert len(os.listdir("/proc/self/fd")) == files
    finally:
        wire.remove()
