"""What people say of a trouble: every rule at once, never better than measured, all audited."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from desk_world import NOW, Store, ground

from monitor.desk.deed import Reply
from monitor.desk.deeds import Request, act, preview
from monitor.desk.incidents import LONGEST_BODY, seen_now
from monitor.desk.people import host, new_token
from monitor.store import audit, incidents, tables
from sla.state import State
from sla.texts import instant
from sla.timeline import Change

SAID = {"title": "Sign-in is slow", "components": ["acme/directory"], "body": "We are looking into it."}
DOWN = instant("2026-06-18T14:30:00Z")


def asked(store: Store, deed: str, body: dict[str, object], now: int = NOW, secret: str | None = None) -> Reply:
    return store.do(lambda c: act(c, Request(f"incident.{deed}", body, "root", secret), now, ground(store)))


def codes(reply: Reply) -> list[str]:
    return sorted(fault.code for fault in reply.faults)


def test_an_incident_is_told_from_its_first_word_to_its_last(store: Store) -> None:
    opened = asked(store, "open", SAID)
    assert (opened.faults, opened.sites) == ((), ("acme",))
    asked(
        store, "update", {"id": "I-1", "body": "It was a switch.", "status": "identified", "components": ["acme/node-1"]}, NOW + 1
    )
    over = asked(store, "update", {"id": "I-1", "body": "Replaced.", "status": "resolved"}, NOW + 2)
    assert over.faults == ()
    (one,) = store.look(incidents.every)
    assert [(update.status.value, update.body, update.by) for update in one.updates] == [
        ("investigating", "We are looking into it.", "host:root"),
        ("identified", "It was a switch.", "host:root"),
        ("resolved", "Replaced.", "host:root"),
    ]
    assert (one.open, one.components) == (False, ("acme/directory", "acme/node-1"))
    actions = store.look(lambda c: c.execute(sa.select(tables.audit.c.action).order_by(tables.audit.c.seq)).scalars().all())
    assert actions[-3:] == ["incident.opened", "incident.updated", "incident.updated"]
    assert store.look(audit.verified).bad_seq is None


def test_every_broken_rule_is_named_at_once_and_the_attempt_is_audited(store: Store) -> None:
    reader = store.do(lambda c: new_token(c, host("root"), "Eve", ("read",), NOW))
    body = {"title": "a\nb", "components": ["acme/directry", "acne/x"], "body": "x\x07" + "y" * LONGEST_BODY}
    found = asked(store, "open", body, secret=reader.secret)  # type: ignore[union-attr]
    assert codes(found) == ["scope", "unknown-component", "unknown-site", "value", "value", "value"]
    assert store.look(incidents.every) == ()
    last = store.look(lambda c: c.execute(sa.select(tables.audit.c.action, tables.audit.c.body)).all())[-1]
    assert (last.action, "scope" in json.loads(last.body)["refused"]) == ("incident.opened.refused", True)


@pytest.mark.parametrize("status", ["monitoring", "resolved"])
def test_nothing_is_well_that_is_measured_down(store: Store, status: str) -> None:
    asked(store, "open", SAID, DOWN)
    assert codes(asked(store, "update", {"id": "I-1", "body": "Fine.", "status": status}, DOWN + 1)) == ["still-down"]
    assert codes(asked(store, "open", {**SAID, "status": status}, DOWN)) == ["still-down"]
    assert asked(store, "update", {"id": "I-1", "body": "Found.", "status": "identified"}, DOWN + 1).faults == ()


def test_what_is_over_is_not_opened_again_but_may_be_explained(store: Store) -> None:
    asked(store, "open", {**SAID, "status": "resolved"})
    assert codes(asked(store, "update", {"id": "I-1", "body": "Again.", "status": "identified"})) == ["illegal-step"]
    assert codes(asked(store, "update", {"id": "I-1", "body": "Again."})) == ["illegal-step"]
    assert asked(store, "update", {"id": "I-1", "body": "Why it was.", "status": "postmortem"}).faults == ()


def test_a_strange_id_is_named_with_the_nearest(store: Store) -> None:
    asked(store, "open", SAID)
    (fault,) = asked(store, "update", {"id": "I-2", "body": "x"}).faults
    assert (fault.code, 'did you mean "I-1"?' in fault.message) == ("unknown-incident", True)


def test_a_preview_writes_nothing(store: Store) -> None:
    would = store.look(lambda c: preview(c, Request("incident.open", SAID, "root"), NOW, ground(store)))
    assert (would.body or {})["would"] == "incident.open"
    assert store.look(incidents.every) == ()


def test_a_component_is_what_it_is_measured_as(store: Store) -> None:
    assert store.look(lambda c: seen_now(c, "acme/directory", DOWN)) is State.DOWN
    assert store.look(lambda c: seen_now(c, "acme/directory", NOW)) is State.UP
    store.say("directory", Change(NOW - 5, State.UNKNOWN))
    assert store.look(lambda c: seen_now(c, "acme/directory", NOW)) is State.UNKNOWN
    assert store.look(lambda c: seen_now(c, "acme/nothing", NOW)) is State.UNKNOWN


@pytest.mark.parametrize("table", [tables.incident, tables.incident_update, tables.incident_site])
def test_what_was_said_stays(store: Store, table: sa.Table) -> None:
    asked(store, "open", SAID)
    for change in (sa.delete(table), sa.update(table).values(recorded_at=1)):
        with pytest.raises(Exception, match="append-only"):
            store.do(lambda c, change=change: c.execute(change))  # type: ignore[misc]
