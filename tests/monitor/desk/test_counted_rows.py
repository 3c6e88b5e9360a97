"""What counts of a site is kept, and counted again exactly when something was recorded of it."""

from __future__ import annotations

import asyncio

from desk_world import NOW, SITE, Store, configured

from monitor.clock import monotonic
from monitor.desk.counted import AHEAD_MS, RENEWED_MS, agreement_of, counted_row, keep_up, rules, stale
from monitor.desk.records import enlisted
from monitor.store import derived
from sla.compact import unpack
from sla.span import DAY, MINUTE
from sla.state import State
from sla.timeline import Change


def brought_up(store: Store, now: int = NOW) -> int:
    return asyncio.run(keep_up(store.database, now, monotonic))


def test_a_row_is_counted_as_if_all_went_on_and_cut_where_it_is_asked(store: Store) -> None:
    row = store.look(lambda db: counted_row(db, "acme", NOW))
    seen = unpack(row.body)
    assert seen.down.between(row.since, row.until) == 66 * MINUTE * seen.scale  # node 1 alone is not the site
    assert (row.until, row.version) == (NOW + AHEAD_MS, rules())
    cut = seen.until(NOW).observed
    assert cut is not None
    assert cut.end == NOW
    assert agreement_of(row.agreement).zone == "Europe/Berlin"
    assert row.recorded_at < NOW


def test_sites_are_counted_once_and_again_when_something_is_recorded(store: Store) -> None:
    assert (brought_up(store), brought_up(store)) == (1, 0)
    before = store.look(derived.rows)[1]
    store.say("directory", Change(NOW - DAY, State.DOWN), recorded_at=NOW)
    assert brought_up(store) == 1
    after = store.look(derived.rows)[1]
    assert unpack(after.body).until(NOW).down.between(NOW - DAY, NOW) == DAY
    assert unpack(before.body).until(NOW).down.between(NOW - DAY, NOW) == 0


def test_rows_of_other_rules_and_such_as_end_soon_are_counted_again(store: Store) -> None:
    brought_up(store)
    row = store.look(derived.rows)[1]
    store.do(lambda db: derived.keep(db, [derived.Row(1, "form 0", *tuple(getattr(row, name) for name in row.__slots__[2:]))]))
    assert store.look(lambda db: stale(db, NOW)) == ("acme",)
    assert brought_up(store) == 1
    assert store.look(derived.rows)[1] == row
    assert store.look(lambda db: stale(db, row.until - RENEWED_MS)) == ()
    assert store.look(lambda db: stale(db, row.until - RENEWED_MS + 1)) == ("acme",)


def test_what_was_dropped_is_built_again_the_same(store: Store) -> None:
    brought_up(store)
    before = store.look(derived.rows)
    store.do(derived.drop)
    assert brought_up(store) == 1
    assert store.look(derived.rows) == before


def test_a_row_knows_when_its_agreement_is_in_force(store: Store) -> None:
    first = '{version: "1", zone: Europe/Berlin}'
    second = '{version: "2", zone: Europe/Berlin, goal: "99%", effective_from: 2026-07-01T00:00:00+02:00}'
    other = SITE.replace("{zone: Europe/Berlin}", f"[{first}, {second}]")
    store.do(lambda db: enlisted(db, configured(store.folder, other), NOW - 20 * DAY))
    older, newer = (store.look(lambda db, at=at: counted_row(db, "acme", at)) for at in (NOW - 5 * DAY, NOW))
    assert older.in_force_from == 0
    assert older.in_force_until == newer.in_force_from
    assert (agreement_of(older.agreement).goal, agreement_of(newer.agreement).goal) != (0, 0)
    assert agreement_of(older.agreement).goal > agreement_of(newer.agreement).goal
