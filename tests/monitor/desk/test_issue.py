"""Publishing: version 1, another when something touches it was recorded since, and every old one from the store bit for bit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from hashlib import sha256

import pytest
import sqlalchemy as sa
from desk_world import NOW, SITE, Store, configured

from monitor.desk.exclusions import Proposal, Ruling, propose, rule
from monitor.desk.issue import Outcome, Wish, differing, issue, judge
from monitor.desk.people import Person, host
from monitor.desk.records import enlisted
from monitor.desk.refusal import Refused
from monitor.desk.statement import Asked
from monitor.ports import Result
from monitor.store import announcements, audit, chunks, statements, tables
from monitor.store.audit import Actor
from monitor.store.database import Database
from monitor.store.ledger import Ledger
from monitor.store.statements import Issued
from sla.canonical import canonical
from sla.exclusion import Step
from sla.maintenance import Announcement, Impact, Status
from sla.span import DAY, HOUR, MINUTE, SECOND, Span
from sla.state import Cause, State
from sla.texts import instant
from sla.timeline import Change, Rule

JUNE = Asked.of("2026-06")
ANNA, BEN = (Person(Actor(name, "token"), frozenset({"operate", "approve"})) for name in ("Anna", "Ben"))
OUTAGE = Span(instant("2026-06-18T14:00:00Z"), instant("2026-06-18T14:50:00Z"))
ASKED = Proposal("acme", OUTAGE.start, OUTAGE.end, "isp", ("directory",), reason="fibre cut", evidence=("t:1",))


def published(store: Store, now: int, asked: Asked = JUNE, as_of: int | None = None) -> Outcome:
    found = store.do(lambda c: issue(c, ANNA, Wish("acme", asked, now if as_of is None else as_of), now))
    assert isinstance(found, Outcome), found
    return found


def refusal(store: Store, wish: Wish, now: int = NOW, person: Person = ANNA) -> dict[str, str]:
    found = store.do(lambda c: issue(c, person, wish, now))
    assert isinstance(found, Refused)
    return {fault.code: fault.expected for fault in found.faults}


def version(store: Store, outcome: Outcome) -> Issued:
    assert outcome.issued is not None
    return outcome.issued


def counted(issued: Issued) -> Fraction:
    return Fraction(issued.document["result"]["figures"]["downtime_counted_seconds"])


def approved(store: Store, now: int) -> None:
    store.do(lambda c: propose(c, ANNA, ASKED, now))
    store.do(lambda c: rule(c, BEN, Ruling("X-1", Step.APPROVED), now + 1))


def down(store: Store, start: str, minutes: int, recorded_at: int, check: str = "directory") -> None:
    begun = instant(start)
    store.say(check, Change(begun, State.DOWN), Change(begun + minutes * MINUTE, State.UP), recorded_at=recorded_at)


def test_the_first_version_is_what_was_known_and_stands_in_the_audit(store: Store) -> None:
    outcome = published(store, NOW)
    one = version(store, outcome)
    assert (outcome.fresh, one.version, one.issued_by, one.deltas) == (True, 1, "Anna", ())
    assert one.document["result"]["verdict"] == "breached"
    assert store.look(lambda c: statements.versions(c, "acme", "2026-06")) == (one,)
    with store.database.readers.connect() as c:
        row = c.execute(sa.select(tables.audit).order_by(tables.audit.c.seq.desc())).first()
    assert row is not None
    assert (row.action, row.object, row.actor) == ("statement.issued", "acme 2026-06 version 1", "Anna")
    assert sha256(one.content).hexdigest() in row.body


def test_nothing_new_stores_nothing(store: Store) -> None:
    one = version(store, published(store, NOW))
    head = store.look(audit.head)
    down(store, "2026-07-05T10:00:00Z", 30, NOW + DAY)  # of another month
    assert published(store, NOW + 9 * DAY) == Outcome(one, fresh=False)
    assert store.look(audit.head) == head


def test_later_facts_make_a_version_whose_deltas_sum_up_and_leave_the_old_one_as_it_was(store: Store) -> None:
    one = version(store, published(store, NOW))
    down(store, "2026-06-20T10:00:00Z", 10, NOW + HOUR)
    approved(store, NOW + DAY)
    two = version(store, published(store, NOW + 2 * DAY))
    assert [(d["kind"], d["of"], d["said"], d["counted_seconds"]) for d in two.deltas] == [
        ("change", "directory", "", "600"),
        ("exclusion", "X-1", "proposed", "0"),
        ("exclusion", "X-1", "approved", "-3000"),
    ]
    assert sum(Fraction(d["counted_seconds"]) for d in two.deltas) == counted(two) - counted(one) == -2400
    store.do(lambda c: rule(c, BEN, Ruling("X-1", Step.REVOKED, "wrong"), NOW + 3 * DAY))
    three = version(store, published(store, NOW + 4 * DAY))
    assert [(d["said"], d["counted_seconds"]) for d in three.deltas] == [("revoked", "3000")]
    assert store.look(lambda c: statements.versions(c, "acme", "2026-06")) == (one, two, three)
    assert not store.look(lambda c: list(differing(c, (one, two, three))))


def test_every_version_follows_from_the_store_for_ever(store: Store) -> None:
    """Whatever comes later: late looks, decisions, notices, another agreement, other components, packed results."""
    versions = [version(store, published(store, NOW))]
    number = store.numbers.sites["acme"]
    for day in range(1, 6):
        now = NOW + day * DAY
        down(store, f"2026-06-0{day}T10:00:00Z", day, now, "node-1" if day % 2 else "directory")
        notice = Announcement(now - 2 * HOUR, Span(OUTAGE.start, OUTAGE.end + day), Status.CONFIRMED, Impact.OUTAGE)
        store.do(lambda c, n=notice, at=now: announcements.append(c, number, "M-1", (), n, at))
        other = SITE.replace("zone: Europe/Berlin", f"zone: Europe/Berlin, days: {30 - day}").replace("node-2", f"node-{day + 2}")
        store.do(lambda c, text=other, at=now: enlisted(c, configured(store.folder, text), at + 1))
        if day == 3:
            approved(store, now + 2)
        found = version(store, published(store, now + HOUR))
        assert sum(Fraction(d["counted_seconds"]) for d in found.deltas) == counted(found) - counted(versions[-1])
        versions.append(found)
    assert [one.version for one in versions] == [1, 2, 3, 4, 5, 6]
    assert store.look(lambda c: statements.versions(c, "acme", "2026-06")) == tuple(versions)
    assert not store.look(lambda c: list(differing(c, versions)))
    kinds = {delta["kind"] for one in versions for delta in one.deltas}
    assert kinds == {"change", "exclusion", "announcement", "agreement"}


def packed_away(store: Store, now: int) -> None:
    """Pack all hours, then let go of the raw looks and, 400 days later, of the chunks."""
    while hours := store.look(lambda c: chunks.hours_to_pack(c, now)):
        for hour in hours:
            many = store.do(lambda c, hour=hour: chunks.pack_streams(c, hour, range(1, 1_000)))
            store.do(lambda c, hour=hour, many=many: chunks.mark(c, hour, now, many))
    while store.do(lambda c: chunks.drop_raw(c, now + 3 * DAY)):
        pass
    while store.do(lambda c: chunks.drop_chunks(c, now + 400 * DAY)):
        pass


def test_late_looks_and_packed_results_leave_what_was_published(store: Store) -> None:
    """An agent brings its spool after the month was published; then looks are packed, all results go, the service restarts."""
    check, place = store.numbers.checks["acme", "directory"], store.numbers.locations["main"]
    ledger, begun = Ledger({check: Rule()}), instant("2026-06-25T08:00:00Z")

    def look(minute: int, state: State) -> Result:
        at = begun + minute * MINUTE
        return Result(at, check, place, at, 12.0, state, Cause.TCP_REFUSED if state is State.DOWN else None)

    def taken(looks: list[Result], now: int) -> None:
        store.do(lambda c: ledger.take(c, looks, now))

    taken([look(minute, State.UP) for minute in (*range(60), *range(90, 120), 7 * 1440)], begun + 7 * DAY)
    one = version(store, published(store, begun + 8 * DAY))
    taken([look(minute, State.DOWN if 65 <= minute < 80 else State.UP) for minute in range(60, 90)], begun + 9 * DAY)
    two = version(store, published(store, begun + 10 * DAY))
    unknown = [Fraction(issued.document["result"]["figures"]["unknown_seconds"]) for issued in (one, two)]
    assert unknown[0] - unknown[1] == 31 * MINUTE // SECOND - 130
    assert [(d["kind"], d["of"], d["counted_seconds"]) for d in two.deltas] == [("change", "directory", str(15 * 60))]
    packed_away(store, begun + 20 * DAY)
    store.database.close()
    store.database = Database(store.configuration.data, NOW + 400 * DAY)
    count = sa.text("SELECT (SELECT count(*) FROM result) + (SELECT count(*) FROM chunk)")
    assert store.look(lambda c: c.execute(count).scalar()) == 0
    assert store.look(lambda c: statements.versions(c, "acme", "2026-06")) == (one, two)
    assert not store.look(lambda c: list(differing(c, (one, two))))


def test_history_that_is_imported_later_sums_up_too(store: Store) -> None:
    """With it the site begins earlier, and so does the time that its agreement is measured by."""
    may = Asked.of("2026-04-10..2026-05-05")
    one = version(store, published(store, NOW, may))
    begun = instant("2026-04-12T00:00:00Z")
    changes = Change(begun, State.UP), Change(begun + DAY, State.DOWN), Change(begun + DAY + HOUR, State.UP)
    store.say("directory", *changes, recorded_at=NOW + DAY)
    two = version(store, published(store, NOW + 2 * DAY, may))
    periods = [issued.document["result"]["figures"]["period_seconds"] for issued in (one, two)]
    assert Fraction(periods[1]) > Fraction(periods[0])
    assert sum(Fraction(d["counted_seconds"]) for d in two.deltas) == counted(two) - counted(one) == 3600


def test_what_the_store_does_not_say_any_more_is_found_and_nothing_is_built_on_it(store: Store) -> None:
    one = version(store, published(store, NOW))
    with store.database.readers.connect() as c:
        assert not list(differing(c, (one,)))
        changed = replace(one, content=one.content.replace(b'"3960"', b'"3961"'))
        ((told, place),) = differing(c, (changed,))
    assert (told, place) == (changed, "/result/any_days/worst/downtime_best_seconds")
    store.do(lambda c: c.execute(sa.text("DROP TRIGGER change_stays")))
    store.do(lambda c: c.execute(sa.text(f"UPDATE change SET at = at + 60000 WHERE state = {int(State.DOWN)}").columns()))
    assert "not-reproducible" in refusal(store, Wish("acme", JUNE, NOW + DAY), NOW + DAY)


def test_another_engine_is_told_only_where_it_says_something_else(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    one = version(store, published(store, NOW))
    monkeypatch.setattr("monitor.desk.figures.version", lambda package: f"another {package}")
    assert published(store, NOW + DAY) == Outcome(one, fresh=False)
    older = one.document
    older["result"]["figures"]["downtime_counted_seconds"] = "3900"
    of_then = replace(one, engine="0.9", content=canonical(older).encode(), period="2026-06-01..2026-06-30")
    store.do(lambda c: statements.append(c, store.numbers.sites["acme"], of_then))
    (delta,) = version(store, published(store, NOW + DAY, Asked.of(of_then.period))).deltas
    assert (delta["kind"], delta["counted_seconds"]) == ("rules", "60")
    assert (delta["said"], delta["of"]) == (
        f"engine 0.9, time zones {one.tzdata}",
        "engine another threenines, time zones another tzdata",
    )


def test_everything_that_hinders_is_said_at_once_and_audited(store: Store) -> None:
    early = Wish("acme", JUNE, instant("2026-06-30T21:59:59Z"))
    assert refusal(store, early, NOW, host("root")) == {"not-over-yet": "2026-06-30T22:00:00.000Z or later"}
    assert set(refusal(store, Wish("acmee", JUNE, NOW + 1))) == {"not-yet", "unknown-site"}
    reader = Person(Actor("Eve", "token"), frozenset({"read"}))
    assert set(refusal(store, Wish("acme", Asked.of("2025-06"), NOW), NOW, reader)) == {"not-watched", "scope"}
    published(store, NOW + DAY)
    assert refusal(store, Wish("acme", JUNE, NOW), NOW + DAY) == {"as-of-before": "2026-07-02T06:00:00.000Z or later"}
    with store.database.readers.connect() as c:
        actions = c.execute(sa.select(tables.audit.c.action)).scalars().all()
    assert actions.count("statement.issued.refused") == 4


def test_dates_in_which_the_site_began_are_published_too(store: Store) -> None:
    one = version(store, published(store, NOW, Asked.of("2026-04-10..2026-05-05")))
    assert one.document["result"]["verdict"] == "pending"


def test_looking_stores_nothing(store: Store) -> None:
    before = store.look(audit.head)
    outcome = store.look(lambda c: judge(c, ANNA, Wish("acme", JUNE, NOW), NOW))
    assert outcome.fresh and store.look(audit.head) == before
    assert store.look(lambda c: tuple(statements.every(c))) == ()
