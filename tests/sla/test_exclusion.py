from __future__ import annotations

from dataclasses import replace

import pytest

from sla.agreement import PRESETS
from sla.exclusion import Decision, Exclusion, Step, faults
from sla.span import Span

CAUSES = PRESETS["slg-2018"].excluded_causes
PROPOSED = Decision(300, Step.PROPOSED, "anna")
APPROVED = Decision(400, Step.APPROVED, "ben")
SOUND = Exclusion("X-1", Span(100, 200), "isp", evidence=("ticket:1",), history=(PROPOSED, APPROVED))


def codes(exclusion: Exclusion) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(fault.code, fault.member) for fault in faults(exclusion, CAUSES)]


def test_a_sound_exclusion_breaks_no_rule() -> None:
    assert codes(SOUND) == []
    assert codes(replace(SOUND, history=(PROPOSED, APPROVED, Decision(400, Step.REVOKED, "anna")))) == []
    assert codes(replace(SOUND, evidence=(), history=(PROPOSED, Decision(301, Step.REJECTED, "ben")))) == []


@pytest.mark.parametrize(
    ("exclusion", "expected"),
    [
        (replace(SOUND, cause="provider_database"), ("cause-not-in-agreement", ("cause",))),
        (replace(SOUND, cause="unmanaged_component"), ("party-required", ("party",))),
        (replace(SOUND, evidence=()), ("evidence-required", ("evidence",))),
        (replace(SOUND, history=(APPROVED,)), ("illegal-step", ("history", 0, "status"))),
        (replace(SOUND, history=(PROPOSED, Decision(299, Step.REJECTED, "ben"))), ("illegal-step", ("history", 1, "status"))),
        (replace(SOUND, history=(PROPOSED, APPROVED, APPROVED)), ("illegal-step", ("history", 2, "status"))),
        (replace(SOUND, history=(PROPOSED, replace(APPROVED, by="anna"))), ("four-eyes", ("history", 1, "by"))),
        (replace(SOUND, span=Span(100, 401)), ("not-over-yet", ("history", 1, "at"))),
    ],
)
def test_each_broken_rule_is_named_with_its_place(exclusion: Exclusion, expected: tuple[str, tuple[str | int, ...]]) -> None:
    assert codes(exclusion) == [expected]


def test_all_broken_rules_are_named_at_once() -> None:
    bad = Exclusion("X-2", Span(100, 500), "unmanaged_component", history=(PROPOSED, replace(APPROVED, by="anna")))
    assert {code for code, _ in codes(bad)} == {"party-required", "evidence-required", "four-eyes", "not-over-yet"}


def test_an_assumption_needs_nobody_but_a_cause_of_the_agreement() -> None:
    assert codes(Exclusion("X-3", Span(100, 200), "unmanaged_component", history=None)) == []
    assert codes(Exclusion("X-3", Span(100, 200), "bad_weather", history=None)) == [("cause-not-in-agreement", ("cause",))]


def test_the_last_step_known_decides_whether_it_counts() -> None:
    revoked = replace(SOUND, history=(PROPOSED, APPROVED, Decision(500, Step.REVOKED, "ben")))
    assert [revoked.approved_at(as_of) for as_of in (299, 399, 400, 499, 500, None)] == [None, None, 400, 400, None, None]
    assert SOUND.approved_at(None) == 400
    assert replace(SOUND, history=None).approved_at(5) == 0
