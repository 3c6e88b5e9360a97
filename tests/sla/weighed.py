"""Random sites already weighed: cells of six hours around clock changes, for the arithmetic of windows alone."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from written import at

from sla.agreement import Agreement
from sla.counted import Counted, tallied
from sla.counting import Weight
from sla.span import HOUR, Span

CELL, CELLS, SCALE = 6 * HOUR, 40, 4
BEGIN = at("2026-03-25")
WORLD = Span(BEGIN, BEGIN + CELLS * CELL)


def _weight(levels: list[int], unknown: int, removed: int, leaves: bool) -> Weight:
    best, down, worst = sorted(levels)
    if removed:
        return Weight(0, 0, 0, 0, 1)
    if unknown:
        return Weight(0, 0, 0, 1, 0) if leaves else Weight(0, 0, SCALE, 1, 0)
    return Weight(down, best, worst, 0, 0, (("isp", 1),) if down == 1 else ())


levels = st.one_of(
    st.just([0, 0, 0]),
    st.just([0, 0, 0]),
    st.lists(st.sampled_from([0, 1, SCALE]), min_size=3, max_size=3),
    st.just([0, 0, SCALE]),
)
cells = st.tuples(levels, st.sampled_from([0, 0, 0, 0, 1]), st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1]))


@st.composite
def weighed(draw: st.DrawFn, removing: bool = True) -> Counted:
    """Weights of every cell, and what of the time was observed."""
    leaves = draw(st.booleans())
    rows = draw(st.lists(cells, min_size=CELLS, max_size=CELLS))
    since, until = draw(st.sampled_from([(0, CELLS), (0, CELLS), (0, CELLS), (7, CELLS), (0, 31), (20, 30)]))
    observed = Span(BEGIN + since * CELL, BEGIN + until * CELL)
    if draw(st.integers(0, 9)) == 0:
        return tallied([(BEGIN, Weight(0, 0, 0, 0, 0))], WORLD.end, None, SCALE, leaves)
    weights = []
    for number, (three, unknown, removed) in enumerate(rows):
        weight = _weight(three, unknown, removed if removing else 0, leaves)
        seen = since <= number < until
        weights.append((BEGIN + number * CELL, weight if seen else Weight(0, 0, 0, 0, weight.removed)))
    return tallied(weights, WORLD.end, observed, SCALE, leaves)


agreements = st.builds(
    Agreement,
    goal=st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(9, 10), Fraction(1)]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe"]),
)
