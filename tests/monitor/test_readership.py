"""Pages as those who write to their readers know them: the same addresses, ids and names as the pages themselves."""

from __future__ import annotations

from pathlib import Path

from published import Desk, site

from monitor.config.configuration import PublicEntry
from monitor.readership import of_each, readerships
from sla.incident import Incident, Status, Update
from sla.state import State
from sla.timeline import Change


def test_names_and_ids_are_those_of_the_pages(tmp_path: Path) -> None:
    entries = [PublicEntry("Sign-in", ("a/ldap", "b/ldap"), "EU"), PublicEntry("Portal", ("a/web",))]
    desk = Desk(tmp_path, [site("a", "acme"), site("b", "globex"), site("c", "globex")], entries)
    for key in "abc":
        for part in ("web", "ldap", "spare"):
            desk.append(desk.stream(key, part), [Change(desk.now - 10_000, State.UP)])
    public, acme, globex = readerships(desk.board._in_force().configuration, b"k" * 32)
    for page, of in ((acme, "acme"), (globex, "globex")):
        made = desk.board.customer(of)
        desk.board.take(made)
        snapshot = made.pages[0].of
        assert page.page == desk.board.customer_path(of)
        assert list(page.names) == [entry.key for entry in snapshot.entries]  # type: ignore[attr-defined]
        assert page.url == snapshot.url  # type: ignore[attr-defined]
    shown = desk.board.public()[0].of
    assert list(public.names) == [entry.key for entry in shown.entries]  # type: ignore[attr-defined]
    assert list(public.names.values()) == ["EU: Sign-in", "Portal"]
    assert "Site b: web" in globex.names.values() and "web" in acme.names.values()
    desk.database.close()


def test_each_gets_only_what_is_theirs_of_one_incident(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [site("a", "acme"), site("b", "globex"), site("c", "globex"), site("d", "other")])
    first = Update(5, Status.INVESTIGATING, "threenines", ("b/ldap", "a/ldap"))
    second = Update(9, Status.INVESTIGATING, "threenines", ("b/ldap", "a/ldap", "c/web"))
    one = Incident(1, "shared:x", 4, (first, second))
    found = {page.title: own for page, own in of_each(one, readerships(desk.board._in_force().configuration, b"k" * 32))}
    assert {name: [update.components for update in own.updates] for name, own in found.items()} == {
        "Acme": [("a/ldap",), ("a/ldap",)],
        "Globex": [("b/ldap",), ("b/ldap", "c/web")],
    }
    desk.database.close()
