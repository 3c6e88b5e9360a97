from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store import changes
from monitor.store.engine import writer_engine
from monitor.store.schema import upgraded
from sla.span import END_OF_TIME
from sla.state import State
from sla.timeline import Change, Doubt, Timeline, fold

STREAMS = [(1, 1), (2, 1), (1, 2)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    upgraded(tmp_path / "x.db", 0)
    engine = writer_engine(tmp_path / "x.db")
    yield engine
    engine.dispose()


states = st.sampled_from(State)
rows = st.lists(st.builds(Change, st.integers(0, 40), states), max_size=12)
doubts = st.lists(
    st.builds(
        lambda start, length, worst, best: Doubt(start, start + length, worst, best),
        *[st.integers(0, 40), st.integers(1, 9)],
        *[states] * 2,
    ),
    max_size=6,
)
shared = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


def began(timeline: Timeline, at: int) -> int | None:
    """Since when the timeline has said what it says at ``at``."""
    before = [change for change in timeline.changes if change.at <= at]
    return before[-1].at if before else None


@shared
@given(said=st.fixed_dictionaries({stream: st.tuples(rows, doubts) for stream in STREAMS}), since=st.integers(0, 45))
def test_a_timeline_from_an_instant_on_says_what_the_whole_one_says(engine: sa.Engine, said: dict, since: int) -> None:
    additions = [changes.Addition(stream, tuple(of[0]), tuple(of[1])) for stream, of in said.items()]
    with engine.connect() as connection, connection.begin() as transaction:
        changes.append(connection, 0, additions)
        recent = changes.timelines(connection, STREAMS, since)
        for stream in STREAMS:
            whole, part = changes.timeline(connection, stream), recent.get(stream, Timeline())
            assert [part.state(at) for at in range(since, 50)] == [whole.state(at) for at in range(since, 50)]
            assert {d for d in part.doubts if d.start >= since} == {d for d in whole.doubts if d.start >= since}
            assert began(part, 50) == began(whole, 50)
            assert [c.at for c in part.changes[:1]] == [c.at for c in whole.changes[:1]]
        assert changes.streams(connection) == {stream for stream, of in said.items() if of[0]}
        transaction.rollback()


@shared
@given(stand=rows, standing_doubts=doubts, wanted=rows, wanted_doubts=doubts)
def test_what_is_missing_makes_the_rest_of_the_timeline_what_was_wanted(
    engine: sa.Engine, stand: list[Change], standing_doubts: list[Doubt], wanted: list[Change], wanted_doubts: list[Doubt]
) -> None:
    said = fold(wanted, wanted_doubts)
    since = min([c.at for c in said.changes] + [d.start for d in said.doubts], default=None)
    with engine.connect() as connection, connection.begin() as transaction:
        changes.append(connection, 0, [changes.Addition((1, 1), tuple(stand), tuple(standing_doubts))])
        changes.append(connection, 0, [changes.Addition((2, 1), (Change(0, State.UP),), ())])
        other = changes.Addition((2, 1), (Change(0, State.UP), Change(9, State.DOWN)), ())
        lacking = changes.missing(connection, [other, changes.Addition((1, 1), said.changes, said.doubts)], until=END_OF_TIME)
        changes.append(connection, 1, lacking)
        assert lacking[0].changes == (Change(9, State.DOWN),)
        whole = changes.timeline(connection, (1, 1))
        transaction.rollback()
    if since is not None and said.changes and said.changes[0].at == since:
        assert [whole.state(at) for at in range(since, 50)] == [said.state(at) for at in range(since, 50)]
        assert {d for d in whole.doubts if d.start >= since} == set(said.doubts)
