from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from monitor.ports import Result
from monitor.store import chunks, results, tables
from monitor.store.database import Database
from monitor.store.packing import kept_form
from sla.span import HOUR, MINUTE, Span
from sla.state import Cause, State

T0 = 1_764_000_000_000 // HOUR * HOUR


def look(slot: int, check: int, down: bool = False) -> Result:
    return Result(slot, check, 1, slot + 4, 20.5, State.DOWN if down else State.UP, Cause.TCP_REFUSED if down else None)


def test_raw_rows_go_only_when_packed_and_the_looks_stay(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    write = database.writer.submit
    kept = [look(T0 + i * 10_000 + 100, check, i % 50 == 0) for i in range(360) for check in range(1, 21)]
    write(lambda c: results.insert(c, kept)).result(10)
    later = T0 + 60 * HOUR
    assert write(lambda c: chunks.drop_raw(c, later)).result(10) == 0
    assert database.look(lambda c: chunks.hours_to_pack(c, later)) == [T0]
    assert database.look(lambda c: chunks.checks_from(c, T0, 10)) == [1, 11]
    for first in (1, 11):
        assert write(lambda c, first=first: chunks.pack_checks(c, T0, range(first, first + 10))).result(10) == 3_600
    write(lambda c: chunks.mark(c, T0, later)).result(10)
    assert [write(lambda c: chunks.drop_raw(c, later)).result(10) for _ in range(3)] == [5_000, 2_200, 0]
    stored = database.look(lambda c: chunks.packed(c, Span(T0, T0 + HOUR)))
    assert [kept_form(r) for r in stored] == sorted(kept_form(r) for r in kept)
    assert database.look(lambda c: chunks.packed_names(c, [kept[0].name, (T0 + 1, 1, 1)])) == {kept[0].name}
    database.close()


def test_a_late_look_merges_into_its_chunk_and_a_present_one_stands(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    write = database.writer.submit
    first = [look(T0 + i * MINUTE, 1) for i in range(60) if i != 30]
    write(lambda c: results.insert(c, first)).result(10)
    write(lambda c: chunks.pack_checks(c, T0, range(1, 51))).result(10)
    write(lambda c: chunks.mark(c, T0, T0 + 5 * HOUR)).result(10)
    write(lambda c: c.execute(sa.delete(tables.result)).rowcount).result(10)
    late = [look(T0 + 30 * MINUTE, 1, down=True), look(T0, 1, down=True)]
    write(lambda c: (results.insert(c, late), chunks.touched(c, [r.slot for r in late]))).result(10)
    assert database.look(lambda c: chunks.hours_to_pack(c, T0 + 60 * HOUR)) == [T0]
    assert write(lambda c: chunks.pack_checks(c, T0, range(1, 51))).result(10) == 60
    packed = database.look(lambda c: chunks.packed(c, Span(T0, T0 + HOUR), (1, 1)))
    assert [r.state for r in packed if r.state is State.DOWN] == [State.DOWN]
    assert packed[30].cause is Cause.TCP_REFUSED
    database.close()


def test_bytes_a_row(tmp_path: Path) -> None:
    """Raw at most 25 bytes, packed at most 12: what a year costs is promised to operators."""
    database = Database(tmp_path, 0)
    write, checks, rounds = database.writer.submit, 500, 200
    size = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    used = lambda: database.look(lambda c: c.exec_driver_sql(size).scalar_one())  # noqa: E731
    empty = used()
    for i in range(rounds):
        group = [look(T0 + i * 10_000 + check * 10, check) for check in range(1, checks + 1)]
        write(lambda c, group=group: results.insert(c, group)).result(10)
    raw = (used() - empty) / (checks * rounds)
    before = used()
    write(lambda c: chunks.pack_checks(c, T0, range(1, checks + 1))).result(60)
    packed = (used() - before) / (checks * rounds)
    print(f"raw {raw:.1f} B, packed {packed:.1f} B a look")
    assert raw <= 25
    assert packed <= 12
    database.close()
