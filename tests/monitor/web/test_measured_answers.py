from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.web.measured import measured, route_of


async def answer(request: Request) -> Response:
    if request.url.path == "/broken":
        raise RuntimeError("broken")
    return Response(status_code=503)


async def test_every_answer_is_told_with_its_code_and_its_time() -> None:
    told: list[tuple[str, int, float]] = []
    ticks = iter((1.0, 1.5, 2.0, 2.25))
    app = measured(Starlette(routes=[Route("/{path:path}", answer)]), lambda *one: told.append(one), lambda: next(ticks))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get("/readyz")
        await client.get("/broken")
    assert told == [("/readyz", 503, 0.5), ("other", 500, 0.25)]


@pytest.mark.parametrize(
    ("path", "code", "route"),
    [
        ("/", 200, "/"),
        ("/metrics", 200, "/metrics"),
        ("/p/secretsecretsecret/", 200, "/p/{page}"),
        ("/p/secretsecretsecret/style.css", 304, "/p/{page}"),
        ("/p/guess/", 404, "none"),
        ("/wp-login.php", 404, "none"),
        ("/api/v1/snapshot", 200, "/api"),
        ("/style.css", 200, "other"),
    ],
)
def test_a_route_is_a_word_and_never_what_somebody_asked(path: str, code: int, route: str) -> None:
    assert route_of(path, code) == route
