"""The gate from values alone: every reason with its numbers, and which of go, hold and cannot tell follows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from sla.gate import Answer, Evidence, Mark, SiteNext, SiteSeen, decide
from sla.maintenance import Impact, Status
from sla.rollout import Wave, Window
from sla.span import HOUR, Span

SOAK = 48 * HOUR
SPAN = Span(0, HOUR)
DONE = Window("own", "M-1", SPAN, Impact.DEGRADED, Status.COMPLETED, 0, HOUR, "done")
BEFORE = Wave(1, "internal", SOAK, (DONE,))
WAVE = Wave(2, "early", SOAK, (Window("acme", "M-2", Span(100 * HOUR, 101 * HOUR), Impact.DEGRADED, Status.CONFIRMED),))
SEEN = SiteSeen("own", Span(0, HOUR + SOAK), HOUR + SOAK, 0, Fraction(0))
AHEAD = SiteNext("acme", Fraction(2_592_000), Fraction(648_000))
GOOD = Evidence(WAVE, BEFORE, (SEEN,), (AHEAD,), ())
NOW = HOUR + SOAK


def against(evidence: Evidence, now: int = NOW) -> list[tuple[str, Mark]]:
    return [(one.code, one.mark) for one in decide(evidence, now).against]


def test_go_only_if_everything_is_good() -> None:
    decision = decide(GOOD, NOW)
    assert (decision.answer, decision.final, decision.against) == (Answer.GO, False, ())
    asked = ["completed", "outcome", "soak", "worse", "downtime", "coverage", "incident", "budget"]
    assert [one.code for one in decision.findings] == asked
    assert decide(Evidence(WAVE, None, (), (AHEAD,), ()), 0).answer is Answer.GO, "in front of the first wave nothing was seen"


def test_each_single_thing_against_it_holds() -> None:
    for evidence, code in (
        (replace(GOOD, seen=(replace(SEEN, worse_ms=1),)), "worse"),
        (replace(GOOD, seen=(replace(SEEN, beyond_ms=Fraction(1, 3)),)), "downtime"),
        (replace(GOOD, incidents=("I-7",)), "incident"),
        (replace(GOOD, ahead=(replace(AHEAD, left_ms=Fraction(647_999)),)), "budget"),
        (replace(GOOD, before=replace(BEFORE, windows=(replace(DONE, outcome="rolled-back"),))), "outcome"),
    ):
        decision = decide(evidence, NOW)
        assert (decision.answer, decision.final, against(evidence)) == (Answer.HOLD, True, [(code, Mark.BAD)])


def test_a_third_of_a_millisecond_is_never_rounded_away() -> None:
    (finding,) = decide(replace(GOOD, seen=(replace(SEEN, beyond_ms=Fraction(1, 3)),)), NOW).against
    assert (finding.site, finding.got, finding.wanted) == ("own", "1 s", "0 s counted outside its window")


def test_while_it_soaks_it_holds_without_an_end_to_it() -> None:
    decision = decide(GOOD, NOW - 1)
    assert (decision.answer, decision.final, against(GOOD, NOW - 1)) == (Answer.HOLD, False, [("soak", Mark.WAITS)])
    begun = replace(BEFORE, windows=(replace(DONE, status=Status.IN_PROCESS, over_at=None, outcome=None),))
    assert [code for code, _ in against(replace(GOOD, before=begun), HOUR)] == ["completed", "soak"]


def test_what_was_not_measured_can_not_be_told_but_may_still_be_made_up_while_it_soaks() -> None:
    one_percent = SEEN.span.length // 100
    assert decide(replace(GOOD, seen=(replace(SEEN, measured_ms=SEEN.span.length - one_percent),)), NOW).answer is Answer.GO
    less = replace(GOOD, seen=(replace(SEEN, measured_ms=SEEN.span.length - one_percent - 1),))
    assert (decide(less, NOW).answer, decide(less, NOW).final) == (Answer.CANNOT_TELL, True)
    assert (decide(less, NOW - 1).answer, decide(less, NOW - 1).final) == (Answer.HOLD, False)
    unknown = replace(GOOD, ahead=(replace(AHEAD, left_ms=None),))
    assert decide(unknown, NOW).answer is Answer.CANNOT_TELL
    both = replace(less, incidents=("I-7",))
    assert decide(both, NOW).answer is Answer.HOLD, "what is bad is bad, whatever else nobody knows"


def test_a_promise_that_can_not_be_kept_is_final_before_its_time() -> None:
    late = replace(GOOD, wave=replace(WAVE, windows=(replace(WAVE.windows[0], span=Span(NOW - 1, NOW + HOUR)),)))
    assert ("late", Mark.BAD) in against(late, 2 * HOUR)
    draft = replace(late.wave, windows=(replace(late.wave.windows[0], status=None),))
    assert against(replace(late, wave=draft), NOW) == [], "nobody was promised a draft"
