"""A request says what it was told, never lets a value end a line, and keeps its secrets to itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from servers import serving

from monitor.watch.runner import Runner
from probes.probe import Defaults, Finding, Look, Secret, SecretRef, up
from probes.request import Request, unwanted
from sla.state import Cause, State

pytestmark = pytest.mark.real

TOKEN = SecretRef("env:TOKEN")


@dataclass(frozen=True)
class Fetching:
    """A kind that fetches with a secret header and says how long the answer was."""

    kind: ClassVar[str] = "fetching"
    defaults: ClassVar[Defaults] = Defaults(60, 5.0, "")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    request: Request
    secrets: dict[str, SecretRef] = field(default_factory=dict)

    async def check(self, look: Look) -> Finding:
        reply = await self.request.fetch("127.0.0.1", look, self.secrets)
        return up({"length": len(reply.answer.body)}) if reply.answer.status == 200 else unwanted(reply, "200")


@asynccontextmanager
async def heard(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()

    async with serving(serve) as port:
        yield port, seen


async def test_a_secret_goes_into_its_header_and_nowhere_else(runner: Runner) -> None:
    async with heard(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000) as (port, seen):
        request = Request(f"http://localhost:{port}/a?b=1", headers={"accept": "text/json"})
        outcome = await runner.look(Fetching(request, {"X-Token": TOKEN}), 5)
    assert outcome.finding.facts == {"length": 200_000}, "the whole body, though no assertion needs it"
    lines = seen[0].decode().split("\r\n")
    assert lines[0] == "GET /a?b=1 HTTP/1.1"
    assert {"X-Token: canary-secret", "accept: text/json", f"Host: localhost:{port}", "Connection: close"} <= set(lines)
    assert "canary-secret" not in repr(outcome)
    assert "canary-secret" not in repr(request)


async def test_a_secret_that_would_end_a_line_is_never_sent(runner: Runner) -> None:
    async with heard(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (port, seen):
        secret = "canary\r\nX-Evil: 1"
        hostile = Runner(runner._egress, runner._clock, runner._monotonic, runner._stall, lambda ref: Secret(secret))
        outcome = await hostile.look(Fetching(Request(f"http://127.0.0.1:{port}/"), {"X-Token": TOKEN}), 5)
    assert (outcome.finding.cause, seen) == (Cause.CHECK_CONFIG, [])
    assert "canary" not in repr(outcome)


@pytest.mark.parametrize(
    ("status", "cause", "words"),
    [(b"404 x", Cause.HTTP_STATUS, "answered 404, wanted 200"), (b"302 x", Cause.HTTP_REDIRECT, "redirects to login.example")],
)
async def test_a_status_that_is_not_wanted_is_told_without_the_path(
    status: bytes, cause: Cause, words: str, runner: Runner
) -> None:
    answer = b"HTTP/1.1 " + status + b"\r\nLocation: https://login.example/?t=canary\r\nContent-Length: 0\r\n\r\n"
    async with heard(answer) as (port, _):
        finding = (await runner.look(Fetching(Request(f"http://127.0.0.1:{port}/")), 5)).finding
    assert (finding.state, finding.cause) == (State.DOWN, cause)
    assert words in finding.reason
    assert "canary" not in finding.reason


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"headers": {"A\r\nB": "x"}}, "headers.A"),
        ({"headers": {"A": "x\r\nB: y"}}, "headers.A: must be an ASCII header"),
        ({"headers": {"Connection": "keep-alive"}}, "must be left to the monitor"),
        ({"url": "ftp://a"}, "url: must begin with http"),
        ({"max_body_bytes": 0}, "max_body_bytes: must be 1 to"),
        ({"expect_status": ("2xx",)}, "expect_status: must be statuses"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Request(**{"url": "https://a.example/", **fields})
