"""Small numbers for names, given once and kept for ever; and every version of what a check was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.config.configuration import Check, Configuration, Site
from monitor.store import tables
from sla.span import Instant


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The numbers: of sites and locations by key, of components and checks by (site key, own key)."""

    sites: Mapping[str, int]
    components: Mapping[tuple[str, str], int]
    checks: Mapping[tuple[str, str], int]
    locations: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CheckVersion:
    """What a check was from ``since`` on; ``config`` is canonical JSON and holds no secret."""

    check_no: int
    since: Instant
    component_no: int
    config: str


def read(connection: Connection) -> Catalogue:
    """Every number ever given."""
    return Catalogue(
        _plain(connection, tables.site),
        _within_sites(connection, tables.component),
        _within_sites(connection, tables.check_def),
        _plain(connection, tables.location),
    )


def site_no(connection: Connection, key: str) -> int | None:
    """The number of one site; None if it never had one."""
    found: int | None = connection.execute(sa.select(tables.site.c.no).where(tables.site.c.key == key)).scalar()
    return found


def site_nos(connection: Connection) -> dict[str, int]:
    """The numbers of all sites by key."""
    return _plain(connection, tables.site)


def location_nos(connection: Connection) -> list[int]:
    """The numbers of all locations that ever were."""
    return list(connection.execute(sa.select(tables.location.c.no)).scalars())


def enlist(connection: Connection, configuration: Configuration, at: Instant) -> Catalogue:
    """Number what has no number yet and keep the versions of checks that changed, valid from ``at``."""
    locations = {*configuration.vantages, *(name for site in configuration.sites for c in site.checks for name in c.locations)}
    _number(connection, tables.location, locations)
    _number(connection, tables.site, (site.key for site in configuration.sites))
    numbers = _plain(connection, tables.site)
    for site in configuration.sites:
        _number(connection, tables.component, (c.key for c in site.components), numbers[site.key])
        _number(connection, tables.check_def, (c.key for c in site.checks), numbers[site.key])
    catalogue = read(connection)
    _keep_versions(connection, configuration.sites, catalogue, at)
    return catalogue


def versions(connection: Connection, check_no: int) -> tuple[CheckVersion, ...]:
    """All versions of one check, oldest first."""
    t = tables.check_version
    rows = connection.execute(sa.select(t).where(t.c.check_no == check_no).order_by(t.c.since))
    return tuple(CheckVersion(row.check_no, row.since, row.component_no, row.config) for row in rows)


def check_json(check: Check) -> str:
    """``check`` as canonical JSON. Secrets appear as the references that the configuration holds."""
    plain = {**_plain_value(check), "kind": check.probe.kind}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):  # what a value derives for itself is no configuration
        return {f.name: _plain_value(getattr(value, f.name)) for f in fields(value) if f.init}
    if isinstance(value, Mapping):
        return {str(key): _plain_value(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain_value(item) for item in value), key=str)
    if isinstance(value, tuple | list):
        return [_plain_value(item) for item in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def _plain(connection: Connection, table: sa.Table) -> dict[str, int]:
    return {row.key: row.no for row in connection.execute(sa.select(table.c.key, table.c.no))}


def _within_sites(connection: Connection, table: sa.Table) -> dict[tuple[str, str], int]:
    joined = sa.select(tables.site.c.key, table.c.key, table.c.no).join_from(table, tables.site)
    return {(site, key): no for site, key, no in connection.execute(joined)}


def _number(connection: Connection, table: sa.Table, keys: Iterable[str], site_no: int | None = None) -> None:
    question = sa.select(table.c.key)
    if site_no is not None:
        question = question.where(table.c.site_no == site_no)
    known = set(connection.execute(question).scalars())
    place = {} if site_no is None else {"site_no": site_no}
    rows = [{"key": key, **place} for key in sorted(set(keys) - known)]
    if rows:
        connection.execute(sa.insert(table), rows)


def _keep_versions(connection: Connection, sites: Iterable[Site], catalogue: Catalogue, at: Instant) -> None:
    t = tables.check_version
    latest = {row.check_no: row for row in connection.execute(sa.select(t).order_by(t.c.check_no, t.c.since))}
    rows = []
    for site in sites:
        for check in site.checks:
            no, component = catalogue.checks[site.key, check.key], catalogue.components[site.key, check.component]
            before, config = latest.get(no), check_json(check)
            if before is None or (before.component_no, before.config) != (component, config):
                rows.append({"check_no": no, "since": _after(before, at), "component_no": component, "config": config})
    if rows:
        connection.execute(sa.insert(t), rows)


def _after(before: Any, at: Instant) -> Instant:
    """``at``, or 1 ms after the last version if the clock was set back."""
    return at if before is None else max(at, before.since + 1)
