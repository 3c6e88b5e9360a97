"""What tools may read of published statements: every version, one whole with its differences, and each of its files."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy.engine import Connection

from monitor.desk.nouns import Json, Question, Rows
from monitor.statement_shelf import Shelf
from monitor.store import statements
from monitor.store.statements import Issued
from sla.texts import instant_text


@dataclass(frozen=True, slots=True)
class Download:
    """A file as it was made when the version was published."""

    name: str
    content: bytes


def every_statement(connection: Connection, asked: Question) -> Rows:
    """Every version of every published statement: what it covers, when and by whom it was published, what came out."""
    found = [{**_line(one), "result": one.document["result"]} for one in statements.every(connection, asked.values["site"])]
    return sorted(found, key=lambda one: (one["as_of"], one["id"]), reverse=True)


def statement_version(connection: Connection, asked: Question) -> Json | None:
    """One version: what was published, what made it another than the one before, and its files."""
    one = _asked(connection, asked)
    if one is None:
        return None
    return {
        **_line(one),
        "issued_at": instant_text(one.issued_at),
        "content_sha256": sha256(one.content).hexdigest(),
        "deltas": [dict(delta) for delta in one.deltas],
        "statement": one.document,
        "about": dict(one.about),
        "files": [{"name": path.name, "bytes": path.stat().st_size} for path in _files(asked, one)],
    }


def statement_file(connection: Connection, asked: Question) -> Download | None:
    """One of the files of a version; None also while they are not made yet."""
    one = _asked(connection, asked)
    found = {path.name: path for path in (_files(asked, one) if one else ())}.get(asked.values["name"])
    return None if found is None else Download(found.name, found.read_bytes())


def _asked(connection: Connection, asked: Question) -> Issued | None:
    site, period, version = (asked.values[name] for name in ("site", "period", "version"))
    return next((one for one in statements.versions(connection, site, period) if str(one.version) == version), None)


def _files(asked: Question, one: Issued) -> list[Path]:
    folder = Shelf(asked.configuration.data).folder(one.site, one.period, one.version)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _line(one: Issued) -> Json:
    return {
        "id": f"{one.site}/{one.period}/{one.version}",
        "site": one.site,
        "period": one.period,
        "version": one.version,
        "as_of": instant_text(one.as_of),
        "issued_by": one.issued_by,
    }
