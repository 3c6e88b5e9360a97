from __future__ import annotations

import httpx
import pytest

from monitor.web.operator import Health, operator_app
from monitor.web.pages import Pages

AT = 1_795_527_440_000


def client(health: Health) -> httpx.AsyncClient:
    own, published = Pages(), Pages()
    own.put("/", b"all sites", None, AT)
    published.put("/", b"public", None, AT)
    published.put("/p/key/", b"Contoso", None, AT)
    app = operator_app(own, published, lambda: AT, lambda: health, lambda wanted: [f"{name} 1\n".encode() for name in wanted])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://operator")


@pytest.mark.parametrize(
    ("health", "alive", "ready"),
    [(Health(True, True), 200, 200), (Health(True, False, ("no store",)), 200, 503), (Health(False, False), 503, 503)],
)
async def test_health_is_said_in_status_and_words(health: Health, alive: int, ready: int) -> None:
    operator = client(health)
    assert (await operator.get("/healthz")).status_code == alive
    answer = await operator.get("/readyz")
    assert answer.status_code == ready
    assert answer.json()["troubles"] == list(health.troubles)


async def test_metrics_are_prometheus_text() -> None:
    answer = await client(Health(True, True)).get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text == "checks 1\nsla 1\nself 1\n"
    assert answer.headers["content-length"] == str(len(answer.content))


async def test_a_scrape_can_be_narrowed_and_says_what_it_does_not_know() -> None:
    operator = client(Health(True, True))
    assert (await operator.get("/metrics?collect[]=sla&collect[]=self")).text == "sla 1\nself 1\n"
    refused = await operator.get("/metrics?collect[]=sla&collect[]=everything")
    assert (refused.status_code, refused.text) == (400, "collect[]: got 'everything', expected checks, sla, self\n")


async def test_the_operator_sees_the_index_and_the_pages_as_readers_do() -> None:
    operator = client(Health(True, True))
    assert (await operator.get("/")).text == "all sites"
    assert (await operator.get("/public/")).text == "public"
    assert (await operator.get("/p/key/")).text == "Contoso"
    assert (await operator.get("/p/other/")).status_code == 404
    assert (await operator.post("/metrics")).status_code == 405
