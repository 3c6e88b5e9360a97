"""The relay: one connection each way, counted, cut, and over when its look is."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from monitor.clock import monotonic
from monitor.watch.egress import Egress, Flight
from monitor.watch.line import CAP
from monitor.watch.resolver import Resolver
from probes.probe import OverCap

LOOPS = ("asyncio", "uvloop")
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def relayed(serve: Serve) -> AsyncIterator[tuple[Flight, int]]:
    """A relay of a flight to a server of ours; gives the flight and the port for the driver."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    egress = Egress(Resolver(()), monotonic)
    flight = egress.flight()
    try:
        relay = await flight.relay("127.0.0.1", server.sockets[0].getsockname()[1])
        yield flight, relay.port
    finally:
        flight.close()
        egress.close()
        server.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def test_what_is_said_before_the_driver_is_there_is_kept_for_it_and_both_ways_are_open() -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await echo(reader, writer)

    async with relayed(greets) as (_, port):
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.readexactly(5) == b"hello"
        sent = os.urandom(600_000)
        writer.write(sent)
        assert await reader.readexactly(len(sent)) == sent
        writer.close()


async def test_a_greeting_and_an_end_that_come_too_early_are_kept_too() -> None:
    async def greets_and_goes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"too many connections")

    async with relayed(greets_and_goes) as (_, port):
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 5) == b"too many connections"
        writer.close()


async def test_there_is_one_connection_only() -> None:
    async with relayed(echo) as (_, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        writer.close()


async def test_the_end_of_the_target_is_the_end_for_the_driver() -> None:
    async def farewell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")

    async with relayed(farewell) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 5) == b"bye"
        writer.close()


async def test_a_target_that_sends_without_end_is_cut_at_the_cap() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    async with relayed(flood) as (flight, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            assert len(await asyncio.wait_for(reader.read(), 5)) <= CAP
        assert isinstance(flight.fault, OverCap)
        writer.close()


async def test_closing_the_flight_ends_a_driver_that_hangs() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with relayed(silent) as (flight, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        hanging = asyncio.create_task(reader.read())
        await asyncio.sleep(0.05)
        flight.close()
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(hanging, 1) == b""
        writer.close()
