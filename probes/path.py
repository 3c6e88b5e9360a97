"""A way through a tunnel, tried with data: a connection, a page or an echo. Any word of the far host has come through."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import partial

from probes import echo
from probes.asking import asked
from probes.http1 import Answer, Exchange
from probes.probe import Family, Look, Malformed, Tls
from probes.target import checked_host, checked_port, ip_protocol, is_address, shown
from probes.url import Url, agent

STRICT = {"extra": "forbid"}
"""For whoever reads a value out of a configuration: a key that nobody knows is a mistake."""
PAGE_LIMIT = 4_096
"""Bytes of a page that are read: more than one packet holds, so that a path too narrow for full ones shows."""
PAYLOAD = b"threenines"


@dataclass(frozen=True, slots=True)
class Beyond:
    """What lies beyond the tunnel: a port, a page, or a host that answers echoes. ``source`` is our inner address.

    ``host`` is an address: a name would let a resolver decide what is said of the tunnel.
    """

    __pydantic_config__ = STRICT
    host: str | None = None
    port: int | None = None
    url: str | None = None
    ping: bool = False
    source: str | None = None
    ca_file: str | None = None


def check(field: str, beyond: Beyond) -> None:
    """Raises ValueError, beginning with ``field``, unless there is exactly one way to try."""
    every = {"port": beyond.port is not None, "url": beyond.url is not None, "ping": beyond.ping}
    ways = [name for name, given in every.items() if given]
    if len(ways) != 1:
        raise ValueError(f"{field}: must have one of port, url or ping, got {' and '.join(ways) or 'none'}")
    if (beyond.url is None) == (beyond.host is None):
        raise ValueError(f"{field}.host: must be given with {ways[0]}" if beyond.url is None else f"{field}.host: is said by url")
    if beyond.ca_file is not None and (beyond.url is None or not Url.of(f"{field}.url", beyond.url).secure):
        raise ValueError(f"{field}.ca_file: only a page over https has a certificate, expected url: https://…")
    _check_places(field, beyond)


def _check_places(field: str, beyond: Beyond) -> None:
    if beyond.url is not None:
        Url.of(f"{field}.url", beyond.url)
    for what, place in (("host", beyond.host), ("source", beyond.source)):
        if place is not None and not is_address(checked_host(f"{field}.{what}", place)):
            raise ValueError(f'{field}.{what}: must be an address, got "{shown(place, 80)}"')
    if beyond.host is not None and beyond.source is not None and ip_protocol(beyond.host) != ip_protocol(beyond.source):
        raise ValueError(f"{field}.source: must be of the same IP version as host {beyond.host}, got {beyond.source}")
    if beyond.port is not None:
        checked_port(f"{field}.port", beyond.port)


async def tried(beyond: Beyond, look: Look, family: Family) -> None:
    """Returns if the far host said anything at all, a refusal too; raises what came instead."""
    url = None if beyond.url is None else Url.of("url", beyond.url)
    if beyond.source is not None:
        family = "6" if ip_protocol(beyond.source) == 6 else "4"
    address = (await look.gate.addresses(url.host if url else beyond.host or "", family))[0]
    try:
        if url is not None:
            await _page(look, address, url, beyond)
        elif beyond.ping:
            await _echoed(look, address, beyond.source)
        else:
            await look.gate.open(asyncio.Protocol, address, beyond.port or 0, source=beyond.source)
    except (ConnectionRefusedError, ssl.SSLError, Malformed):
        return


async def _page(look: Look, address: str, url: Url, beyond: Beyond) -> None:
    """The beginning of the page, whatever its status."""
    tls = Tls(url.host, beyond.ca_file) if url.secure else None
    lines = (f"GET {url.target} HTTP/1.1", f"Host: {url.authority}", f"User-Agent: {agent()}", "Connection: close")
    question = "\r\n".join((*lines, "", "")).encode("ascii")
    exchange = partial(Exchange, question, Answer("GET", PAGE_LIMIT, False))
    _, page = await look.gate.open(exchange, address, url.port, tls, beyond.source)
    with look.phase("data"):
        await page.done


async def _echoed(look: Look, address: str, source: str | None) -> None:
    version = ip_protocol(address)
    socket = await look.gate.ping(address, source)
    with look.phase("data"):
        await asked(socket, echo.request(version, 1, PAYLOAD), partial(_answered, version), look.deadline_s)


def _answered(version: int, message: bytes) -> int | None:
    return echo.number_of(version, message, PAYLOAD)
