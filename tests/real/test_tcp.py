"""The tcp kind against sockets of this machine."""

import asyncio

from servers import free_port

from monitor.watch.runner import Runner
from probes.kinds.tcp import Tcp
from sla.state import Cause, State


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()
    writer.close()


async def test_a_port_that_listens_is_up_and_one_that_does_not_is_refused(runner: Runner) -> None:
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        outcome = await runner.look(Tcp(host="127.0.0.1", port=port), 5)
    assert outcome.finding.state is State.UP
    assert outcome.finding.facts["ip_protocol"] == 4
    refused = await runner.look(Tcp(host="127.0.0.1", port=free_port()), 5)
    assert refused.finding.cause is Cause.TCP_REFUSED


async def test_a_banner_that_does_not_match_is_down_with_what_was_seen_and_wanted(runner: Runner) -> None:
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        good = await runner.look(Tcp(host="127.0.0.1", port=port, matches=r"^SSH-2\.0-"), 5)
        bad = await runner.look(Tcp(host="127.0.0.1", port=port, matches="^220 "), 5)
    assert good.finding.state is State.UP
    assert bad.finding.cause is Cause.ASSERT_FAILED
    assert "SSH-2.0-OpenSSH" in bad.finding.reason
    assert "220" in bad.finding.reason


async def test_a_peer_that_is_silent_after_its_banner_is_a_deadline(runner: Runner) -> None:
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        outcome = await runner.look(Tcp(host="127.0.0.1", port=port, matches="^220 ", send="hello"), 1)
    assert outcome.finding.cause is Cause.DEADLINE
