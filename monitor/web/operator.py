"""The operator listener: all sites at a glance, metrics, liveness and readiness, and the pages as readers see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.clock import Clock
from monitor.web import openapi, replies
from monitor.web.api import Api
from monitor.web.pages import Pages
from monitor.web.public import REFUSALS, serve
from monitor.web.writes import Writes

PUBLIC = "/public/"
COLLECTED = ("checks", "sla", "self")
"""What ``?collect[]=…`` of ``/metrics`` may name; without it, all of it."""

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. ``troubles`` are words for the operator, such as ``disk full``; not alive: nothing can be kept.

    A full disk is waited out; after a failed one the process ends by itself.
    """

    alive: bool
    ready: bool
    troubles: tuple[str, ...] = ()


HealthCheck: TypeAlias = Callable[[], Health]
Scrape: TypeAlias = Callable[[Collection[str]], Sequence[bytes]]


def operator_app(
    own: Pages,
    published: Pages,
    clock: Clock,
    health: HealthCheck,
    scrape: Scrape,
    api: Api | None = None,
    writes: Writes | None = None,
) -> Starlette:
    """The application of the operator listener.

    ``own`` holds the operator's index under ``/``; ``published`` is what the public listener serves, here under its own
    paths, with the public page itself under ``/public/``. ``scrape`` gives the named parts of ``/metrics``; ``api`` is
    what tools read (None: nothing), and by ``writes`` people do what the desk offers.
    """

    async def healthz(request: Request) -> Response:
        return _report(health(), health().alive)

    async def readyz(request: Request) -> Response:
        return _report(health(), health().ready)

    async def metrics(request: Request) -> Response:
        wanted = request.query_params.getlist("collect[]")
        if strange := [name for name in wanted if name not in COLLECTED]:
            said = f"collect[]: got {strange[0][:40]!r}, expected {', '.join(COLLECTED)}\n"
            return replies.text(said.encode(), 400)
        return replies.in_parts(scrape(wanted or COLLECTED), METRICS_TYPE)

    async def described(request: Request) -> Response:
        return replies.as_json(openapi.document(version("threenines")))

    async def page(request: Request) -> Response:
        path: str = request.scope["path"]
        if path.startswith(PUBLIC):
            return await serve(request, path.removeprefix(PUBLIC.rstrip("/")), published, clock)
        return await serve(request, path, own if own.find(path) else published, clock)

    routes = [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
        Route("/api/openapi.json", described, methods=["GET"]),
        *(api.routes() if api else ()),
        *(writes.routes() if writes else ()),
        Route("/{path:path}", page, methods=["GET"]),
    ]
    return Starlette(routes=routes, exception_handlers=REFUSALS)


def _report(health: Health, good: bool) -> Response:
    said = {"alive": health.alive, "ready": health.ready, "troubles": list(health.troubles)}
    return replies.as_json(said, 200 if good else 503)
