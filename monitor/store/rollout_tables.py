"""The tables of rollouts and releases. Append-only: triggers refuse every change of a row."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from monitor.store.tables import metadata

_SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _fact() -> tuple[Column[int], Column[int]]:
    return Column("no", _SERIAL, primary_key=True), Column("recorded_at", BigInteger, nullable=False)


rollout_step = Table(
    "rollout_step",
    metadata,
    *_fact(),
    Column("rollout", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("wave", Integer),
    Column("plan", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("rollout_step_by_rollout", "rollout", "no"),
)
release_note = Table(
    "release_note",
    metadata,
    *_fact(),
    Column("version", Text, nullable=False),
    Column("date", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("rollout", Text),
    Column("public", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("told", Boolean),
    Index("release_note_by_version", "version", "no"),
)
