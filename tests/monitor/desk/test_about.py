from __future__ import annotations

from dataclasses import replace

from desk_world import Store, ground

from monitor.desk.about import about
from monitor.desk.bundle import bundle, sealed
from monitor.desk.issue import Wish, issue
from monitor.desk.verifying import verify
from monitor.store import statements
from sla.texts import instant

from test_issue import ANNA, JUNE, NOW, down  # isort: skip


def test_names_and_ends_are_those_of_the_configuration_and_the_newest_looks(store: Store) -> None:
    ends = {"acme/node-1": instant("2026-12-16T00:00:00Z"), "other/node-2": 1}
    found = about(replace(ground(store), ends=ends), "acme")
    assert (found["provider"], found["customer"], found["site"]) == ("P", "Acme GmbH", "Acme")
    assert found["components"].keys() == {"node-1", "node-2", "directory"}
    assert found["ends"] == [{"component": "node-1", "kind": "instance", "ends_at": "2026-12-16T00:00:00.000Z"}]
    assert about(ground(store), "gone") == {}


def test_each_version_keeps_the_names_of_its_own_time(store: Store) -> None:
    names = about(ground(store), "acme")
    store.do(lambda c: issue(c, ANNA, Wish("acme", JUNE, NOW), NOW, names))
    down(store, "2026-06-20T10:00:00Z", 10, NOW + 1)
    store.do(lambda c: issue(c, ANNA, Wish("acme", JUNE, NOW + 2), NOW + 2, {**names, "customer": "Acme AG"}))
    one, two = store.look(lambda c: statements.versions(c, "acme", "2026-06"))
    assert (one.about["customer"], two.about["customer"]) == ("Acme GmbH", "Acme AG")
    made = store.look(lambda c: bundle(c, (one, two)))
    assert verify(sealed(made, None)).difference is None
    renamed = {**made, "about": {**made["about"], "customer": "Eve"}}
    assert "about: the names are not those" in str(verify(sealed(renamed, None)).difference)
