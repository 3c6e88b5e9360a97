"""The tables of rollouts and releases. Append-only: triggers refuse every change of a row."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from monitor.store.columns import metadata, recorded

rollout_step = Table(
    "rollout_step",
    metadata,
    *recorded(),
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
    *recorded(),
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
