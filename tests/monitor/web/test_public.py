from __future__ import annotations

import gzip

import httpx
import pytest

from monitor.web.pages import JSON, STALE_AFTER_MS, Pages
from monitor.web.public import public_app

AT = 1_795_527_440_000


class Watch:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def client(watch: Watch) -> httpx.AsyncClient:
    pages = Pages({"style.css": (b"body{}", "text/css; charset=utf-8")})
    pages.put("/", b"<p>public", b"<p>stale", AT)
    pages.put("/p/secret/", b"<p>Contoso", b"<p>stale", AT)
    pages.put("/api/v1/snapshot", b"{}", b'{"stale":true}', AT, JSON)
    return httpx.AsyncClient(transport=httpx.ASGITransport(public_app(pages, watch)), base_url="http://page")


async def test_a_page_comes_with_the_headers_that_protect_it(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.text == "<p>public"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "public, max-age=10, stale-if-error=120"
    assert page.headers["last-modified"] == "Tue, 24 Nov 2026 13:37:20 GMT"


async def test_a_customer_page_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    page = await client.get("/p/secret/")
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert (await client.get("/p/secret/style.css")).text == "body{}"


async def test_who_has_it_already_gets_304(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/")).headers["etag"]
    again = await client.get("/", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_gzip_is_sent_to_who_takes_it(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/", headers={"Accept-Encoding": "br, gzip;q=0.5"}) as answer:
        assert gzip.decompress(b"".join([part async for part in answer.aiter_raw()])) == b"<p>public"
    for refusal in ("identity", "gzip;q=0", "gzip;q=0.0"):
        assert "content-encoding" not in (await client.get("/", headers={"Accept-Encoding": refusal})).headers


async def test_a_page_that_was_not_renewed_turns_by_the_clock_alone(client: httpx.AsyncClient, watch: Watch) -> None:
    tag = (await client.get("/")).headers["etag"]
    watch.now = AT + STALE_AFTER_MS
    late = await client.get("/", headers={"If-None-Match": tag})
    assert (late.status_code, late.text) == (200, "<p>stale")
    assert (await client.get("/api/v1/snapshot")).json() == {"stale": True}


async def test_unknown_and_foreign_paths_get_the_same_bytes(client: httpx.AsyncClient) -> None:
    paths = ("/p/guess/", "/p/", "/p/secret", "/nothing", "/..%2f..%2fetc/passwd", "/%00", "/p/guess/style.css", "/" + "a" * 5000)
    answers = [await client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


async def test_other_methods_are_told_which_ones_there_are(client: httpx.AsyncClient) -> None:
    answer = await client.post("/")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD"}


async def test_tools_get_problem_json(client: httpx.AsyncClient) -> None:
    answer = await client.get("/p/guess/api/v1/snapshot")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "urn:threenines:problem:not-found", "title": "Not found", "status": 404}
