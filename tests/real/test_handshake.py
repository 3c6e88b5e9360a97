"""The handshake that only reads, against peers that are no TLS servers or tell too much."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from chains import Authority, made, pems
from servers import serving, silent

from monitor.watch.egress import Egress
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
