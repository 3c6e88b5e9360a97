"""Maintenance as announced: one row a notice, kept for ever. ``at`` is when the next hop took it for a designated contact."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.statements import after_published
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import Instant, Span

_a = tables.announcement.c


def append(
    connection: Connection,
    site_no: int,
    maintenance: str,
    components: tuple[str, ...],
    announcement: Announcement,
    recorded_at: Instant,
) -> None:
    """Keep one announcement of the maintenance with the id ``maintenance``; ``components`` empty: the whole site."""
    row = {
        "recorded_at": after_published(connection, recorded_at),
        "site_no": site_no,
        "maintenance": maintenance,
        "components": json.dumps(components),
        "at": announcement.at,
        "since": announcement.span.start,
        "until": announcement.span.end,
        "status": announcement.status.value,
        "impact": announcement.impact.word,
        "agreed_by": announcement.agreed_by,
    }
    connection.execute(sa.insert(tables.announcement), [row])


def of_site(connection: Connection, site_no: int, as_of: Instant | None = None) -> tuple[Maintenance, ...]:
    """The maintenances of a site by id, with the announcements recorded up to and with ``as_of`` (None: all).

    The components are those of the newest of these announcements.
    """
    question = sa.select(tables.announcement).where(_a.site_no == site_no).order_by(_a.no)
    if as_of is not None:
        question = question.where(_a.recorded_at <= as_of)
    return _maintenances(connection.execute(question))


def every(connection: Connection) -> Mapping[str, tuple[Maintenance, ...]]:
    """The maintenances of all sites, by the site's key."""
    question = sa.select(tables.announcement, tables.site.c.key).join_from(tables.announcement, tables.site).order_by(_a.no)
    grouped: dict[str, list[Any]] = {}
    for row in connection.execute(question):
        grouped.setdefault(row.key, []).append(row)
    return {key: _maintenances(rows) for key, rows in grouped.items()}


def _maintenances(rows: Iterable[Any]) -> tuple[Maintenance, ...]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.maintenance, []).append(row)
    return tuple(
        Maintenance(key, tuple(map(_announcement, said)), tuple(json.loads(said[-1].components))) for key, said in grouped.items()
    )


def _announcement(row: Any) -> Announcement:
    impact = Impact[row.impact.replace("-", "_")]
    return Announcement(row.at, Span(row.since, row.until), Status(row.status), impact, row.agreed_by)
