"""The chain of deeds: any change of any row is found, and the rows can't be changed by the common ways."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from monitor.store import audit, tables
from monitor.store.audit import Actor, Entry, Head, Verified
from monitor.store.database import Database

ROWS = 60
TAMPERINGS = 1_000
TEXTS = ("actor", "auth_method", "action", "object", "body", "evidence")
ADA = Actor("Ada", "token")


def write(database: Database, count: int) -> Head:
    def work(connection: sa.Connection) -> Head:
        head = audit.head(connection)
        for no in range(count):
            body = {"number": no, "words": f"décidé nº {no}", "none": None}
            head = audit.append(connection, 1_000 + no, Entry(ADA, "exclusion.approved", f"X-{no}", body, (f"ticket:{no}",)))
        return head

    return database.writer.submit(work).result(30)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path, 0)
    yield database
    database.close()


def test_an_untouched_chain_is_sound_and_its_head_is_the_newest_row(database: Database) -> None:
    head = write(database, 3)
    assert database.look(audit.verified) == Verified(3, head)
    assert str(head).startswith("3:")
    assert database.look(audit.head) == head


def test_the_hash_is_the_one_that_the_manual_tells(database: Database) -> None:
    """Recomputed here from the text of the manual alone."""
    import json
    from hashlib import sha256

    write(database, 2)
    rows = database.look(lambda c: [row._mapping for row in c.execute(sa.select(tables.audit).order_by(tables.audit.c.seq))])
    prev = bytes(32)
    for row in rows:
        said = {name: row[name] for name in ("seq", "at", *TEXTS)}
        text = json.dumps(dict(sorted(said.items())), separators=(",", ":"), ensure_ascii=False).encode()
        assert row["prev"] == prev
        prev = row["hash"]
        assert prev == sha256(b"threenines-audit-1\0" + row["prev"] + len(text).to_bytes(8, "big") + text).digest()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET at = at + 1 WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT seq, at, 'x', auth_method, action, object, body, evidence, prev, hash FROM audit",
    ],
)
@pytest.mark.parametrize("pragma", ["recursive_triggers=ON", "recursive_triggers=OFF"])
def test_no_statement_changes_or_removes_a_row(database: Database, statement: str, pragma: str) -> None:
    head = write(database, 3)
    stranger = sqlite3.connect(database.path, isolation_level=None)
    stranger.execute(f"PRAGMA {pragma}")
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        stranger.execute(statement)
    stranger.close()
    assert database.look(audit.verified) == Verified(3, head)


@pytest.mark.parametrize(
    "table", ["change", "doubt", "agreement", "makeup", "exclusion", "exclusion_step", "announcement", "statement"]
)
def test_what_people_decided_only_grows(database: Database, table: str) -> None:
    columns = tables.metadata.tables[table].columns
    row = {column.name: b"" if isinstance(column.type, sa.LargeBinary) else 1 for column in columns}
    database.writer.submit(lambda c: c.execute(sa.insert(tables.site), [{"no": 1, "key": "acme"}]).rowcount).result(10)
    if table == "exclusion_step":
        filled = {column.name: 1 for column in tables.exclusion.columns}
        database.writer.submit(lambda c: c.execute(sa.insert(tables.exclusion), [filled]).rowcount).result(10)
    database.writer.submit(lambda c: c.execute(sa.insert(tables.metadata.tables[table]), [row]).rowcount).result(10)
    for statement in (f"UPDATE {table} SET recorded_at = 2", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"):
            database.writer.submit(lambda c, text=statement: c.execute(sa.text(text)).rowcount).result(10)


Tampering = Callable[[sqlite3.Connection, random.Random], None]


def _some(draw: random.Random) -> int:
    return draw.randint(1, ROWS - 1)


def flip_a_byte(db: sqlite3.Connection, draw: random.Random) -> None:
    seq, column = _some(draw), draw.choice((*TEXTS, "prev", "hash"))
    value = db.execute(f"SELECT CAST({column} AS BLOB) FROM audit WHERE seq = ?", (seq,)).fetchone()[0]
    place = draw.randrange(len(value))
    changed = value[:place] + bytes([value[place] ^ (1 << draw.randrange(8))]) + value[place + 1 :]
    kept: Any = changed
    if column in TEXTS:
        kept = changed.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
    db.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", (kept, seq))


def change_a_time(db: sqlite3.Connection, draw: random.Random) -> None:
    db.execute("UPDATE audit SET at = at + ? WHERE seq = ?", (draw.choice((-1, 1, 86_400_000)), _some(draw)))


def swap_two_rows(db: sqlite3.Connection, draw: random.Random) -> None:
    one, other = draw.sample(range(1, ROWS + 1), 2)
    for old, new in ((one, -1), (other, one), (-1, other)):
        db.execute("UPDATE audit SET seq = ? WHERE seq = ?", (new, old))


def delete_a_row(db: sqlite3.Connection, draw: random.Random) -> None:
    db.execute("DELETE FROM audit WHERE seq = ?", (_some(draw),))


def delete_a_row_and_close_the_gap(db: sqlite3.Connection, draw: random.Random) -> None:
    seq = _some(draw)
    db.execute("DELETE FROM audit WHERE seq = ?", (seq,))
    for later in range(seq + 1, ROWS + 1):
        db.execute("UPDATE audit SET seq = seq - 1 WHERE seq = ?", (later,))


def insert_a_row(db: sqlite3.Connection, draw: random.Random) -> None:
    seq = _some(draw)
    for later in range(ROWS, seq - 1, -1):
        db.execute("UPDATE audit SET seq = seq + 1 WHERE seq = ?", (later,))
    columns = "at, actor, auth_method, action, object, body, evidence, prev, hash"
    db.execute(f"INSERT INTO audit SELECT ?, {columns} FROM audit WHERE seq = ?", (seq, seq + 1))


def cut_out_the_middle(db: sqlite3.Connection, draw: random.Random) -> None:
    first, last = sorted(draw.sample(range(1, ROWS), 2))
    db.execute("DELETE FROM audit WHERE seq BETWEEN ? AND ?", (first, last))


def rename_the_actor(db: sqlite3.Connection, draw: random.Random) -> None:
    db.execute("UPDATE audit SET actor = 'Ben' WHERE seq = ?", (_some(draw),))


def change_a_type(db: sqlite3.Connection, draw: random.Random) -> None:
    db.execute("UPDATE audit SET body = CAST(body AS BLOB) WHERE seq = ?", (_some(draw),))


TAMPERS: tuple[Tampering, ...] = (
    *(flip_a_byte,) * 4,
    change_a_time,
    swap_two_rows,
    delete_a_row,
    delete_a_row_and_close_the_gap,
    insert_a_row,
    cut_out_the_middle,
    rename_the_actor,
    change_a_type,
)


def test_1000_of_1000_tamperings_are_found(database: Database) -> None:
    """By somebody who can write the file and took the triggers away; each from the untouched chain."""
    head = write(database, ROWS)
    database.close()
    db = sqlite3.connect(database.path, isolation_level=None)
    for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {trigger}")
    columns = "seq, at, actor, auth_method, action, object, body, evidence, prev, hash"
    question = f"SELECT {columns} FROM audit ORDER BY seq"
    before = db.execute(question).fetchall()
    assert audit.check(before) == Verified(ROWS, head)
    missed = []
    for seed in range(TAMPERINGS):
        draw = random.Random(seed)
        tamper = draw.choice(TAMPERS)
        db.execute("BEGIN")
        tamper(db, draw)
        after = db.execute(question).fetchall()
        db.execute("ROLLBACK")
        found = audit.check(after)
        first = next(no for no, (old, new) in enumerate(zip(before, after, strict=False), 1) if old != new)
        if found.bad_seq is None or found.bad_seq != first or not found.reason:
            missed.append((seed, tamper.__name__, found, first))
    db.close()
    assert missed == []
