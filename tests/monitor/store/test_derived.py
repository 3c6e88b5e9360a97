"""What is derived is brought up by what was recorded behind a mark, and may be emptied."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_world import BEGUN, NOW, SITE, Store, configured

from monitor.desk.exclusions import Proposal, propose
from monitor.desk.people import host
from monitor.desk.records import enlisted
from monitor.store import announcements, derived
from sla.maintenance import Announcement, Impact, Status
from sla.span import HOUR, Span
from sla.state import State
from sla.timeline import Change, Doubt

ROW = derived.Row(1, "rules", "{}", 0, 10, -5, 20, 7, b"packed")


def marked(store: Store) -> None:
    store.do(lambda db: derived.mark(db, derived.marks(db)))


def touched(store: Store) -> set[int]:
    return store.look(lambda db: derived.touched(db, derived.marked(db)))


def _says(store: Store) -> None:
    store.say("node-1", Change(NOW, State.DOWN), recorded_at=NOW)


def _doubts(store: Store) -> None:
    store.say("node-1", Doubt(NOW - 60_000, NOW, State.DOWN, State.UP), recorded_at=NOW)


def _proposes(store: Store) -> None:
    store.do(lambda db: propose(db, host("root"), Proposal("acme", NOW - HOUR, NOW, "isp", reason="why"), NOW))


def _announces(store: Store) -> None:
    notice = Announcement(NOW, Span(NOW + HOUR, NOW + 2 * HOUR), Status.CONFIRMED, Impact.OUTAGE)
    store.do(lambda db: announcements.append(db, store.numbers.sites["acme"], "M-1", (), notice, NOW))


def _promises(store: Store) -> None:
    other = SITE.replace("{zone: Europe/Berlin}", '{zone: Europe/Berlin, goal: "99%"}')
    store.do(lambda db: enlisted(db, configured(store.folder, other), NOW))


def _builds(store: Store) -> None:
    other = SITE.replace("at_least: 1", "at_least: 2")
    store.do(lambda db: enlisted(db, configured(store.folder, other), NOW))


@pytest.mark.parametrize("deed", [_says, _doubts, _proposes, _announces, _promises, _builds])
def test_whatever_is_recorded_of_a_site_touches_it_until_it_is_marked(store: Store, deed: object) -> None:
    marked(store)
    assert touched(store) == set()
    deed(store)  # type: ignore[operator]
    assert touched(store) == {store.numbers.sites["acme"]}
    marked(store)
    assert touched(store) == set()


def test_a_step_of_an_old_exclusion_touches_its_site(store: Store) -> None:
    _proposes(store)
    marked(store)
    assert store.look(lambda db: derived.recorded_at(db, 1)) == NOW
    from monitor.store import exclusions
    from sla.exclusion import Decision, Step

    store.do(lambda db: exclusions.step(db, "X-1", Decision(NOW + 1, Step.REJECTED, "ben"), NOW + 1))
    assert touched(store) == {1}
    assert store.look(lambda db: derived.recorded_at(db, 1)) == NOW + 1


def test_without_a_mark_every_site_with_a_fact_is_touched(store: Store) -> None:
    assert touched(store) == {1}


def test_rows_are_kept_replaced_and_dropped(store: Store) -> None:
    store.do(lambda db: derived.keep(db, [ROW]))
    other = derived.Row(1, "other", "{}", 0, 10, -5, 30, 7, b"else")
    store.do(lambda db: derived.keep(db, [other]))
    assert store.look(derived.rows) == {1: other}
    assert store.look(lambda db: derived.rows(db, [2])) == {}
    assert (other.within, store.look(derived.versions)) == (Span(-5, 30), {1: ("other", 30)})
    marked(store)
    store.do(derived.drop)
    assert (store.look(derived.rows), store.look(derived.marked)) == ({}, {})


def test_a_site_that_nothing_was_recorded_of_has_no_stamp(store: Store, tmp_path: Path) -> None:
    assert store.look(lambda db: derived.recorded_at(db, 99)) == 0
    assert store.look(lambda db: derived.recorded_at(db, 1)) == BEGUN
