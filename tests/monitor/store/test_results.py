from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from monitor.ports import Result
from monitor.store import results, tables
from monitor.store.engine import writer_engine
from monitor.store.schema import upgraded
from probes.probe import Notice
from sla.span import END_OF_TIME, Span
from sla.state import Cause, State

T0 = 1_764_000_000_000
OUTCOMES = [0, 100, 200, 300, *(cause.value for cause in Cause)]
FAR = 60 * 365 * 86_400_000


@st.composite
def looks(draw: st.DrawFn) -> list[Result]:
    names = st.tuples(st.integers(0, 5), st.sampled_from([1, 2, 1_048_575]), st.sampled_from([1, 2, 2_048]))
    return [
        Result(
            T0 + slot,
            check,
            location,
            T0 + slot + draw(st.one_of(st.integers(0, 300), st.integers(-FAR, FAR))),
            draw(st.none() | st.integers(0, 2_000_000).map(lambda n: n / 10)),
            *results.meaning(draw(st.sampled_from(OUTCOMES))),
        )
        for slot, check, location in sorted(draw(st.sets(names, max_size=12)), key=lambda n: (n[0], tables.stream_no(n[1:])))
    ]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    upgraded(tmp_path / "x.db", 0)
    engine = writer_engine(tmp_path / "x.db")
    yield engine
    engine.dispose()


def in_vain(connection: Connection, given_looks: list[Result]) -> None:
    """Keep the looks in the caller's transaction, twice, the second time with other contents."""
    results.insert(connection, given_looks)
    results.insert(connection, [replace(look, at=look.at + 1) for look in given_looks])


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_looks=looks())
@example(given_looks=[Result(T0, 1, 1, T0 + 255, None, State.UP)])  # its repeat is wide, the row that stands is not
def test_looks_are_read_back_as_they_were_and_the_view_says_the_same(engine: sa.Engine, given_looks: list[Result]) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        in_vain(connection, given_looks)
        assert results.within(connection, Span(0, END_OF_TIME)) == given_looks
        assert results.present(connection, [look.name for look in given_looks]) == {look.name for look in given_looks}
        seen = connection.execute(sa.text("SELECT * FROM look ORDER BY slot, location_no, check_no")).all()
        assert [tuple(row) for row in seen] == [
            (*look.name, look.at, look.took_ms, results.outcome(look.state, look.cause)) for look in given_looks
        ]
        transaction.rollback()


def test_details_come_back_with_the_lag(engine: sa.Engine) -> None:
    slow = Result(T0, 7, 2, T0 + 900_000, 5_000.3, State.DOWN, Cause.DEADLINE, 120, "late", (("connect", 1.5),), {"a": 1})
    plain = Result(T0 + 1, 7, 2, T0 + 3, 2.0, State.UP, notices=(Notice("soon", "expires"),))
    with engine.begin() as connection:
        results.insert(connection, [slow, plain])
        results.insert_details(connection, [slow, plain])
        assert results.tail(connection, (7, 2), END_OF_TIME, 0, 5) == [slow, plain]
        assert results.tail(connection, (7, 1), END_OF_TIME, 0, 5) == []


def test_a_nul_in_words_is_kept_as_a_replacement_character(engine: sa.Engine) -> None:
    down = Result(T0, 7, 1, T0, 5.0, State.DOWN, Cause.TCP_RESET, note="got \0")
    with engine.begin() as connection:
        results.insert_details(connection, [down])
        results.reject(connection, T0, "cause", "\0")
        assert results.detailed(connection, down).note == "got \ufffd"
        assert connection.execute(sa.select(tables.rejected.c.raw)).scalar() == "\ufffd"
