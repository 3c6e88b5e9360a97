from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.ports import Result
from monitor.store import changes, chunks, results
from monitor.store.engine import writer_engine
from monitor.store.recall import recalled, samples
from monitor.store.schema import upgraded
from sla.span import HOUR, MINUTE
from sla.state import Cause, State
from sla.stream import Stream
from sla.timeline import Rule

NOW = 1_764_000_000_000 // HOUR * HOUR
FAST, SLOW, DAILY = Rule(3, 2, 2 * MINUTE + 10_000), Rule(3, 2, 31 * MINUTE), Rule(3, 2, 13 * HOUR)
RULES = {1: FAST, 2: SLOW, 3: DAILY}
EVERY = {1: MINUTE, 2: 15 * MINUTE, 3: 6 * HOUR}
SAYS = {
    "U": (State.UP, None),
    "D": (State.DOWN, Cause.TCP_REFUSED),
    "E": (State.UNKNOWN, Cause.VANTAGE_BLIND),
    "S": (State.UNKNOWN, Cause.MONITOR_STALLED),
    "G": (State.DEGRADED, Cause.SLOW),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    upgraded(tmp_path / "x.db", 0)
    engine = writer_engine(tmp_path / "x.db")
    yield engine
    engine.dispose()


def looks(check: int, said: str) -> list[Result]:
    """Looks of ``check`` at its pace, the last a second before NOW."""
    last = NOW - 1_000
    return [
        Result(
            last - (len(said) - 1 - i) * EVERY[check], check, 1, last - (len(said) - 1 - i) * EVERY[check] + 5, 9.0, *SAYS[letter]
        )
        for i, letter in enumerate(said)
    ]


def lived(rule: Rule, of: Sequence[Result]) -> tuple[Stream, list[changes.Addition]]:
    """The derivation that saw every look, and the rows it gave out."""
    stream, given_out = Stream(rule), []
    for look, sample in zip(of, samples(of), strict=True):
        if delta := stream.take(sample):
            given_out.append(changes.Addition((look.check_no, 1), delta.changes, delta.doubts))
    return stream, given_out


def future(stream: Stream, of: Sequence[Result], rule: Rule) -> list[object]:
    """What the stream says of a silence from now on, and else of some looks to come and of the silence after them."""
    last = max(look.at for look in of)
    silence = deepcopy(stream).silent(last + 100 * rule.hold_ms).changes[-1:]
    deltas = [stream.take(sample) for sample in samples(looks_after(of, last))]
    return [silence, stream.state, stream.run, stream.last_at, *deltas[-1:], stream.silent(last + 100 * rule.hold_ms)]


def looks_after(of: Sequence[Result], last: int) -> list[Result]:
    return [Result(last + i * 7_000, of[0].check_no, 1, last + i * 7_000, 1.0, State.DOWN) for i in range(1, 5)]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    said=st.fixed_dictionaries({check: st.text("UUUDDGES", max_size=30) for check in RULES}),
    packed=st.sets(st.integers(1, 60), max_size=60),
)
def test_what_is_recalled_goes_on_as_what_was_lived(engine: sa.Engine, said: dict[int, str], packed: set[int]) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        given_looks = {check: looks(check, letters) for check, letters in said.items()}
        connection.execute(sa.text("INSERT INTO location (no, key) VALUES (1, 'main')"))
        alive = {}
        for check, of in given_looks.items():
            results.insert(connection, of)
            alive[check], additions = lived(RULES[check], of)
            changes.append(connection, 0, additions)
        for hour in (NOW - hours * HOUR for hours in packed):
            done = chunks.pack_streams(connection, hour, range(1, 51))
            chunks.mark(connection, hour, NOW, done)
        found, newest = recalled(connection, RULES)
        transaction.rollback()
    assert newest == {(check, 1): of[-1].slot for check, of in given_looks.items() if of}
    for check, of in given_looks.items():
        if of and decided(of, RULES[check]):
            assert future(found[check, 1], of, RULES[check]) == future(alive[check], of, RULES[check])


def decided(of: Sequence[Result], rule: Rule) -> bool:
    """Whether the looks within reach (49 h) ever confirmed both questions: else nothing could be recalled in full."""
    stream = Stream(rule)
    for sample in samples([look for look in of if look.at > NOW - 48 * HOUR]):
        stream.take(sample)
    return stream.state is not State.UNKNOWN


def test_hours_of_blindness_are_not_read_row_by_row(engine: sa.Engine) -> None:
    """A check that has said nothing for hours costs its evidence, not its silence."""
    with engine.begin() as connection:
        results.insert(connection, looks(1, "UUU" + "E" * 180))
        changes.append(connection, 0, lived(FAST, looks(1, "UUU" + "E" * 180))[1])
        asked: list[int] = []
        within = results.within
        found, _ = recalled(connection, {1: FAST})
        assert found[1, 1].last_at == NOW - 1_000 - 180 * MINUTE + 5
        asked.append(len(within(connection, chunks.Span(NOW - 4 * HOUR, NOW), [(1, 1)], telling=True)))
        assert asked == [3]
