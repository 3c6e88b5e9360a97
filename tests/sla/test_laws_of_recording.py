"""Laws about what was recorded when, over a thousand worlds each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import law
from laws_of_recording import LAWS, Law
from worlds import World, seeded_worlds

pytestmark = pytest.mark.timeout(300)  # seconds each on a machine of one's own
APART = True


@pytest.mark.parametrize("holds", LAWS, ids=lambda one: one.__name__)
def test_in_a_thousand_worlds(holds: Law) -> None:
    @law
    @given(seeded_worlds, st.integers(0, 2**32 - 1))
    def in_every_world(drawn: World, seed: int) -> None:
        holds(drawn, seed)

    in_every_world()
