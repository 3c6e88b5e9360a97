"""Releases as they were published: every edition of their notes, for ever; and when each site gets one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import maintenance, rollouts
from monitor.store.rollout_tables import release_note
from reports.release_note import Mistaken, ReleaseNote, read
from sla.maintenance import Status
from sla.span import Instant, Span

SHOWN = 24
"""Releases on a page: more than a year of a train of 21 days. The API has them all."""
_r = release_note.c
_STANDS = frozenset({Status.TENTATIVE, Status.CONFIRMED, Status.IN_PROCESS, Status.COMPLETED})


@dataclass(frozen=True, slots=True)
class Edition:
    """The notes of a release as ``person`` published them; ``text`` is the file. ``told``: readers get a mail of it."""

    at: Instant
    text: str
    person: str
    note: ReleaseNote
    told: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """One release by its version with all editions of its notes, oldest first, at least one."""

    version: str
    editions: tuple[Edition, ...]

    @property
    def note(self) -> ReleaseNote:
        """The notes that stand."""
        return self.editions[-1].note

    @property
    def published_at(self) -> Instant:
        """When it was first told of."""
        return self.editions[0].at


@dataclass(frozen=True, slots=True)
class SiteDate:
    """When a site gets a release: in which wave and window; None as long as that was not announced."""

    wave: int | None = None
    span: Span | None = None


def append(connection: Connection, edition: Edition) -> None:
    """Keep one more edition."""
    note = edition.note
    row = {
        "recorded_at": edition.at,
        "version": note.version,
        "date": note.date.isoformat(),
        "title": note.title,
        "rollout": note.rollout,
        "public": note.public,
        "body": edition.text,
        "person": edition.person,
        "told": edition.told,
    }
    connection.execute(sa.insert(release_note), [row])


def find(connection: Connection, version: str) -> Release | None:
    """One release by its version."""
    found = _read(connection, _r.version == version)
    return found[0] if found else None


def every(connection: Connection) -> tuple[Release, ...]:
    """All of them, in the order first published."""
    return _read(connection, sa.true())


def newest(connection: Connection) -> tuple[Release, ...]:
    """The last that were first published, as many as pages show."""
    first = sa.select(sa.func.min(_r.no)).group_by(_r.version).order_by(sa.func.min(_r.no).desc()).limit(SHOWN)
    versions = connection.execute(sa.select(_r.version).where(_r.no.in_(first.scalar_subquery()))).scalars().all()
    return _read(connection, _r.version.in_(versions)) if versions else ()


def told_since(connection: Connection, at: Instant) -> tuple[Release, ...]:
    """Those of which readers were to be told anything at ``at`` or later."""
    versions = connection.execute(sa.select(_r.version).distinct().where(_r.recorded_at >= at, _r.told)).scalars().all()
    return _read(connection, _r.version.in_(versions)) if versions else ()


def dates(connection: Connection, note: ReleaseNote) -> dict[str, SiteDate] | None:
    """By site (key) when it gets the release; None: no rollout is named, so nobody can tell of any."""
    rollout = rollouts.find(connection, note.rollout) if note.rollout else None
    if rollout is None:
        return None
    plans = maintenance.several(connection, [keys[-1] for wave in rollout.plan.waves for _, keys in wave.windows])
    found = {}
    for number, wave in enumerate(rollout.plan.waves, 1):
        for site, keys in wave.windows:
            last = plans[keys[-1]].last
            found[site] = SiteDate(number, last.span) if last.status in _STANDS else SiteDate()
    return found


def _read(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Release, ...]:
    found: dict[str, list[Edition]] = {}
    for row in connection.execute(sa.select(release_note).where(which).order_by(_r.no)):
        found.setdefault(row.version, []).append(_edition(row))
    return tuple(Release(version, tuple(editions)) for version, editions in found.items())


def _edition(row: Any) -> Edition:
    note = read(row.body)
    assert not isinstance(note, Mistaken), "what was published was read before"
    return Edition(row.recorded_at, row.body, row.person, note, bool(row.told))
