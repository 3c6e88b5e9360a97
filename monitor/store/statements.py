"""Statements as published. A version is never changed, and what is recorded after it never belongs to what it was made of."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.canonical import canonical
from sla.span import Instant

_s = tables.statement.c
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issued:
    """One version of the statement of ``site`` (its key) for ``period``, a month or ``<first date>..<last date>``.

    ``content`` is canonical JSON, byte for byte as it was published; ``deltas`` say what made it another than the version
    before, each a JSON object. ``about`` is what people called the site and its parts then, and when certificates end.
    """

    site: str
    period: str
    version: int
    as_of: Instant
    issued_at: Instant
    issued_by: str
    engine: str
    tzdata: str
    input_sha256: str
    content: bytes
    deltas: Sequence[Mapping[str, Any]] = ()
    about: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    @property
    def document(self) -> dict[str, Any]:
        """The content as a value."""
        return dict(json.loads(self.content))


def append(connection: Connection, site_no: int, issued: Issued) -> None:
    """Keep a version. Raises IntegrityError if there is one of this number."""
    row = {
        "recorded_at": issued.issued_at,
        "site_no": site_no,
        "period": issued.period,
        "version": issued.version,
        "as_of": issued.as_of,
        "issued_by": issued.issued_by,
        "engine": issued.engine,
        "tzdata": issued.tzdata,
        "input_sha256": issued.input_sha256,
        "content": zlib.compress(issued.content, zlib.Z_BEST_COMPRESSION),
        "deltas": canonical(list(issued.deltas)),
        "about": canonical(dict(issued.about)),
    }
    connection.execute(sa.insert(tables.statement), [row])


def versions(connection: Connection, site: str, period: str) -> tuple[Issued, ...]:
    """All versions of one statement, in order."""
    return tuple(_found(connection, sa.and_(tables.site.c.key == site, _s.period == period)))


def every(connection: Connection, site: str | None = None) -> Iterator[Issued]:
    """All of ``site``, or of all sites, by site, period and version; one is held at a time."""
    return _found(connection, sa.true() if site is None else tables.site.c.key == site)


def months(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The months that were published of each site, in order."""
    question = sa.select(tables.site.c.key, _s.period).join_from(tables.statement, tables.site).where(~_s.period.contains(".."))
    found: dict[str, list[str]] = {}
    for row in connection.execute(question.distinct().order_by(tables.site.c.key, _s.period)):
        found.setdefault(row.key, []).append(row.period)
    return {site: tuple(periods) for site, periods in found.items()}


def newest(connection: Connection, since: Instant) -> list[tuple[str, str, int]]:
    """Site, period and number of each newest version that was published after ``since``."""
    newest_ = sa.func.max(_s.version).label("version")
    question = sa.select(tables.site.c.key, _s.period, newest_).join_from(tables.statement, tables.site)
    grouped = question.group_by(tables.site.c.key, _s.period).having(sa.func.max(_s.recorded_at) > since)
    return [(row.key, row.period, row.version) for row in connection.execute(grouped.order_by(tables.site.c.key, _s.period))]


def numbers(connection: Connection, since: Instant) -> list[tuple[str, str, int]]:
    """Site, period and number of each version that was published after ``since``, the newest first."""
    question = sa.select(tables.site.c.key, _s.period, _s.version).join_from(tables.statement, tables.site)
    found = connection.execute(question.where(_s.recorded_at > since).order_by(_s.recorded_at.desc(), tables.site.c.key))
    return [(row.key, row.period, row.version) for row in found]


def after_published(connection: Connection, recorded_at: Instant) -> Instant:
    """``recorded_at``, or just after the newest instant as of which anything was published.

    A statement as of an instant says the same for ever. So nothing is recorded at or before that instant afterwards, even
    if it waited for the writer meanwhile, or the clock was set back.
    """
    newest = connection.execute(sa.select(sa.func.max(_s.as_of))).scalar()
    return recorded_at if newest is None else max(recorded_at, newest + 1)


def _found(connection: Connection, which: sa.ColumnElement[bool]) -> Iterator[Issued]:
    question = sa.select(tables.statement, tables.site.c.key).join_from(tables.statement, tables.site).where(which)
    for row in connection.execute(question.order_by(tables.site.c.key, _s.period, _s.version)):
        yield Issued(
            row.key,
            row.period,
            row.version,
            row.as_of,
            row.recorded_at,
            row.issued_by,
            row.engine,
            row.tzdata,
            row.input_sha256,
            zlib.decompress(row.content),
            tuple(json.loads(row.deltas)),
            json.loads(row.about),
        )
