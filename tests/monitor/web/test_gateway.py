"""What senders, strangers and people who mean no good get at the gateway."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from monitor.hearing import Refused
from monitor.store.engine import StoreFailed, StoreFull
from monitor.web.heartbeat import MAX_BODY, STRANGERS_PER_MIN, gateway_app

TOKEN = "0123456789abcdef0123456789abcdef"
AT = 1_795_527_440_123


class Ear:
    """Hears what it is told, and answers as it is set."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.fault: Exception | None = None
        self.seconds = 100.0

    async def hear(self, token: str, word: str, code: int | None, text: bytes) -> int | Refused:
        if self.fault is not None:
            raise self.fault
        if token != TOKEN:
            return Refused.STRANGER
        if text == b"again":
            return Refused.TOO_SOON
        self.said.append((word, code, text))
        return AT


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def client(ear: Ear) -> httpx.AsyncClient:
    app = gateway_app(ear.hear, lambda: ear.seconds)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://beats")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", ("good", None, b"")),
        ("/start", ("start", None, b"")),
        ("/fail", ("fail", None, b"")),
        ("/0", ("good", 0, b"")),
        ("/255", ("fail", 255, b"")),
    ],
)
async def test_each_word_is_heard_and_answered_with_its_stamp(path: str, said: Any, ear: Ear, client: httpx.AsyncClient) -> None:
    answer = await client.post(f"/beat/{TOKEN}{path}")
    assert (answer.status_code, answer.text) == (200, "kept 2026-11-24T13:37:20.123Z\n")
    assert answer.headers["cache-control"] == "no-store"
    assert ear.said == [said]


async def test_a_sender_may_add_words_up_to_a_limit(ear: Ear, client: httpx.AsyncClient) -> None:
    assert (await client.post(f"/beat/{TOKEN}/fail", content=b"x" * MAX_BODY)).status_code == 200
    assert ear.said == [("fail", None, b"x" * MAX_BODY)]
    assert (await client.post(f"/beat/{TOKEN}", content=b"x" * (MAX_BODY + 1))).status_code == 413
    assert len(ear.said) == 1


async def test_too_soon_and_no_room_say_when_to_try_again(ear: Ear, client: httpx.AsyncClient) -> None:
    soon = await client.post(f"/beat/{TOKEN}", content=b"again")
    assert (soon.status_code, soon.headers["retry-after"]) == (429, "5")
    for fault in (StoreFull("no room"), StoreFailed("torn")):
        ear.fault = fault
        full = await client.post(f"/beat/{TOKEN}")
        assert (full.status_code, full.headers["retry-after"]) == (503, "5")
        assert "kept" not in full.text.replace("nothing was kept", "")


@pytest.mark.parametrize(
    "path", ["/", "/beat", "/beat/", f"/beat/{TOKEN}/256", f"/beat/{TOKEN}/-1", f"/beat/{TOKEN}/x/y", f"/beat/{TOKEN}/٣"]
)
async def test_what_is_no_word_and_a_token_that_nobody_has_look_the_same(path: str, client: httpx.AsyncClient) -> None:
    answer = await client.post(path)
    stranger = await client.post(f"/beat/{TOKEN[:-1]}")
    assert (answer.status_code, answer.content) == (stranger.status_code, stranger.content)
    assert answer.status_code == 404


async def test_only_a_post_is_a_sign(ear: Ear, client: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = await client.request(method, f"/beat/{TOKEN}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert ear.said == []


async def test_guessing_is_slowed_down_and_never_a_sender(ear: Ear, client: httpx.AsyncClient) -> None:
    answers = [(await client.post("/beat/guess")).status_code for _ in range(STRANGERS_PER_MIN + 2)]
    assert answers == [404] * STRANGERS_PER_MIN + [429, 429]
    assert (await client.post(f"/beat/{TOKEN}")).status_code == 200
    ear.seconds += 61
    assert (await client.post("/beat/guess")).status_code == 404


async def test_an_answer_never_shows_a_token(client: httpx.AsyncClient) -> None:
    for path in (f"/beat/{TOKEN}", f"/beat/{TOKEN}/999", "/beat/canary-secret"):
        answer = await client.post(path)
        assert TOKEN not in answer.text + repr(answer.headers)
        assert "canary" not in answer.text + repr(answer.headers)
