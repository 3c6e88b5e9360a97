from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa

from monitor.bus.local import LocalEvents, LocalSink
from monitor.config.configuration import Check
from monitor.intake import QUEUE_ROWS, Intake, rule_of
from monitor.metrics.own import REJECTIONS
from monitor.ports import Busy, Result
from monitor.store import changes, results, tables
from monitor.store.database import Database
from monitor.store.engine import StoreFailed
from monitor.store.recall import samples
from monitor.watch.clockstep import ClockStep
from probes.probe import Notice
from sla.span import END_OF_TIME, Instant, Span
from sla.state import Cause, State
from sla.timeline import Change, Timeline, derive

T0 = 1_764_000_000_000
MINUTE = 60_000


@dataclass(frozen=True)
class Plan:
    check_no: int
    check: Check


class Count:
    def __init__(self) -> None:
        self.kept = self.absorbed = 0
        self.reasons: list[str] = []

    def stored(self, count: int, duplicates: int, commit_s: float) -> None:
        self.kept += count
        self.absorbed += duplicates

    def rejected(self, reasons: Sequence[str]) -> None:
        self.reasons += reasons


class Bench:
    """A store and an intake over it, with a clock that is set by hand."""

    def __init__(self, data: Path) -> None:
        self.data, self.now = data, T0
        self.check = Check("c", "web", None, MINUTE, 10_000)  # type: ignore[arg-type]
        self.open()

    def open(self) -> None:
        self.database, self.events, self.count = Database(self.data, self.now), LocalEvents(), Count()
        self.intake = Intake(self.database, self.events, lambda: self.now, self.count)

    async def start(self) -> Bench:
        await self.intake.watch([Plan(1, self.check), Plan(2, self.check)])
        return self

    async def again(self) -> None:
        await self.stop()
        self.open()
        await self.start()

    async def stop(self) -> None:
        await self.intake.close()
        self.database.close()

    def timeline(self, as_of: Instant | None = None) -> Timeline:
        return self.database.look(lambda c: changes.timeline(c, (1, 1), as_of))


def looks(pattern: str, start: Instant = T0) -> list[Result]:
    """One look a minute: U up, D down, G degraded, E our own error, a dot none."""
    kinds = {"U": (State.UP, None), "D": (State.DOWN, Cause.TCP_REFUSED), "G": (State.DEGRADED, Cause.SLOW)}
    kinds["E"] = (State.UNKNOWN, Cause.VANTAGE_BLIND)
    return [
        Result(start + i * MINUTE, 1, 1, start + i * MINUTE + 3, 12.3, *kinds[letter])
        for i, letter in enumerate(pattern)
        if letter != "."
    ]


@pytest.fixture
async def bench(tmp_path: Path):  # type: ignore[no-untyped-def]
    bench = await Bench(tmp_path).start()
    yield bench
    await bench.stop()


PATTERN = "UUUUDDDDUUUDU....DDDGGGUDEEEEEUUDDDGUUUU"


async def test_the_rows_say_what_the_looks_say_and_repeats_are_absorbed(bench: Bench) -> None:
    given = looks(PATTERN)
    for look in given:
        await bench.intake.take([look])
    await LocalSink(bench.intake).deliver(given)
    assert (bench.count.kept, bench.count.absorbed) == (len(given), len(given))
    await bench.intake.silence(T0 + 60 * MINUTE)
    assert bench.timeline() == derive(samples(given), rule_of(bench.check))


async def test_a_restart_anywhere_changes_nothing(bench: Bench) -> None:
    given = looks(PATTERN)
    for place, look in enumerate(given):
        await bench.intake.take([look])
        if place % 3 == 0:
            before = bench.intake.live[1, 1].state
            await bench.again()
            assert bench.intake.live[1, 1].state is before
    await bench.intake.silence(T0 + 60 * MINUTE)
    assert bench.timeline() == derive(samples(given), rule_of(bench.check))


async def test_a_late_look_changes_history_but_not_what_is_shown(bench: Bench) -> None:
    given = looks("UUUUDDDDUUUUUU")
    late, in_time = given[5], given[:5] + given[6:12]
    await bench.intake.take(in_time)
    bench.now = T0 + 20 * MINUTE
    shown, listener = bench.intake.live[1, 1].state, bench.events.listen()
    await bench.intake.take([late])
    assert bench.intake.live[1, 1].state is shown
    await bench.intake.take(given[12:])
    await bench.intake.silence(T0 + 60 * MINUTE)
    assert bench.timeline() == derive(samples(given), rule_of(bench.check))
    assert (await listener.next())[-1].state is State.UNKNOWN
    assert bench.timeline(T0) == bench.timeline(T0 + 19 * MINUTE)


async def test_silence_makes_unknown_and_is_told(bench: Bench) -> None:
    listener = bench.events.listen()
    await bench.intake.take(looks("UUU"))
    await bench.intake.silence(T0 + 2 * MINUTE + 129_000)
    assert bench.intake.live[1, 1].state is State.UP
    await bench.intake.silence(T0 + 2 * MINUTE + 131_000)
    assert bench.intake.live[1, 1].state is State.UNKNOWN
    assert [event.state for event in await listener.next()] == [State.UP, State.UNKNOWN]


async def test_a_bad_row_does_not_hold_up_the_others(bench: Bench) -> None:
    bad = Result(T0, 1, 1, T0, 1.0, State.UP, Cause.TCP_REFUSED)
    stranger = Result(T0, 99, 1, T0, 1.0, State.UP)
    await bench.intake.take([bad, stranger, *looks("UU", T0 + MINUTE)])
    codes = bench.database.look(lambda c: list(c.execute(sa.select(tables.rejected.c.code)).scalars()))
    assert (bench.count.kept, codes, bench.intake.rejected) == (2, ["cause", "unknown_check"], 2)
    assert sorted(bench.count.reasons) == sorted(REJECTIONS)


async def test_senders_that_come_together_share_a_commit(bench: Bench) -> None:
    await asyncio.gather(*(bench.intake.take([look]) for look in looks("U" * 40)))
    assert bench.count.kept == 40


async def test_a_full_queue_takes_nothing(bench: Bench) -> None:
    with pytest.raises(Busy):
        await bench.intake.take(looks("U") * (QUEUE_ROWS + 1))


async def test_after_a_failed_commit_memory_says_what_the_tables_say(bench: Bench) -> None:
    given = looks("UUUUDDD")
    await bench.intake.take(given[:4])
    pages = await bench.database.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar())
    await bench.database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar())
    many = [Result(T0 + i * 100 + 1, 2, 1, T0 + i * 100 + 1, 1.0, State.UP) for i in range(5_000)]
    with pytest.raises(Busy):
        await bench.intake.take([*given[4:], *many])
    assert bench.intake.live[1, 1].state is State.UP
    await bench.database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000").scalar())
    await bench.intake.take(given[4:])
    assert bench.intake.live[1, 1].state is State.DOWN
    await bench.intake.silence(T0 + 60 * MINUTE)
    assert bench.timeline() == derive(samples(given), rule_of(bench.check))


async def test_hours_are_packed_and_late_looks_are_still_absorbed(bench: Bench) -> None:
    given = looks("U" * 120)
    await bench.intake.take(given)
    bench.now = T0 + 72 * 60 * MINUTE
    await bench.intake.tidy()
    left = bench.database.look(lambda c: c.execute(sa.select(sa.func.count()).select_from(tables.result)).scalar())
    assert left == 0
    await bench.intake.take(given)
    assert bench.count.absorbed == 120


async def test_a_closed_store_is_no_silent_loss(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    bench.database.close()
    with pytest.raises(StoreFailed):
        await bench.intake.take(looks("U"))


async def test_nothing_due_takes_no_writer(bench: Bench) -> None:
    await bench.intake.take(looks("UUU"))
    bench.database.close()  # from here on every work of the writer would raise
    await bench.intake.silence(T0 + 2 * MINUTE + 129_000)
    with pytest.raises(StoreFailed):
        await bench.intake.silence(T0 + 2 * MINUTE + 131_000)


def shape(timeline: Timeline) -> list[tuple[Instant, State, Cause | None]]:
    return [(change.at - T0, change.state, change.cause) for change in timeline.changes]


async def test_a_clock_step_forward_is_unknown_from_the_step_to_the_next_look(bench: Bench) -> None:
    step = ClockStep(T0 + 4 * MINUTE + 30_000, T0 + 64 * MINUTE + 30_000)
    given = [*looks("UUUUU"), *step.results((1, 1))]
    listener = bench.events.listen()
    await bench.intake.take(given[:5])
    await bench.intake.take(given[5:])
    assert bench.intake.live[1, 1].state is State.UNKNOWN
    await bench.again()
    given += looks("UU", T0 + 65 * MINUTE)
    await bench.intake.take(given[-2:])
    assert bench.intake.live[1, 1].state is State.UP
    assert [event.state for event in await listener.next()] == [State.UP, State.UNKNOWN]
    assert shape(bench.timeline()) == [
        (3, State.UP, None),
        (step.told - T0, State.UNKNOWN, Cause.CLOCK_STEP),
        (65 * MINUTE + 3, State.UP, None),
    ]
    assert bench.timeline() == derive(samples(given), rule_of(bench.check), until=given[-1].at)


def rows(bench: Bench) -> int:
    counts = [sa.select(sa.func.count()).select_from(table) for table in (tables.change, tables.doubt)]
    return sum(bench.database.look(lambda c, count=count: c.execute(count).scalar() or 0) for count in counts)


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_hour_told_twice_is_unknown_whatever_was_seen_in_it(bench: Bench, restarted: bool) -> None:
    told, since = T0 + 180 * MINUTE + 30_000, T0 + 120 * MINUTE + 30_000
    before = looks("U" * 181)
    step = list(ClockStep(told, since).results((1, 1)))
    await bench.intake.take(before)
    await bench.intake.take(step)
    assert bench.intake.live[1, 1].state is State.UNKNOWN
    if restarted:
        await bench.again()
    written = rows(bench)
    # The hour again: looks at the same slots, which have their names already, and repeats at slots of their own.
    again = [*looks("D" * 20, T0 + 121 * MINUTE), *looks("D" * 20, T0 + 121 * MINUTE + 10_000)]
    for look in again:
        await bench.intake.take([look])
        await bench.intake.silence(look.at)
        assert bench.intake.live[1, 1].state is State.UNKNOWN
    assert rows(bench) == written
    if restarted:
        await bench.again()
    after = looks("UUU", T0 + 181 * MINUTE)
    for look in after:
        await bench.intake.take([look])
    assert shape(bench.timeline()) == [
        (3, State.UP, None),
        (since - T0, State.UNKNOWN, Cause.CLOCK_STEP),
        (181 * MINUTE + 3, State.UP, None),
    ]
    kept = bench.database.look(lambda c: results.within(c, Span(0, END_OF_TIME), [(1, 1)]))
    assert {look.name for look in [*before, *again, *after]} <= {look.name for look in kept}
    assert bench.timeline() == derive(samples(kept), rule_of(bench.check), until=after[-1].at)


async def test_a_late_look_does_not_bring_back_what_the_clock_voided(bench: Bench) -> None:
    told, since = T0 + 30 * MINUTE + 30_000, T0 + 20 * MINUTE + 30_000
    given = looks("U" * 31)
    late = given.pop(10)
    await bench.intake.take(given)
    await bench.intake.take(ClockStep(told, since).results((1, 1)))
    said = bench.timeline()
    bench.now = told + MINUTE
    await bench.intake.take([late])
    assert bench.timeline() == said


async def test_an_absence_names_the_silence_it_made(bench: Bench) -> None:
    given = looks("UUU")
    await bench.intake.take(given)
    await bench.again()
    absent = Result(T0 + 60 * MINUTE, 1, 1, T0 + 60 * MINUTE, None, State.UNKNOWN, Cause.MONITOR_DOWN)
    await bench.intake.take([absent])
    await bench.intake.take(looks("UU", T0 + 61 * MINUTE))
    silent_from = 2 * MINUTE + 3 + bench.check.hold_ms
    assert Change(T0 + silent_from, State.UNKNOWN, Cause.MONITOR_DOWN) in bench.timeline().changes


async def test_when_all_evidence_is_void_nothing_stands(bench: Bench) -> None:
    await bench.intake.take(looks("UUUDDD"))
    await bench.intake.take(ClockStep(T0 + 6 * MINUTE, T0 - MINUTE).results((1, 1)))
    assert bench.timeline() == Timeline()
    assert bench.intake.live[1, 1].state is State.UNKNOWN


@dataclass(frozen=True)
class Counting:
    volatile: ClassVar[frozenset[str]] = frozenset({"bytes"})


async def test_words_are_kept_when_more_changed_than_what_always_does(bench: Bench) -> None:
    counting = Check("d", "web", Counting(), MINUTE, 10_000)  # type: ignore[arg-type]
    await bench.intake.watch([Plan(1, bench.check), Plan(2, counting)])
    advice = (Notice("control_disagrees", "traffic may run outside"),)
    told = [
        ({"bytes": 1, "children": 1}, ()),
        ({"bytes": 2, "children": 1}, ()),
        ({"bytes": 3, "children": 2}, ()),
        ({"bytes": 4, "children": 2}, advice),
        ({"bytes": 5, "children": 2}, advice),
        ({"bytes": 6, "children": 2}, ()),
    ]
    for check_no in (1, 2):
        for minute, (facts, notices) in enumerate(told):
            at = T0 + minute * MINUTE
            await bench.intake.take([Result(at, check_no, 1, at, 1.0, State.UP, None, facts=facts, notices=notices)])
    table = tables.result_note.c
    rows = bench.database.look(lambda c: c.execute(sa.select(table.stream_no, table.facts).order_by(table.slot)).all())
    first = min(stream for stream, _ in rows)  # the steady check was taken first
    steady = [json.loads(facts)["bytes"] for stream, facts in rows if stream == first]
    volatile = [json.loads(facts)["bytes"] for stream, facts in rows if stream != first]
    assert (steady, volatile) == ([1, 2, 3, 4, 5, 6], [1, 3, 4, 6])
