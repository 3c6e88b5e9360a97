"""What was recorded that no case of an earlier time can hold."""

from __future__ import annotations

from desk_world import BEGUN, NOW, SITE, Store, configured

from monitor.desk.records import enlisted
from monitor.store import announcements, exclusions, recordings
from monitor.store.recordings import Recording
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Status
from sla.restatement import Kind
from sla.span import HOUR, Span

SPAN = Span(NOW - 10 * HOUR, NOW - 9 * HOUR)


def between(store: Store, since: int, until: int) -> tuple[Recording, ...]:
    return store.look(lambda c: recordings.between(c, store.numbers.sites["acme"], since, until))


def test_an_agreement_and_a_make_up_are_told_when_they_were_recorded(store: Store) -> None:
    other = SITE.replace("zone: Europe/Berlin", "zone: Europe/Berlin, days: 28").replace(
        "{id: directory, comp", "{id: ldap, comp"
    )
    store.do(lambda c: enlisted(c, configured(store.folder, other), NOW))
    assert [(one.recorded_at, one.kind, one.of) for one in between(store, BEGUN, NOW)] == [
        (NOW, Kind.AGREEMENT, "1"),
        (NOW, Kind.MAKEUP, ""),
    ]
    assert between(store, BEGUN, NOW - 1) == () == between(store, NOW, NOW + HOUR)


def test_steps_and_notices_are_told_only_if_recorded_after_they_were_said(store: Store) -> None:
    number = store.numbers.sites["acme"]
    proposed = Decision(NOW - HOUR, Step.PROPOSED, "anna")
    for recorded_at in (NOW - HOUR, NOW):
        store.do(lambda c, at=recorded_at: exclusions.file(c, number, Exclusion("", SPAN, "isp"), proposed, at))
        notice = Announcement(NOW - HOUR, SPAN, Status.CONFIRMED, Impact.OUTAGE)
        store.do(lambda c, at=recorded_at, notice=notice: announcements.append(c, number, f"M-{at}", (), notice, at))
    assert between(store, BEGUN, NOW) == (
        Recording(NOW, Kind.ANNOUNCEMENT, f"M-{NOW}", "CONFIRMED", SPAN),
        Recording(NOW, Kind.EXCLUSION, "X-2", "proposed", SPAN),
    )
