"""The handshake that only reads, against peers that are no TLS servers or tell too much."""

from __future__ import annotations

import asyncio
import random
import ssl

import pytest
from chains import Authority, made, pems
from servers import free_port, needed, serving, silent, started

from monitor.watch.egress import Egress
from probes import chain
from probes.handshake import MAX_CHAIN, Shown, read
from probes.probe import Failed, Malformed
from sla.state import Cause

pytestmark = pytest.mark.real


async def shown_by(egress: Egress, context: ssl.SSLContext, name: str = "localhost") -> Shown:
    flight = egress.flight()
    try:
        async with serving(silent, context) as port:
            return await read(await flight.stream("127.0.0.1", port), name)
    finally:
        flight.close()


def context_of(authority: Authority, leaf: str, extra: bytes = b"") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bundle = authority.folder / f"{leaf}-{len(extra)}.bundle"
    bundle.write_bytes((authority.folder / f"{leaf}.pem").read_bytes() + extra)
    context.load_cert_chain(bundle)
    return context


async def test_the_chain_is_given_as_it_was_sent(egress: Egress, authority: Authority) -> None:
    extra = pems((authority.inter.cert, authority.root.cert))
    seen = await shown_by(egress, context_of(authority, "good", extra))
    assert seen.chain == (authority.leaves["good"].cert, authority.inter.cert, authority.root.cert)
    assert (seen.version, seen.forward_secret, seen.staple) == ("TLSv1.3", True, b"")


async def test_a_name_is_asked_for_and_an_address_is_not(egress: Egress, authority: Authority) -> None:
    asked: list[str | None] = []
    context = context_of(authority, "good")
    context.sni_callback = lambda _, name, __: asked.append(name)
    await shown_by(egress, context, "mdm.acme.example")
    await shown_by(egress, context, "127.0.0.1")
    assert asked == ["mdm.acme.example", None]


async def test_a_chain_without_end_is_malformed(egress: Egress, authority: Authority) -> None:
    many = pems([made(f"ca {number}", ca=True).cert for number in range(MAX_CHAIN)])
    with pytest.raises(Malformed, match="11 certificates shown, wanted 1 to 10"):
        await shown_by(egress, context_of(authority, "good", many))


async def test_a_flight_that_comes_byte_by_byte_is_put_together(egress: Egress, authority: Authority) -> None:
    flight = egress.flight()
    async with serving(silent, context_of(authority, "good")) as port:

        async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """A slow line to the server: no two bytes of it arrive together."""
            theirs, ours = await asyncio.open_connection("127.0.0.1", port)
            while data := await reader.read(4096):
                ours.write(data)
                for byte in await theirs.read(4096):
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0)
            ours.close()

        async with serving(trickle) as slow:
            seen = await read(await flight.stream("127.0.0.1", slow), "localhost")
    flight.close()
    assert seen.chain == (authority.leaves["good"].cert,)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_a_server_that_wants_our_certificate_has_shown_its_own(version: str, egress: Egress, authority: Authority) -> None:
    openssl, port, folder = needed("openssl"), free_port(), authority.folder
    words = [
        "-cert",
        f"{folder}/good.pem",
        "-Verify",
        "1",
        "-verify_return_error",
        "-CAfile",
        f"{folder}/ca.pem",
        version,
        "-quiet",
    ]
    server = await asyncio.to_thread(started, [openssl, "s_server", "-accept", f"127.0.0.1:{port}", *words], port, folder)
    flight = egress.flight()
    try:
        seen = await read(await flight.stream("127.0.0.1", port), "localhost")
    finally:
        flight.close()
        await asyncio.to_thread(server.stop)
    assert seen.chain == (authority.leaves["good"].cert,)
    assert seen.forward_secret


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("15030300020100", "ended by the peer"),
        ("15030300020228", "alert handshake failure"),
        ("15030300020246", "alert protocol version"),
        ("1603030004" + "0e000000", "unexpected message"),
        ("17030300050102030405", ""),
    ],
)
async def test_what_ends_a_handshake_before_anything_was_shown(answer: str, words: str, egress: Egress) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(bytes.fromhex(answer))
        await reader.read()

    flight = egress.flight()
    async with serving(serve) as port:
        with pytest.raises(Failed) as raised:
            await read(await flight.stream("127.0.0.1", port), "localhost")
    flight.close()
    assert raised.value.finding.cause is Cause.TLS_HANDSHAKE
    assert words in raised.value.finding.reason


async def test_flights_that_are_nearly_right_never_break_it(egress: Egress, authority: Authority) -> None:
    """150 real handshakes of a whole chain, over a line that changes, cuts or doubles a few of the server's bytes."""
    chance, whole = random.Random(16), 0
    bundle = (authority.folder / "good.chain").read_bytes()

    async with serving(silent, context_of(authority, "good", bundle)) as port:

        async def spoiling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            theirs, ours = await asyncio.open_connection("127.0.0.1", port)
            try:
                while data := await reader.read(4096):
                    ours.write(data)
                    answer = bytearray(await theirs.read(16_384))
                    for _ in range(chance.randrange(3)):
                        place = chance.randrange(len(answer)) if answer else 0
                        answer[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
                    writer.write(bytes(answer))
            finally:
                ours.close()

        async def one(slow: int) -> bool:
            flight = egress.flight()
            try:
                async with asyncio.timeout(1):
                    seen = await read(await flight.stream("127.0.0.1", slow), "localhost")
            except (Failed, Malformed, EOFError, TimeoutError, ConnectionError):
                return False
            finally:
                flight.close()
            chain.links(seen.chain)
            return True

        async with serving(spoiling) as slow:
            for _ in range(6):
                whole += sum(await asyncio.gather(*(one(slow) for _ in range(25))))
    assert 5 < whole < 145


async def test_a_server_that_shares_no_suite_has_no_handshake(egress: Egress, authority: Authority) -> None:
    async def alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(bytes.fromhex("15030300020228"))

    flight = egress.flight()
    async with serving(alert) as port:
        with pytest.raises(Failed) as raised:
            await read(await flight.stream("127.0.0.1", port), "localhost")
    flight.close()
    assert raised.value.finding.cause is Cause.TLS_HANDSHAKE
