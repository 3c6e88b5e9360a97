"""Published statements: kept byte for byte, each version once, and nothing recorded afterwards belongs to their past."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk_world import NOW, SITE, Store, configured
from sqlalchemy.exc import DatabaseError

from monitor.desk.case_file import facts
from monitor.desk.records import enlisted
from monitor.store import announcements, exclusions, statements
from monitor.store.statements import Issued
from sla.canonical import canonical
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Status
from sla.span import HOUR, Span
from sla.state import State
from sla.timeline import Change

CONTENT = canonical({"verdict": "met", "umlaut": "Zürich", "many": list(range(3_000))}).encode()
ISSUED = Issued("acme", "2026-06", 1, NOW, NOW + 5, "Ada", "1.0", "2026.1", "ab" * 32, CONTENT, ({"kind": "change"},))


def keep(store: Store, issued: Issued) -> None:
    store.do(lambda c: statements.append(c, store.numbers.sites["acme"], issued))


def test_what_was_published_comes_back_byte_for_byte_in_order(store: Store) -> None:
    later = replace(ISSUED, version=2, as_of=NOW + 1)
    run = replace(ISSUED, period="2026-05-01..2026-06-15")
    for issued in (ISSUED, later, run):
        keep(store, issued)
    assert store.look(lambda c: statements.versions(c, "acme", "2026-06")) == (ISSUED, later)
    assert store.look(lambda c: tuple(statements.every(c, "acme"))) == (run, ISSUED, later)
    assert store.look(lambda c: tuple(statements.every(c, "other"))) == ()
    assert ISSUED.document["umlaut"] == "Zürich"


def test_a_version_is_kept_once(store: Store) -> None:
    keep(store, ISSUED)
    with pytest.raises(DatabaseError, match="UNIQUE"):
        keep(store, replace(ISSUED, content=b"{}"))


def test_nothing_is_recorded_at_or_before_what_was_published(store: Store) -> None:
    """Whatever clock it comes with: of a late look, a decision, a notice, an agreement and a make-up alike."""
    keep(store, ISSUED)
    early = NOW - HOUR
    span = Span(early - HOUR, early)
    exclusion = Exclusion("", span, "isp", evidence=("t",))
    notice = Announcement(early, span, Status.CONFIRMED, Impact.OUTAGE)
    before = store.look(lambda c: facts(c, "acme", NOW))
    store.say("node-2", Change(early, State.DOWN), recorded_at=early)
    number = store.numbers.sites["acme"]
    store.do(lambda c: exclusions.file(c, number, exclusion, Decision(early, Step.PROPOSED, "anna"), early))
    store.do(lambda c: announcements.append(c, number, "M-1", (), notice, early))
    other = SITE.replace("zone: Europe/Berlin", "zone: Europe/Berlin, days: 28").replace(
        "{id: directory, comp", "{id: ldap, comp"
    )
    store.do(lambda c: enlisted(c, configured(store.folder, other), early))
    assert store.look(lambda c: facts(c, "acme", NOW)) == before
    after = store.look(lambda c: facts(c, "acme", NOW + 1))
    assert [len(after.exclusions), len(after.maintenance), len(after.makeups)] == [1, 1, len(before.makeups) + 1]
    assert after.versions != before.versions and after.told != before.told


def test_a_store_in_which_nothing_was_published_takes_every_clock(store: Store) -> None:
    assert store.look(lambda c: statements.after_published(c, 17)) == 17
