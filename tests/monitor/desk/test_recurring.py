"""Windows that recur: planned and approved by two, announced by the service in good time, once each, moved or ended."""

from __future__ import annotations

from typing import Any

from desk_world import NOW, Store
from test_maintenance import ben, kept, take, there

from monitor.desk.deed import Reply
from monitor.desk.deeds import Request, act
from monitor.desk.recurring import keep_up
from monitor.store import maintenance, recurrences
from sla.maintenance import Status
from sla.span import DAY, HOUR
from sla.texts import instant_text

__all__ = ["ben"]
WINDOW = {
    "site": "acme",
    "rule": "FREQ=WEEKLY;BYDAY=TU",
    "zone": "Europe/Berlin",
    "first": "2026-07-07T23:00",
    "length_s": 7200,
    "title": "Weekly window",
    "impacts": [{"component": "directory", "impact": "DEGRADED"}],
}


def do(store: Store, deed: str, body: dict[str, Any], secret: str | None = None, now: int = NOW) -> Reply:
    return store.do(lambda db: act(db, Request(f"recurrence.{deed}", body, "root", secret), now, there(store)))


def tended(store: Store, now: int) -> tuple[str, ...]:
    return store.do(lambda db: keep_up(db, there(store), now))


def begins(store: Store) -> list[str]:
    return [instant_text(plan.last.span.start) for plan in store.look(maintenance.every)]


def test_nothing_is_announced_before_another_person_has_approved(store: Store, ben: str) -> None:
    planned = do(store, "plan", WINDOW, ben)
    assert planned.faults == () and planned.body is not None and planned.body["recurrence"]["id"] == "REC-2026-0001"
    coming = planned.body["recurrence"]["coming"]
    assert coming[0] == {"from": "2026-07-07T21:00:00.000Z", "to": "2026-07-07T23:00:00.000Z"} and len(coming) == 12
    assert tended(store, NOW + DAY) == () and begins(store) == []
    same = do(store, "approve", {"id": "REC-2026-0001"}, ben)
    assert [fault.code for fault in same.faults] == ["four-eyes"]
    host = do(store, "approve", {"id": "REC-2026-0001"})
    assert [fault.code for fault in host.faults] == ["scope"]


def approved(store: Store, ben: str) -> None:
    assert do(store, "plan", WINDOW).faults == ()
    assert do(store, "approve", {"id": "REC-2026-0001"}, ben).faults == ()


def test_each_window_is_announced_once_within_the_horizon_and_never_without_its_notice(store: Store, ben: str) -> None:
    approved(store, ben)
    first = ["2026-07-07T21:00:00.000Z", "2026-07-14T21:00:00.000Z"]
    assert begins(store) == first, "two weeks ahead, at once"
    assert tended(store, NOW) == () and begins(store) == first
    assert tended(store, NOW + 7 * DAY) == ("acme",)
    assert begins(store) == [*first, "2026-07-21T21:00:00.000Z"]
    assert tended(store, NOW + 40 * DAY) == ("acme",), "what passed while nobody was there is left out"
    assert begins(store)[3:] == ["2026-08-18T21:00:00.000Z"], begins(store)
    (plan, *_) = store.look(maintenance.every)
    assert [(step.kind, step.person) for step in plan.steps] == [("planned", "host:root"), ("announced", "Ben")]
    assert plan.last.hit == ("directory",) and plan.last.note == "REC-2026-0001"
    assert [one.letter.key.event for one in kept(store)][:2] == ["MNT-2026-0001", "MNT-2026-0002"]


def test_a_window_that_was_cancelled_stays_so_and_the_end_cancels_the_others(store: Store, ben: str) -> None:
    approved(store, ben)
    take(store, 1)
    gone = Request("maintenance.cancel", {"id": "MNT-2026-0002"}, "root", ben)
    assert store.do(lambda db: act(db, gone, NOW + HOUR, there(store))).faults == ()
    assert tended(store, NOW + HOUR) == ()
    ended = do(store, "end", {"id": "REC-2026-0001"}, ben, NOW + DAY)
    assert ended.faults == () and ended.body is not None and ended.body["recurrence"]["coming"] == []
    plans = store.look(maintenance.every)
    assert [plan.last.status for plan in plans] == [Status.CANCELLED, Status.CANCELLED]
    assert plans[0].last.note == "REC-2026-0001 was ended"
    assert "cancelled" in [one.letter.key.kind for one in kept(store) if one.letter.key.event == "MNT-2026-0001"]
    assert tended(store, NOW + 7 * DAY) == ()
    again = do(store, "end", {"id": "REC-2026-0001"}, ben, NOW + DAY)
    assert [fault.code for fault in again.faults] == ["illegal-step"]
    assert store.look(lambda db: recurrences.occurrences(db, "REC-2026-0001")) == {
        "2026-07-07T23:00": "MNT-2026-0001",
        "2026-07-14T23:00": "MNT-2026-0002",
    }


def test_what_is_wrong_with_a_window_is_said_at_once(store: Store) -> None:
    wrong = do(store, "plan", {**WINDOW, "rule": "FREQ=HOURLY;BYHOUR=3"})
    assert [fault.code for fault in wrong.faults] == ["value", "value"]
    late = do(store, "plan", {**WINDOW, "first": "2026-06-30T23:00", "impacts": [{"component": "x", "impact": "OUTAGE"}]})
    assert {fault.code for fault in late.faults} == {"past", "unknown-component"}
    formless = do(store, "plan", {**WINDOW, "zone": "CET+1", "first": "soon", "length_s": 5})
    assert len(formless.faults) == 3
    assert [fault.code for fault in do(store, "approve", {"id": "REC-1"}).faults] == ["scope", "unknown-recurrence"]
    assert store.look(recurrences.every) == ()
