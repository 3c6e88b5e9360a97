"""A POST to a place that a customer named: through the one gate, to public addresses only, redirects not followed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.watch.egress import Egress, Flight
from probes.http1 import Answer, Exchange
from probes.probe import Failed, Malformed, OverCap, Tls
from probes.url import Url, agent

DEADLINE_S = 30.0
MAX_ANSWER = 64 << 10
"""Bytes of an answer that are read: a challenge has a hundred."""
NOT_ALLOWED = "this address is not allowed for customer-supplied targets"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an endpoint said: ``status`` None is no answer, and ``trouble`` says why."""

    status: int | None
    body: bytes = b""
    trouble: str = ""


async def post(egress: Egress, url: str, headers: Mapping[str, str], body: bytes, deadline_s: float = DEADLINE_S) -> Answered:
    """Send ``body`` to ``url``; never raises for what an endpoint or the way to it does."""
    flight = egress.flight()
    try:
        async with asyncio.timeout(deadline_s):
            return await _sent(flight, Url.of("url", url), headers, body)
    except TimeoutError:
        return Answered(None, trouble=f"no answer within {deadline_s:g} s")
    except Failed:
        return Answered(None, trouble=NOT_ALLOWED)
    except (OSError, EOFError, Malformed, OverCap, ValueError) as fault:
        return Answered(None, trouble=(str(fault) or type(fault).__name__)[:200])
    finally:
        flight.close()


async def _sent(flight: Flight, to: Url, headers: Mapping[str, str], body: bytes) -> Answered:
    """The answer of the first of the host's addresses. Raises Failed for one that is not public."""
    address, *_ = await flight.foreign(to.host, to.port)
    answer = Answer("POST", MAX_ANSWER, whole=False)
    request = _request(to, headers, body)
    _, exchange = await flight.open(lambda: Exchange(request, answer), address, to.port, Tls(to.host) if to.secure else None)
    await exchange.done
    return Answered(answer.status, answer.body)


def _request(to: Url, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = {"Host": to.authority, "User-Agent": agent(), "Content-Length": str(len(body)), "Connection": "close", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {to.target} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body
