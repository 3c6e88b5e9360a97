"""How a certificate stands with its issuer: stapled, asked by OCSP, or looked up in the issuer's list, through the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from cryptography import x509

from probes import revocation
from probes.chain import Link
from probes.http1 import Answer, Exchange
from probes.probe import Failed, Look, Malformed, OverCap, Tls
from probes.revocation import Standing
from probes.target import shown
from probes.url import Url, agent
from sla.span import Instant

MAX_PLACES = 2
"""Responders, and lists, of one certificate that are asked: more is a target that wants to keep us busy."""
OK = 200
Judge: TypeAlias = Callable[[bytes, x509.Certificate, x509.Certificate, Instant], Standing]
_NOT_THE_ENDPOINTS_FAULT = (OSError, EOFError, Failed, Malformed, OverCap)


@dataclass(frozen=True, slots=True)
class Service:
    """A revocation service: where it is, whether the operator named it, what is asked and how its answer is judged."""

    url: str
    ours: bool
    body: bytes | None
    cap: int
    judge: Judge


async def standing_of(path: Sequence[Link], staple: bytes, look: Look, within_s: float, responder: str | None) -> Standing:
    """The first word that counts, within ``within_s``; ``unchecked`` if nobody has one.

    ``path`` is verified, leaf first. ``responder`` is the operator's, asked instead of those that the certificate names.
    """
    leaf, issuer = path[0].certificate, path[min(1, len(path) - 1)].certificate
    standing = Standing("unchecked", "the certificate names no revocation service")
    if staple and (standing := revocation.by_answer(staple, leaf, issuer, look.at)).word != "unchecked":
        return standing
    try:
        async with asyncio.timeout(within_s):
            with look.phase("revocation"):
                for service in _services(leaf, issuer, responder):
                    standing = await _asked(service, leaf, issuer, look)
                    if standing.word != "unchecked":
                        break
    except TimeoutError:
        return Standing("unchecked", "no revocation service answered in time")
    return standing


def _services(leaf: x509.Certificate, issuer: x509.Certificate, responder: str | None) -> Iterator[Service]:
    question = revocation.question(leaf, issuer)
    for url in [responder] if responder else revocation.responders(leaf)[:MAX_PLACES]:
        yield Service(url, responder is not None, question, revocation.OCSP_CAP, revocation.by_answer)
    for url in revocation.lists(leaf)[:MAX_PLACES]:
        yield Service(url, False, None, revocation.LIST_CAP, revocation.by_list)


async def _asked(service: Service, leaf: x509.Certificate, issuer: x509.Certificate, look: Look) -> Standing:
    """What one service says; its troubles are why nothing was checked, never a finding."""
    try:
        answer = await _answer(service, Url.of("responder", service.url), look)
    except _NOT_THE_ENDPOINTS_FAULT as fault:
        return Standing("unchecked", f"revocation service: {shown(str(fault), 120) or type(fault).__name__}")
    except ValueError:
        return Standing("unchecked", "revocation service has no address that can be asked")
    if answer.status != OK:
        return Standing("unchecked", f"revocation service answered {answer.status}")
    return service.judge(answer.body, leaf, issuer, look.at)


async def _answer(service: Service, url: Url, look: Look) -> Answer:
    """One request without redirects. A place that the target named must be a public one."""
    found = await (look.gate.addresses(url.host) if service.ours else look.gate.foreign(url.host, url.port))
    lines = [f"Host: {url.authority}", f"User-Agent: {agent()}", "Connection: close"]
    if service.body is not None:
        lines += ["Content-Type: application/ocsp-request", f"Content-Length: {len(service.body)}"]
    method = "GET" if service.body is None else "POST"
    head = "".join(f"{line}\r\n" for line in lines)
    request = f"{method} {url.target} HTTP/1.1\r\n{head}\r\n".encode("ascii")
    answer = Answer(method, service.cap, whole=True)
    tls = Tls(url.host) if url.secure else None
    _, exchange = await look.gate.open(partial(Exchange, request + (service.body or b""), answer), found[0], url.port, tls)
    await exchange.done
    return answer
