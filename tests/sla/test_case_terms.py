from __future__ import annotations

from dataclasses import replace

from case_examples import CASE, GONE, changed, told

from sla.agreement import PRESETS
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.reading import read
from sla.span import Span
from sla.texts import instant


def test_an_agreement_differs_from_its_preset_only_where_it_says_so() -> None:
    case = read(changed(("/agreement", {"preset": "sla-2020", "goal": "100%"}), ("/exclusions", []))).case
    assert case is not None
    assert case.agreement == replace(PRESETS["sla-2020"], goal=case.agreement.goal)
    assert case.agreement.goal == 1
    bare = read(changed(("/agreement", GONE), ("/exclusions/0/history", GONE))).case
    assert bare is not None
    assert bare.agreement == PRESETS["slg-2018"]


def test_no_cause_at_all_may_be_agreed() -> None:
    assert told(changed(("/agreement/excluded_causes", []))) == [
        ("/exclusions/0/cause", "cause-not-in-agreement"),
        ("/exclusions/1/cause", "cause-not-in-agreement"),
    ]


def test_an_exclusion_is_read_with_its_steps() -> None:
    case = read(CASE).case
    assert case is not None
    at = [instant(text) for text in ("2026-06-19T08:00:00Z", "2026-06-22T09:00:00Z", "2026-06-23T09:00:00Z")]
    steps = (Decision(at[0], Step.PROPOSED, "anna"), Decision(at[1], Step.APPROVED, "ben"), Decision(at[2], Step.REVOKED, "anna"))
    span = Span(instant("2026-06-18T14:00:00Z"), instant("2026-06-18T14:50:00Z"))
    evidence = ("ticket:4711",)
    expected = Exclusion("X-7", span, "unmanaged_component", ("b",), "Acme", "restarted", evidence, steps)
    assert case.exclusions[0] == expected
    assert case.exclusions[1].history is None


def test_an_exclusion_whose_history_is_empty_is_no_assumption() -> None:
    found = read(changed(("/exclusions/1/history", [])))
    assert found.mistakes == ()
    assert not found.hypothetical


def test_announcements_are_read_in_the_words_of_maintnote() -> None:
    case = read(CASE).case
    assert case is not None
    span = Span(instant("2026-06-20T00:00:00Z"), instant("2026-06-20T02:00:00Z"))
    first = Announcement(instant("2026-06-01T00:00:00Z"), span, Status.CONFIRMED, Impact.REDUCED_REDUNDANCY, "Acme")
    assert case.maintenance == (
        Maintenance("M-1", (first, Announcement(span.start, span, Status.IN_PROCESS, Impact.OUTAGE)), ("a",)),
    )


def test_a_broken_step_hides_no_other_mistake_and_makes_none_up() -> None:
    steps = [
        {"at": "2026-06-19T08:00:00Z", "status": "proposed"},
        {"at": "soon", "status": "approved", "by": "ben"},
        {"at": "2026-06-23T09:00:00Z", "status": "rejected", "by": "anna"},
    ]
    assert told(changed(("/exclusions/0/history", steps), ("/exclusions/0/evidence", []))) == [
        ("/exclusions/0/evidence", "evidence-required"),
        ("/exclusions/0/history/0/by", "missing"),
        ("/exclusions/0/history/1/at", "value"),
        ("/exclusions/0/history/2/status", "illegal-step"),
    ]
