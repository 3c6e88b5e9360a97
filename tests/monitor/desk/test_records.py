"""What a configuration says is kept when it changes, and each load stands in the audit."""

from __future__ import annotations

import json

import sqlalchemy as sa
from desk_world import BEGUN, NOW, SITE, Store, configured

from monitor.desk.records import clock_stepped, enlisted
from monitor.store import agreements, audit, tables


def rows(store: Store) -> list[tuple[str, dict[str, object]]]:
    found = store.look(lambda c: c.execute(sa.select(tables.audit.c.action, tables.audit.c.body)).all())
    return [(row.action, json.loads(row.body)) for row in found]


def test_only_what_is_new_is_kept_and_every_load_is_audited(store: Store) -> None:
    store.do(lambda c: enlisted(c, store.configuration, NOW))
    changed = configured(store.folder, SITE.replace("{zone: Europe/Berlin}", '{zone: Europe/Berlin, goal: "99.5%"}'))
    store.do(lambda c: enlisted(c, changed, NOW + 1))
    told = [body["changed"] for _, body in rows(store)]
    assert told == [{"acme": {"agreements": ["1"], "makeup": True}}, {}, {"acme": {"agreements": ["1"], "makeup": False}}]
    assert [body["sha256"] for _, body in rows(store)][2] == changed.digest
    number = store.numbers.sites["acme"]
    goals = [
        version.body["goal"]
        for as_of in (BEGUN - 1, BEGUN, NOW, NOW + 1)
        for version in store.look(lambda c, at=as_of: agreements.versions(c, number, at))
    ]
    assert goals == ["99.9%", "99.9%", "99.9%", "99.5%"]  # before anything was recorded the first recording stands


def test_a_step_of_the_clock_stands_in_the_audit(store: Store) -> None:
    store.do(lambda c: clock_stepped(c, NOW - 3_600_000, NOW, NOW))
    assert rows(store)[-1] == ("clock.stepped", {"from": "2026-07-01T06:00:00.000Z", "to": "2026-07-01T05:00:00.000Z"})
    assert store.look(audit.verified).bad_seq is None
