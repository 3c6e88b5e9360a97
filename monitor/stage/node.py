"""An instance of the managed product and the licence endpoint: what a GET is answered with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from monitor.stage.listening import Talk
from monitor.stage.web import answer, asked_path, send


def instance(name: str) -> Talk:
    """An instance called ``name``: ``/health`` says UP."""
    return pages({"/health": {"status": "UP", "node": name}})


def licence(total: int, used: int, expires: str) -> Talk:
    """A licence endpoint: ``/licence`` tells seats and the date (ISO 8601, UTC) of expiry."""
    return pages({"/licence": {"product": "managed-suite", "seats": {"total": total, "used": used}, "expires": expires}})


def pages(documents: Mapping[str, Mapping[str, object]]) -> Talk:
    """A server of JSON documents by path; 404 for any other path."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = await asked_path(reader)
        document = documents.get(path)
        send(writer, answer(404, {"status": "not found"}) if document is None else answer(200, document))

    return talk
