from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
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
    assert database.look(lambda c: chunks.streams_from(c, T0, 10)) == [1, 11]
    for first in (1, 11):
        assert write(lambda c, first=first: chunks.pack_streams(c, T0, range(first, first + 10))).result(10) == 3_600
    write(lambda c: chunks.mark(c, T0, later, 7_200)).result(10)
    assert [write(lambda c: chunks.drop_raw(c, later)).result(10) for _ in range(3)] == [5_000, 2_200, 0]
    stored = database.look(lambda c: chunks.packed(c, Span(T0, T0 + HOUR), [(check, 1) for check in range(1, 21)]))
    assert [kept_form(r) for r in stored] == sorted(kept_form(r) for r in kept)
    assert database.look(lambda c: chunks.packed_names(c, [kept[0].name, (T0 + 1, 1, 1)])) == {kept[0].name}
    database.close()


def test_a_late_look_merges_into_its_chunk_and_a_present_one_stands(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    write = database.writer.submit
    first = [look(T0 + i * MINUTE, 1) for i in range(60) if i != 30]
    write(lambda c: results.insert(c, first)).result(10)
    write(lambda c: chunks.pack_streams(c, T0, range(1, 51))).result(10)
    write(lambda c: chunks.mark(c, T0, T0 + 5 * HOUR, 59)).result(10)
    write(lambda c: c.execute(sa.delete(tables.result)).rowcount).result(10)
    late = [look(T0 + 30 * MINUTE, 1, down=True), look(T0, 1, down=True)]
    write(lambda c: (results.insert(c, late), chunks.touched(c, [r.slot for r in late]))).result(10)
    assert database.look(lambda c: chunks.hours_to_pack(c, T0 + 60 * HOUR)) == [T0]
    assert write(lambda c: chunks.pack_streams(c, T0, range(1, 51))).result(10) == 2
    packed = database.look(lambda c: chunks.packed(c, Span(T0, T0 + HOUR), [(1, 1)]))
    assert [r.state for r in packed if r.state is State.DOWN] == [State.DOWN]
    assert packed[30].cause is Cause.TCP_REFUSED
    database.close()


def test_bytes_a_row(tmp_path: Path) -> None:
    """Raw at most 21 bytes, packed at most 12: what a year costs is promised to operators."""
    database = Database(tmp_path, 0)
    write, checks, rounds = database.writer.submit, 1_000, 20
    size = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    used = lambda: database.look(lambda c: c.exec_driver_sql(size).scalar_one())  # noqa: E731
    empty, looks = used(), everyday_looks(checks, rounds)
    for first in range(0, len(looks), 50):
        write(lambda c, first=first: results.insert(c, looks[first : first + 50])).result(10)
    raw = (used() - empty) / len(looks)
    before = used()
    assert write(lambda c: chunks.pack_streams(c, T0, range(1, checks + 1))).result(60) == len(looks)
    packed = (used() - before) / len(looks)
    print(f"raw {raw:.1f} B, packed {packed:.1f} B a look")
    assert raw <= 21
    assert packed <= 12
    database.close()


def everyday_looks(checks: int, rounds: int) -> list[Result]:
    """Looks every 10 s in the order of their ends: some ms late, 20 to 500 ms long, one in fifty down."""
    chance, looks = Random(3), []
    for check in range(1, checks + 1):
        phase, usual = chance.randrange(100) * 100, 20 * 25 ** chance.random()
        for slot in range(T0 + phase, T0 + phase + rounds * 10_000, 10_000):
            took = min(usual * chance.lognormvariate(0, 0.3), 9_000)
            late = int(chance.expovariate(1 / 8))
            down = chance.random() < 0.02
            looks.append(
                Result(slot, check, 1, slot + late, took, State.DOWN if down else State.UP, Cause.DEADLINE if down else None)
            )
    return sorted(looks, key=lambda look: look.at + (look.took_ms or 0))


def test_an_hour_that_got_more_looks_after_its_packing_is_not_marked(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    write = database.writer.submit
    write(lambda c: results.insert(c, [look(T0, 1), look(T0, 2)])).result(10)
    packed = write(lambda c: chunks.pack_streams(c, T0, range(1, 51))).result(10)
    write(lambda c: results.insert(c, [look(T0 + 1, 1)])).result(10)
    with pytest.raises(ValueError, match="3 looks and 2 were packed"):
        write(lambda c: chunks.mark(c, T0, T0 + 5 * HOUR, packed)).result(10)
    assert write(lambda c: chunks.drop_raw(c, T0 + 60 * HOUR)).result(10) == 0
    database.close()


def test_history_is_whole_where_some_hours_are_packed_and_others_raw(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    write = database.writer.submit
    kept = [look(T0 + i * 10 * MINUTE, check) for i in range(24) for check in (1, 2)]
    write(lambda c: results.insert(c, kept)).result(10)
    for hour in (T0, T0 + 2 * HOUR):
        done = write(lambda c, hour=hour: chunks.pack_streams(c, hour, range(1, 51))).result(10)
        write(lambda c, hour=hour, done=done: chunks.mark(c, hour, hour, done)).result(10)
        write(lambda c, hour=hour: c.execute(sa.delete(tables.result).where(tables.result.c.slot == hour)).rowcount).result(10)
    span = Span(T0 + MINUTE, T0 + 3 * HOUR + 30 * MINUTE)
    found = database.look(lambda c: chunks.history(c, span, [(1, 1)]))
    assert [r.name for r in found] == [r.name for r in kept if r.check_no == 1 and r.slot in span]
    database.close()
