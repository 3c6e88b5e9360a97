"""The control socket over a real Unix socket: who asks is the kernel's word, what is no deed gets a status of its own."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import httpx
import pytest

from monitor.desk.deed import Reply
from monitor.desk.deeds import Request
from monitor.web.control import MAX_BODY, NAME, controlled
from monitor.web.pages import Pages
from monitor.web.unix import LONGEST_ADDRESS, reachable, user_name
from sla.exclusion import Fault


class Desk:
    """Takes deeds down and answers what it is told to."""

    def __init__(self, reply: Reply) -> None:
        self.reply, self.asked = reply, list[tuple[Request, bool]]()

    async def act(self, asked: Request, dry_run: bool) -> Reply:
        self.asked.append((asked, dry_run))
        return self.reply


async def post(folder: Path, path: str, **more: object) -> httpx.Response:
    with reachable(folder / NAME) as name:
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=name)) as client:
            return await client.post(f"http://control{path}", **more)  # type: ignore[arg-type]


async def test_the_desk_hears_who_asks_for_what_with_which_token(tmp_path: Path) -> None:
    desk = Desk(Reply(body={"done": True}))
    async with controlled(tmp_path, desk.act, Pages()):
        assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
        answer = await post(tmp_path, "/deeds/token.new?dry_run", json={"name": "Ada"}, headers={"Authorization": "Bearer tn_x"})
    assert (answer.status_code, answer.json()) == (200, {"done": True})
    assert desk.asked == [(Request("token.new", {"name": "Ada"}, user_name(os.geteuid()), "tn_x"), True)]
    assert "tn_x" not in repr(desk.asked)
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("code", "status"), [("token", 401), ("scope", 403), ("unknown-site", 404), ("illegal-step", 409), ("four-eyes", 422)]
)
async def test_each_refusal_has_its_status_and_its_rule(tmp_path: Path, code: str, status: int) -> None:
    desk = Desk(Reply((Fault(code, ("history", 1), "no", "this", "that"),)))
    async with controlled(tmp_path, desk.act, Pages()):
        answer = await post(tmp_path, "/deeds/exclusion.approve", json={})
    assert answer.status_code == status
    assert answer.json()["refused"] == [
        {"code": code, "member": ["history", 1], "message": "no", "got": "this", "expected": "that"}
    ]


async def test_what_is_no_deed_reaches_nobody(tmp_path: Path) -> None:
    desk = Desk(Reply())
    async with controlled(tmp_path, desk.act, Pages()):
        answers = [
            await post(tmp_path, "/deeds/token.new", content=b"{"),
            await post(tmp_path, "/deeds/token.new", content=b"[" * 100_000),
            await post(tmp_path, "/deeds/token.new", content=b" " * (MAX_BODY + 1)),
            await post(tmp_path, "/elsewhere", json={}),
        ]
    assert [answer.status_code for answer in answers] == [400, 400, 413, 404]
    assert desk.asked == []


async def test_a_folder_whose_name_is_too_long_for_a_socket_is_reached_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    assert len(os.fsencode(deep)) > LONGEST_ADDRESS
    async with controlled(deep, Desk(Reply(body={})).act, Pages()):
        assert (await post(deep, "/deeds/token.new", json={})).status_code == 200


async def test_a_socket_left_behind_by_a_killed_service_is_replaced(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("")
    async with controlled(tmp_path, Desk(Reply(body={})).act, Pages()):
        assert (await post(tmp_path, "/deeds/token.new", json={})).status_code == 200


def test_users_are_called_as_the_host_calls_them() -> None:
    assert user_name(os.geteuid()) == getpass.getuser()
    assert user_name(3_999_999) == "3999999"


async def test_what_is_published_is_handed_out_whole_with_its_twins(tmp_path: Path) -> None:
    pages = Pages()
    pages.put("/", b"public", b"old", 5)
    pages.put("/p/key/", b"Contoso", None, 6)
    async with controlled(tmp_path, Desk(Reply()).act, pages):
        with reachable(tmp_path / NAME) as name:
            async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=name)) as client:
                roots = (await client.get("http://control/pages")).json()
                page = (await client.get("http://control/page", params={"root": "/"})).json()
                none = (await client.get("http://control/page", params={"root": "/p/guess/"})).json()
    assert roots == {"roots": ["/", "/p/key/"]}
    assert page == {"documents": [{"path": "/", "published_at": 5, "body": "cHVibGlj", "stale": "b2xk"}]}
    assert none == {"documents": []}
