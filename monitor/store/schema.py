"""The schema brought up to this program's: a copy first, then all steps in one transaction; a newer one is not touched."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store.engine import StoreTooNew, copied, reader_engine, synced_directory, writer_engine
from sla.span import Instant

_STEPS = Path(__file__).parent / "migrations" / "versions"


def program_version() -> int:
    """The newest schema this program knows."""
    return max(int(step.stem.split("_")[1]) for step in _STEPS.glob("step_*.py"))


def file_version(connection: Connection) -> int:
    """The schema of the database behind ``connection``; 0 is an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return 0
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return int(found) if found else 0


def upgraded(path: Path, now: Instant) -> None:
    """Bring the database at ``path`` to this program's schema. The caller holds the WriterLock.

    Raises StoreTooNew before anything is changed. An existing file is first copied to ``backup-<version>-<now>.db``.
    """
    found = _found(path)
    _refused_if_newer(found)
    if found == program_version():
        return
    if found:
        copied(path, path.with_name(f"backup-{found}-{now}.db"))
    engine = writer_engine(path)
    try:
        with engine.begin() as connection:
            stepped_up(connection)
    finally:
        engine.dispose()
    synced_directory(path.parent)


def _found(path: Path) -> int:
    if not path.exists():
        return 0
    engine = reader_engine(path)
    try:
        with engine.connect() as connection:
            return file_version(connection)
    finally:
        engine.dispose()


def _refused_if_newer(found: int) -> None:
    known = program_version()
    if found > known:
        raise StoreTooNew(f"database schema {found} is newer than this program ({known}); nothing changed")


def stepped_up(connection: Connection) -> None:
    """Take all steps that the database behind ``connection`` has not taken; the caller commits."""
    from alembic import command  # heavy, and needed only when there is something to do
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_STEPS.parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
