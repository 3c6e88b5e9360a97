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


def test_windows_of_dates_are_judged_each_by_the_version_of_its_end(store: Store) -> None:
    """The directory was away for 66 min in June: too much by the 99.9 % until July, not by the 99 % from then on."""
    first = '{version: "1", zone: Europe/Berlin}'
    second = '{version: "2", zone: Europe/Berlin, goal: "99%", effective_from: 2026-07-01T00:00:00+02:00}'
    store.do(lambda c: enlisted(c, configured(store.folder, SITE.replace("{zone: Europe/Berlin}", f"[{first}, {second}]")), NOW))
    found = asked(store, Asked(date(2026, 6, 11), date(2026, 7, 10), month=False), NOW + 10 * DAY)
    case, any_days = found.answered.document, found.answered.result["any_days"]
    assert [one["agreement"]["goal"] for one in case["earlier"]] == ["99.9%"]
    assert case["earlier"][0]["agreement"]["effective_from"] == case["agreement"]["effective_from"]
    assert (any_days["verdict"], any_days["breached"][0], any_days["breached"][-1]) == ("breached", "2026-05-20", "2026-06-01")
    july = asked(store, Asked(*month(2026, 7), month=True), NOW + 40 * DAY).answered.result
    assert july["any_days"]["breached"] == []


def test_a_version_that_another_replaced_before_it_was_in_force_judges_nothing(store: Store) -> None:
    """In the store it stays for ever; only its name tells it from the one that took its place."""
    first = '{version: "1", zone: Europe/Berlin}'
    for name, goal in (("2", "95%"), ("2b", "99%")):
        then = f'{{version: "{name}", zone: Europe/Berlin, goal: "{goal}", effective_from: 2026-07-01T00:00:00+02:00}}'
        text = SITE.replace("{zone: Europe/Berlin}", f"[{first}, {then}]")
        store.do(lambda c, text=text: enlisted(c, configured(store.folder, text), NOW))
    case = asked(store, Asked(*month(2026, 7), month=True), NOW + 40 * DAY).answered.document
    assert case["agreement"]["version"] == "2b"
    assert [one["agreement"]["version"] for one in case["earlier"]] == ["1"]
