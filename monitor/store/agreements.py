"""What was promised and what a site is made of, as the configuration said it: a row whenever it says something new.

Of rows with one version of an agreement the one recorded last stands. Bodies are members of the public case format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.statements import after_published
from sla import writing
from sla.agreement import Agreement
from sla.canonical import canonical
from sla.span import Instant

_a, _m = tables.agreement.c, tables.makeup.c


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a site's agreement; ``body`` is the member ``agreement`` of a case, every member written out."""

    version: str
    effective_from: Instant | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Makeup:
    """What a site was made of from ``recorded_at`` on, as told by ``keep_makeup``."""

    recorded_at: Instant
    body: Mapping[str, Any]


def keep(connection: Connection, site_no: int, agreements: Sequence[Agreement], recorded_at: Instant) -> tuple[str, ...]:
    """Keep the versions that say something else than what stands; their names."""
    known = {version.version: canonical(version.body) for version in versions(connection, site_no)}
    fresh = [one for one in agreements if known.get(one.version) != canonical(writing.agreement(one))]
    recorded_at = after_published(connection, recorded_at)
    rows = [
        {
            "recorded_at": recorded_at,
            "site_no": site_no,
            "version": one.version,
            "effective_from": one.effective_from,
            "body": canonical(writing.agreement(one)),
        }
        for one in fresh
    ]
    if rows:
        connection.execute(sa.insert(tables.agreement), rows)
    return tuple(one.version for one in fresh)


def versions(connection: Connection, site_no: int, as_of: Instant | None = None) -> tuple[Version, ...]:
    """The versions known at ``as_of`` (None: now) in the order in which they take effect.

    Before anything was recorded the first recording stands: no time is without an agreement.
    """
    rows = connection.execute(sa.select(tables.agreement).where(_a.site_no == site_no).order_by(_a.no)).all()
    known = [row for row in rows if as_of is None or row.recorded_at <= as_of]
    if rows and not known:
        known = [row for row in rows if row.recorded_at == rows[0].recorded_at]
    standing = {row.version: Version(row.version, row.effective_from, json.loads(row.body)) for row in known}
    return tuple(sorted(standing.values(), key=lambda one: -1 if one.effective_from is None else one.effective_from))


def keep_makeup(connection: Connection, site_no: int, body: Mapping[str, Any], recorded_at: Instant) -> bool:
    """Keep what a site is made of, if that is new."""
    text = canonical(dict(body))
    newest = sa.select(_m.body).where(_m.site_no == site_no).order_by(_m.no.desc()).limit(1)
    if connection.execute(newest).scalar() == text:
        return False
    row = {"recorded_at": after_published(connection, recorded_at), "site_no": site_no, "body": text}
    connection.execute(sa.insert(tables.makeup), [row])
    return True


def makeups(connection: Connection, site_no: int, as_of: Instant | None = None) -> tuple[Makeup, ...]:
    """What the site was made of, oldest first, up to and with ``as_of``; the first always stands."""
    rows = connection.execute(sa.select(tables.makeup).where(_m.site_no == site_no).order_by(_m.no)).all()
    known = [row for place, row in enumerate(rows) if place == 0 or as_of is None or row.recorded_at <= as_of]
    return tuple(Makeup(row.recorded_at, json.loads(row.body)) for row in known)
