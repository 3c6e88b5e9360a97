"""What was answered to requests that carry a key, kept for a day: one that is sent again is done once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.span import DAY, Instant

_a = tables.answered_once.c
KEPT_MS = DAY
"""Longer than anybody's retries; a key may be used anew after it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request's digest, and what came of it."""

    asked: bytes
    reply: Mapping[str, Any]


def find(connection: Connection, person: str, key: str, now: Instant) -> Answered | None:
    """What ``person`` was answered under ``key``, unless that is longer ago than a day."""
    here = sa.and_(_a.person == person, _a.key == key, _a.at > now - KEPT_MS)
    row = connection.execute(sa.select(_a.asked, _a.reply).where(here)).first()
    return None if row is None else Answered(row.asked, json.loads(row.reply))


def keep(connection: Connection, person: str, key: str, one: Answered, now: Instant) -> None:
    """Keep it, and forget what is older than a day."""
    connection.execute(sa.delete(tables.answered_once).where(_a.at <= now - KEPT_MS))
    reply = json.dumps(dict(one.reply), ensure_ascii=False)
    row = {"person": person, "key": key, "at": now, "asked": one.asked, "reply": reply}
    connection.execute(sa.insert(tables.answered_once), row)
