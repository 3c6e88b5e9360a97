from __future__ import annotations

import pytest
from hypothesis import given, settings
from small_worlds import TICKS, worlds
from weighed import weighed

from sla.account import account
from sla.case import Case
from sla.compact import VERSION, OtherVersion, pack, unpack
from sla.counted import Counted, tallied
from sla.counting import Weight
from sla.evaluate import terms
from sla.facts import levels
from sla.span import Span


@settings(max_examples=100, deadline=None)
@given(weighed())
def test_what_was_packed_is_unpacked(counted: Counted) -> None:
    assert unpack(pack(counted)) == counted
    assert pack(unpack(pack(counted))) == pack(counted)


@settings(max_examples=100, deadline=None)
@given(worlds)
def test_every_site_can_be_packed(world: Case) -> None:
    parts = {name: levels(one, world.as_of, False) for name, one in world.components.items()}
    counted = account(terms(world), parts, Span(0, TICKS)).counted
    assert unpack(pack(counted)) == counted


def test_spans_that_weigh_the_same_take_16_bytes_each() -> None:
    rows = [(n * 10 + odd * 5, Weight(odd, odd, odd, 0, 0)) for n in range(200) for odd in (0, 1)]
    assert len(pack(tallied(rows, 2_000, Span(0, 2_000), 1, False))) == 3 * 200 * 16 + 2 * 8 + 5 * 8 + 5 * 2 * 8


def test_another_version_is_told_not_guessed() -> None:
    packed = pack(tallied([], 1, None, 1, False))
    other = (VERSION + 1).to_bytes(8, "little") + packed[8:]
    with pytest.raises(OtherVersion, match="build it again"):
        unpack(other)
