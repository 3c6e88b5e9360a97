from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from monitor.stage.console import MAX_FORM, Account, console


@pytest.fixture
async def base() -> AsyncIterator[str]:
    server = await asyncio.start_server(_once, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


_TALK = console(Account("probe", "secret"))


async def _once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await _TALK(reader, writer)
    except ValueError:
        pass
    finally:
        writer.close()


async def test_only_the_right_form_leads_inside(base: str) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=base) as client:
        assert (await client.get("/console")).status_code == 401
        page = await client.get("/login")
        (token,) = re.findall(r'name="csrf" value="([^"]+)"', page.text)
        for form in (
            {"csrf": token, "user": "probe", "password": "wrong"},
            {"csrf": "guess", "user": "probe", "password": "secret"},
            {"user": "probe", "password": "secret"},
            {},
        ):
            assert (await client.post("/login", data=form)).status_code == 403
        right = await client.post("/login", data={"csrf": token, "user": "probe", "password": "secret"})
        assert (right.status_code, right.headers["location"]) == (302, "/console")
        assert "Devices" in (await client.get("/console")).text
        assert (await client.get("/other")).status_code == 404


async def test_a_form_without_end_is_not_read(base: str) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=base) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/login", content=b"x" * (MAX_FORM + 1))
