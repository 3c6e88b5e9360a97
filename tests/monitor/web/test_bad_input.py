"""What readers and their tools may send wrongly, over a real socket: an answer with a reason, never a 5xx, nobody held up."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "reports"))

from page_examples import AT, customer_page, public_page

from monitor.documents import pages_of, published
from monitor.web.pages import Pages
from monitor.web.public import public_app
from monitor.web.server import serving

DOCUMENTS = ("/", "/api/v2/summary.json", "/api/v1/snapshot", "/history.atom", "/history.rss", "/maintenance.ics")
JUNK = ("?days=0", "?days=x", "?a=%00&a=%ff", "?" + "x" * 4_000, "?page[]=1&<script>", "?;&&==")


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, int]]:
    pages = Pages()
    for root, page in (("/", public_page()), ("/p/contoso/", customer_page())):
        for one, documents in published(pages, pages_of(root, page)).items():
            pages.place(one, documents)
    async with serving(public_app(pages, lambda: AT), "127.0.0.1", 0) as bound:
        yield bound


async def asked(server: tuple[str, int], request: bytes) -> tuple[int, dict[str, str], bytes]:
    """The answer to raw bytes: status, headers, body."""
    reader, writer = await asyncio.open_connection(*server)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def request(path: str, method: str = "GET", more: str = "", body: bytes = b"") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n".encode("latin-1") + body


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_parameters_that_mean_nothing_change_nothing(server: tuple[str, int], path: str) -> None:
    plain = await asked(server, request(path))
    assert plain[0] == 200
    for junk in JUNK:
        status, _, body = await asked(server, request(path + junk))
        assert (status, body == plain[2]) == (200, True), junk


@pytest.mark.parametrize(
    "path",
    [
        "/badge/nobody/status.svg",
        "/badge/eu/status.png",
        "/badge/b-d/status.svg",
        "/incidents/inc1.html",
        "/p/contoso/incidents/inc9.html",
        "/history/2026-13.html",
        "/history/1999-01.html",
        "/fr/",
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/p/contoso/../../style.css",
        "/%00",
        "/%ff%fe",
        "/" + "a" * 8_000,
    ],
)
async def test_what_is_not_there_is_404_in_the_same_bytes(server: tuple[str, int], path: str) -> None:
    status, headers, body = await asked(server, request(path))
    unknown = await asked(server, request("/p/nobody/"))
    assert (status, body) == (404, unknown[2])
    assert headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/api/v2/summary", "/api/v2/components/1.json", "/p/x/api/v2/summary.json", "/api/v3/"])
async def test_tools_are_told_in_their_own_form(server: tuple[str, int], path: str) -> None:
    status, headers, body = await asked(server, request(path))
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(body)["type"] == "urn:threenines:problem:not-found"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_405_with_those_there_are(server: tuple[str, int], method: str) -> None:
    for path in ("/history.atom", "/badge/eu/status.svg", "/nothing"):
        status, headers, _ = await asked(server, request(path, method, "Content-Length: 0\r\n"))
        assert (status, set(headers["allow"].replace(" ", "").split(","))) == (405, {"GET", "HEAD"})


async def test_a_body_that_nobody_asked_for_is_not_read_to_its_end(server: tuple[str, int]) -> None:
    status, headers, _ = await asked(server, request("/", "POST", "Content-Length: 99999999999\r\n", b"x" * 100_000))
    assert (status, "allow" in headers) == (405, True)


@pytest.mark.parametrize(
    ("raw", "statuses"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", {400}),
        (b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400}),
        (b"GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {200, 400, 404}),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n", {400, 501}),
    ],
)
async def test_what_is_no_request_is_refused_and_the_next_one_is_served(
    server: tuple[str, int], raw: bytes, statuses: set[int]
) -> None:
    assert (await asked(server, raw))[0] in statuses
    assert (await asked(server, request("/")))[0] == 200


async def test_slow_readers_hold_up_nobody(server: tuple[str, int]) -> None:
    slow = [await asyncio.open_connection(*server) for _ in range(40)]
    for _, writer in slow:
        writer.write(b"GET /history.atom HTTP/1.1\r\nHost:")
        await writer.drain()
    began = asyncio.get_running_loop().time()
    for path in DOCUMENTS:
        assert (await asked(server, request(path)))[0] == 200
    assert asyncio.get_running_loop().time() - began < 5
    for _, writer in slow:
        writer.close()


async def test_conditional_and_head_requests_get_no_body(server: tuple[str, int]) -> None:
    for path in (*DOCUMENTS, "/badge/eu/status.svg", "/badge/eu/availability-30d.json"):
        status, headers, body = await asked(server, request(path, "HEAD"))
        assert (status, body, int(headers["content-length"]) > 0) == (200, b"", True)
        again = await asked(server, request(path, more=f"If-None-Match: {headers['etag']}\r\n"))
        assert (again[0], again[2]) == (304, b"")


async def test_scripts_of_other_sites_may_read_what_is_for_everybody_and_nothing_else(server: tuple[str, int]) -> None:
    for path, open_ in (("/api/v2/summary.json", True), ("/badge/eu/status.json", True), ("/history.atom", True), ("/", False)):
        _, headers, _ = await asked(server, request(path))
        assert (headers.get("access-control-allow-origin") == "*") is open_, path
        private = await asked(server, request(f"/p/contoso{path}"))
        assert "access-control-allow-origin" not in private[1] and private[1]["cache-control"] == "private, no-store"
    _, headers, _ = await asked(server, request("/badge/eu/status.svg"))
    assert headers["cache-control"].startswith("public, max-age=60")
