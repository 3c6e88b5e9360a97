"""The survey says of every site what its statement says, whether its packed row is fresh, old, foreign or not there."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from desk_world import BEGUN, MAIN, NOW, SITE, Store

from monitor.clock import monotonic
from monitor.config.load import load
from monitor.desk.counted import keep_up
from monitor.desk.exclusions import Proposal, propose
from monitor.desk.people import host
from monitor.desk.records import enlisted
from monitor.desk.statement import Asked, statement
from monitor.desk.survey import Surveyed, survey
from monitor.store import derived, exclusions
from sla.calendar import month
from sla.exclusion import Decision, Step
from sla.span import DAY, HOUR
from sla.state import State
from sla.survey import POSITION
from sla.timeline import Change

OTHER = (
    SITE.replace("id: acme", "id: base", 1)
    .replace("name: Acme\n", "name: Base\n", 1)
    .replace("{zone: Europe/Berlin}", "{zone: America/Chicago, judged_by: month}")
)
JUNE = Asked(*month(2026, 6), month=True)
QUESTIONS = (JUNE, Asked(*month(2026, 5), month=True), Asked(date(2026, 6, 2), date(2026, 7, 1), month=False))


def files(store: Store, acme: str = SITE) -> None:
    (store.folder / "threenines.yaml").write_text(MAIN)
    for name, text in (("acme", acme), ("base", OTHER)):
        (store.folder / "sites" / f"{name}.yaml").write_text(text)


def enlist(store: Store, at: int, acme: str = SITE) -> None:
    files(store, acme)
    store.do(lambda db: enlisted(db, load(store.folder / "threenines.yaml", {}), at))


@pytest.fixture
def two(store: Store) -> Store:
    """Beside the first site one of which nothing was seen, in another zone, judged by the month."""
    enlist(store, BEGUN)
    return store


def asked(store: Store, question: Asked, now: int = NOW) -> list[Surveyed]:
    return store.look(lambda db: list(survey(db, ["acme", "base"], lambda zone: question, now)))


def agrees(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return all(agrees(value, whole[name]) for name, value in part.items())
    return bool(part == whole)


def agree_with_statements(store: Store, now: int = NOW) -> list[bool]:
    """Every site and every question against its statement; whether ``acme`` had to be counted anew, by question."""
    for question in QUESTIONS:
        for one in asked(store, question, now):
            said = store.look(lambda db, site=one.site, q=question: statement(db, site, q, now)).answered.result
            assert one.position is not None
            assert agrees(POSITION.write(one.position), said), (one.site, question)
    return [asked(store, question, now)[0].anew for question in QUESTIONS]


def brought_up(store: Store, now: int = NOW) -> None:
    asyncio.run(keep_up(store.database, now, monotonic))


def test_the_table_is_the_statements_before_and_after_everything_that_changes_them(two: Store) -> None:
    assert agree_with_statements(two) == [True] * 3
    brought_up(two)
    assert agree_with_statements(two) == [False] * 3
    two.say("directory", Change(NOW - DAY, State.DOWN), Change(NOW - DAY + HOUR, State.UP), recorded_at=NOW - 1)
    assert agree_with_statements(two) == [True] * 3
    brought_up(two)
    assert agree_with_statements(two) == [False] * 3
    proposal = Proposal("acme", NOW - DAY, NOW - DAY + HOUR, "unmanaged_component", ("directory",), "directory", "why", ("x:1",))
    two.do(lambda db: propose(db, host("root"), proposal, NOW - 1))
    brought_up(two)
    before = asked(two, JUNE)[0].position
    two.do(lambda db: exclusions.step(db, "X-1", Decision(NOW - 1, Step.APPROVED, "ben"), NOW - 1))
    assert agree_with_statements(two) == [True] * 3
    brought_up(two)
    assert agree_with_statements(two) == [False] * 3
    after = asked(two, JUNE)[0].position
    assert before is not None
    assert after is not None
    assert before.whole.figures.downtime_ms - after.whole.figures.downtime_ms == HOUR


def test_a_row_serves_for_its_own_version_of_the_agreement_only(two: Store) -> None:
    first = '{version: "1", zone: Europe/Berlin}'
    second = '{version: "2", zone: Europe/Berlin, goal: "99%", effective_from: 2026-07-01T00:00:00+02:00}'
    enlist(two, NOW - 20 * DAY, SITE.replace("{zone: Europe/Berlin}", f"[{first}, {second}]"))
    brought_up(two)
    assert agree_with_statements(two) == [True] * 3, "in each of them some run of dates ends under the version before"


def test_a_row_serves_where_every_run_of_dates_ends_under_its_version(two: Store) -> None:
    first = '{version: "1", zone: Europe/Berlin}'
    second = '{version: "2", zone: Europe/Berlin, goal: "99%", effective_from: 2026-06-01T00:00:00+02:00}'
    enlist(two, NOW - 20 * DAY, SITE.replace("{zone: Europe/Berlin}", f"[{first}, {second}]"))
    brought_up(two)
    assert False in agree_with_statements(two)


def test_another_makeup_tells_only_of_its_own_time(two: Store) -> None:
    enlist(two, NOW - 10 * DAY, SITE.replace("at_least: 1", "at_least: 2"))
    brought_up(two)
    assert agree_with_statements(two) == [False] * 3


def test_time_goes_on_without_a_new_row_and_back_with_a_count_anew(two: Store) -> None:
    brought_up(two)
    assert agree_with_statements(two, NOW + 3 * DAY) == [False] * 3
    two.say("directory", Change(NOW - DAY, State.DOWN), recorded_at=NOW + 5)
    brought_up(two, NOW + 10)
    assert agree_with_statements(two, NOW + 10) == [False] * 3
    assert agree_with_statements(two, NOW) == [True] * 3


def test_other_rules_are_never_trusted_and_the_worst_stands_first(two: Store) -> None:
    brought_up(two)
    row = two.look(derived.rows)[1]
    two.do(lambda db: derived.keep(db, [derived.Row(1, "form 0", *tuple(getattr(row, name) for name in row.__slots__[2:]))]))
    found = asked(two, JUNE)
    assert [one.anew for one in found] == [True, False]
    assert [one.site for one in sorted(found, key=lambda one: one.badness)] == ["acme", "base"]


def test_a_site_that_nothing_was_recorded_of_stands_last(two: Store) -> None:
    found = two.look(lambda db: list(survey(db, ["nowhere", "acme"], lambda zone: JUNE, NOW)))
    assert [(one.site, one.position is None) for one in found] == [("nowhere", True), ("acme", False)]
    assert sorted(found, key=lambda one: one.badness)[-1].site == "nowhere"
