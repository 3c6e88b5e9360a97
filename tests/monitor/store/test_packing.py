from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.ports import Result
from monitor.store.packing import kept_form, pack, unpack
from monitor.store.results import meaning
from sla.span import HOUR
from sla.state import Cause, State

T0 = 1_764_000_000_000 // HOUR * HOUR
OUTCOMES = [0, 100, 200, 300, *(cause.value for cause in Cause)]


@st.composite
def looks(draw: st.DrawFn) -> list[Result]:
    every, phase = draw(st.sampled_from([100, 1_000, 10_000, 60_000, 86_400_000])), draw(st.integers(0, 99)) * 100
    grid = draw(st.lists(st.integers(0, 3_599), max_size=40)) if phase else []
    slots = {phase + i * every for i in grid} | set(draw(st.lists(st.integers(0, HOUR - 1), max_size=10)))
    return [
        Result(
            T0 + slot,
            7,
            1,
            T0 + slot + draw(st.one_of(st.integers(0, 50), st.integers(-100_000, 100_000))),
            draw(st.none() | st.integers(0, 100_000).map(lambda n: n / 10)),
            *meaning(draw(st.sampled_from(OUTCOMES))),
        )
        for slot in slots
        if slot < HOUR
    ]


@given(looks())
def test_what_is_packed_is_read_back(given_looks: list[Result]) -> None:
    found = unpack(T0, 7, 1, pack(T0, given_looks))
    assert [kept_form(look) for look in found] == sorted(kept_form(look) for look in given_looks)
    took = {look.slot: look.took_ms for look in given_looks}
    for look in found:
        before = took[look.slot]
        assert (look.took_ms is None) == (before is None)
        assert before is None or look.took_ms is None or abs(look.took_ms - before) <= 0.5


def test_an_hour_of_minutes_is_small() -> None:
    hour = [Result(T0 + 300 + i * 60_000, 7, 1, T0 + 303 + i * 60_000, 12.3, State.UP) for i in range(60)]
    assert len(pack(T0, hour)) <= 60 * 5
