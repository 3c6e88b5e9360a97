"""Tables that only grow: triggers refuse every change and removal of a row, whoever asks."""

from __future__ import annotations

from alembic import op


def guarded(table: str, key: str) -> None:
    """Let rows of ``table``, whose primary key is ``key``, be added and nothing else."""
    if op.get_context().dialect.name == "postgresql":
        _on_postgresql(table)
    else:
        _on_sqlite(table, key)


def _on_sqlite(table: str, key: str) -> None:
    """REPLACE deletes without asking the trigger of a connection that did not turn recursive triggers on: so ask before it."""
    refusal = f"SELECT RAISE(ABORT, '{table} is append-only')"
    op.execute(f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} BEGIN {refusal}; END")
    op.execute(f"CREATE TRIGGER {table}_remains BEFORE DELETE ON {table} BEGIN {refusal}; END")
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608 - the names are constants of the steps
    op.execute(f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN {taken} BEGIN {refusal}; END")


def _on_postgresql(table: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    call = "EXECUTE FUNCTION append_only()"
    op.execute(f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {call}")
    op.execute(f"CREATE TRIGGER {table}_remains BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}")
