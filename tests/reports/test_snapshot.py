from __future__ import annotations

from dataclasses import replace

import pytest
from page_examples import customer_page, empty_page, public_page

from reports.snapshot import Banner, PageSnapshot, stale_twin
from reports.standing import banner
from sla.state import State


def with_states(*states: State) -> PageSnapshot:
    page = public_page()
    entries = tuple(replace(entry, state=state) for entry, state in zip(page.entries, states, strict=True))
    return replace(page, groups=(replace(page.groups[0], entries=entries),))


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ((State.UP, State.UP, State.UP), Banner.OPERATIONAL),
        ((State.UP, State.DEGRADED, State.UP), Banner.DEGRADED),
        ((State.UP, State.UNKNOWN, State.UP), Banner.DEGRADED),
        ((State.UP, State.DOWN, State.UNKNOWN), Banner.PARTIAL_OUTAGE),
        ((State.DOWN, State.DOWN, State.DOWN), Banner.MAJOR_OUTAGE),
        ((State.UNKNOWN, State.UNKNOWN, State.UNKNOWN), Banner.UNKNOWN),
    ],
)
def test_the_headline_is_the_worst_word_that_fits(states: tuple[State, ...], wanted: Banner) -> None:
    assert banner(with_states(*states)) is wanted


def test_nothing_shown_is_unknown_not_operational() -> None:
    assert banner(empty_page()) is Banner.UNKNOWN


def test_on_a_stale_page_everything_is_unknown_and_down_says_when_it_was_seen() -> None:
    page = customer_page()
    stale = stale_twin(page)
    assert banner(stale) is Banner.UNKNOWN
    assert {entry.state for entry in stale.entries} == {State.UNKNOWN}
    was_down = [entry.key for entry in page.entries if entry.state is State.DOWN]
    assert [entry.last_seen_down for entry in stale.entries if entry.key in was_down] == [page.evidence_at]
