"""The life of an exclusion: two persons, evidence, an agreed cause, a span that is over; every rule at once, all audited."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from desk_world import NOW, Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.desk.exclusions import Proposal, Ruling, effect, judge_proposal, judge_ruling, propose, rule
from monitor.desk.people import Person, host
from monitor.desk.refusal import Refused
from monitor.store import audit, exclusions, tables
from monitor.store.audit import Actor
from monitor.store.exclusions import Filed
from sla.exclusion import NEXT, Step, faults
from sla.span import DAY
from sla.texts import instant

ANNA, BEN, CARL = (Person(Actor(name, "token"), frozenset({"operate", "approve"})) for name in ("Anna", "Ben", "Carl"))
ASKED = Proposal(
    "acme",
    instant("2026-06-18T14:00:00Z"),
    instant("2026-06-18T14:50:00Z"),
    "unmanaged_component",
    ("directory",),
    "directory servers of Acme",
    "both controllers restarted by the customer",
    ("ticket:4711",),
)


def filed(store: Store, person: Person = ANNA, asked: Proposal = ASKED, now: int = NOW) -> Filed:
    found = store.do(lambda c: propose(c, person, asked, now))
    assert isinstance(found, Filed), found
    return found


def ruled(store: Store, person: Person, step: Step, now: int = NOW, key: str = "X-1", note: str = "seen") -> Filed | Refused:
    return store.do(lambda c: rule(c, person, Ruling(key, step, note), now))


def codes(found: Filed | Refused) -> set[str]:
    assert isinstance(found, Refused), found
    return set(found.codes)


def test_two_persons_take_an_exclusion_from_proposal_to_revocation(store: Store) -> None:
    assert filed(store).exclusion.id == "X-1"
    approved = ruled(store, BEN, Step.APPROVED, NOW + 1)
    assert isinstance(approved, Filed)
    assert approved.exclusion.approved_at(None) == NOW + 1
    revoked = ruled(store, CARL, Step.REVOKED, NOW + 2)
    assert isinstance(revoked, Filed)
    assert [(one.step, one.by) for one in revoked.exclusion.history or ()] == [
        (Step.PROPOSED, "Anna"),
        (Step.APPROVED, "Ben"),
        (Step.REVOKED, "Carl"),
    ]
    assert revoked.exclusion.approved_at(None) is None
    assert revoked.notes == ("", "seen", "seen")


def test_every_broken_rule_of_a_proposal_is_named_at_once_and_nothing_is_filed(store: Store) -> None:
    bad = replace(ASKED, end=ASKED.start, cause="provider_database", components=("directry",), reason=" ", evidence=("a\nb",))
    nobody = Person(Actor("Eve", "token"), frozenset({"read"}))
    found = store.do(lambda c: propose(c, nobody, bad, NOW))
    assert codes(found) == {"scope", "empty-span", "cause-not-in-agreement", "unknown-component", "value"}
    assert isinstance(found, Refused)
    assert any('did you mean "directory"?' in fault.message for fault in found.faults)
    assert store.look(exclusions.every) == ()


def test_a_strange_site_or_id_is_named_with_the_nearest(store: Store) -> None:
    found = store.do(lambda c: propose(c, ANNA, replace(ASKED, site="acne"), NOW))
    assert codes(found) == {"unknown-site"}
    filed(store)
    assert codes(ruled(store, BEN, Step.APPROVED, key="X-7")) == {"unknown-exclusion"}


def test_the_proposer_does_not_approve_and_the_host_decides_nothing(store: Store) -> None:
    filed(store)
    assert codes(ruled(store, ANNA, Step.APPROVED)) == {"four-eyes"}
    assert codes(ruled(store, host("root"), Step.APPROVED)) == {"scope"}
    assert codes(ruled(store, host("root"), Step.REJECTED)) == {"scope"}
    filed(store, host("root"))
    assert isinstance(ruled(store, ANNA, Step.APPROVED, key="X-2"), Filed)


def test_nothing_is_approved_without_evidence_or_before_its_span_is_over(store: Store) -> None:
    filed(store, asked=replace(ASKED, evidence=(), end=NOW + DAY))
    assert codes(ruled(store, BEN, Step.APPROVED)) == {"evidence-required", "not-over-yet"}
    late = store.do(lambda c: rule(c, BEN, Ruling("X-1", Step.APPROVED, evidence=("mail:9",)), NOW + DAY))
    assert isinstance(late, Filed)
    assert late.exclusion.evidence == ("mail:9",)


def test_a_step_is_never_dated_before_the_one_it_follows(store: Store) -> None:
    filed(store)
    back = ruled(store, BEN, Step.APPROVED, NOW - DAY)
    assert isinstance(back, Filed)
    assert back.last.at == NOW


def test_refused_attempts_are_audited_with_the_rules_they_broke(store: Store) -> None:
    filed(store)
    ruled(store, ANNA, Step.APPROVED)
    rows = store.look(lambda c: c.execute(sa.select(tables.audit).order_by(tables.audit.c.seq)).all())
    assert [(row.action, row.actor) for row in rows[1:]] == [
        ("exclusion.proposed", "Anna"),
        ("exclusion.approved.refused", "Anna"),
    ]
    assert json.loads(rows[2].body)["refused"] == ["four-eyes"]
    assert json.loads(rows[1].evidence) == ["ticket:4711"]
    assert store.look(audit.verified).bad_seq is None


def test_the_figures_before_and_after_a_decision_are_those_of_the_engine(store: Store) -> None:
    judged = store.look(lambda c: judge_proposal(c, ANNA, ASKED, NOW))
    month, worst = store.look(lambda c: effect(c, judged, NOW))
    assert (month.window, month.before["downtime_counted_seconds"], month.after["downtime_counted_seconds"]) == (
        "2026-06",
        "3960",
        "960",
    )
    assert (month.before["verdict"], month.after["verdict"], month.after["hypothetical"]) == ("breached", "met", True)
    assert (worst.before["verdict"], worst.after["worst"]["downtime_counted_seconds"]) == ("breached", "960")
    filed(store)
    ruled(store, BEN, Step.APPROVED)
    revoking = store.look(lambda c: judge_ruling(c, CARL, Ruling("X-1", Step.REVOKED, "it was ours"), NOW))
    (again, _) = store.look(lambda c: effect(c, revoking, NOW))
    assert (again.before["downtime_counted_seconds"], again.after["downtime_counted_seconds"]) == ("960", "3960")


def test_a_refused_deed_and_a_rejection_change_no_figure(store: Store) -> None:
    filed(store)
    refused = store.look(lambda c: judge_ruling(c, ANNA, Ruling("X-1", Step.APPROVED), NOW))
    rejected = store.look(lambda c: judge_ruling(c, BEN, Ruling("X-1", Step.REJECTED, "no"), NOW))
    assert refused.faults
    assert not rejected.faults
    assert store.look(lambda c: effect(c, refused, NOW)) == store.look(lambda c: effect(c, rejected, NOW)) == ()


DEEDS = st.lists(
    st.tuples(st.sampled_from([ANNA, BEN, CARL, host("root")]), st.sampled_from(list(Step)[1:]), st.integers(0, 3)), max_size=8
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([ANNA, host("root")]), DEEDS, st.booleans())
def test_whatever_people_try_only_sound_histories_are_kept(
    store: Store, proposer: Person, deeds: list[tuple[Person, Step, int]], evidence: bool
) -> None:
    """Against the plain rules: a step is taken exactly if it may follow, by somebody who may, and never by one person alone."""
    key = filed(store, proposer, replace(ASKED, evidence=("t:1",) if evidence else ())).exclusion.id
    state = Step.PROPOSED
    for number, (person, step, later) in enumerate(deeds):
        found = ruled(store, person, step, NOW + number * 10 + later, key)
        may = step in NEXT[state] and "approve" in person.scopes
        sound = step is not Step.APPROVED or (person is not proposer and evidence)
        assert isinstance(found, Filed) is (may and sound)
        state = step if isinstance(found, Filed) else state
    kept = store.look(lambda c: exclusions.find(c, key))
    assert kept is not None
    assert kept.last.step is state
    assert faults(kept.exclusion, {ASKED.cause}) == ()
    assert store.look(audit.verified).bad_seq is None


@pytest.mark.parametrize("key", ["X-0", "X-", "X-99999999999999999999", "X-1; DROP TABLE exclusion", "1", "x-1"])
def test_a_strange_id_is_no_exclusion(store: Store, key: str) -> None:
    filed(store)
    assert store.look(lambda c: exclusions.find(c, key)) is None
