"""A statement is judged by the version of the agreement in force at its end, and names the exclusions that touch it."""

from __future__ import annotations

from datetime import date

from desk_world import NOW, SITE, Store, configured

from monitor.desk.exclusions import Proposal, propose
from monitor.desk.people import host
from monitor.desk.records import enlisted
from monitor.desk.statement import Asked, Statement, statement
from sla.calendar import month
from sla.span import DAY
from sla.texts import instant


def asked(store: Store, question: Asked, as_of: int = NOW) -> Statement:
    return store.look(lambda c: statement(c, "acme", question, as_of))


def test_exclusions_of_any_state_that_touch_its_windows_are_named(store: Store) -> None:
    for day in ("2026-05-02", "2026-06-18", "2026-07-20"):
        start = instant(f"{day}T14:00:00Z")
        store.do(lambda c, at=start: propose(c, host("root"), Proposal("acme", at, at + 1000, "isp", reason="why"), NOW))
    found = asked(store, Asked(*month(2026, 6), month=True))
    assert [filed.exclusion.id for filed in found.exclusions] == ["X-1", "X-2"]
    assert found.answered.result["figures"]["downtime_counted_seconds"] == "3960"


def test_a_run_of_dates_is_judged_by_itself_and_by_the_version_of_its_end(store: Store) -> None:
    first = '{version: "1", zone: Europe/Berlin}'
    second = '{version: "2", zone: Europe/Berlin, goal: "99%", effective_from: 2026-07-01T00:00:00+02:00}'
    store.do(lambda c: enlisted(c, configured(store.folder, SITE.replace("{zone: Europe/Berlin}", f"[{first}, {second}]")), NOW))
    old = asked(store, Asked(date(2026, 6, 1), date(2026, 6, 30), month=False))
    new = asked(store, Asked(date(2026, 6, 11), date(2026, 7, 10), month=False), NOW + 10 * DAY)
    goals = [found.answered.result["figures"]["goal"] for found in (old, new)]
    assert goals == ["999/1000", "99/100"]
    assert (old.answered.result["verdict"], new.answered.result["verdict"]) == ("breached", "met")
