from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import TICKS, worlds
from written import UP, changes, down, figures

from sla.account import Terms, account
from sla.agreement import Agreement
from sla.case import Case, CaseComponent
from sla.composition import All, AtLeast, Leaf
from sla.evaluate import terms
from sla.exclusion import Decision, Exclusion, Step
from sla.facts import levels
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import Span
from sla.state import State

WHOLE = Span(0, 40)
A_OR_B = AtLeast(1, (Leaf("a"), Leaf("b")))


def approved(*at: int) -> tuple[Decision, ...]:
    return (Decision(0, Step.PROPOSED, "anna"), *(Decision(each, Step.APPROVED, "ben") for each in at))


def test_observed_is_the_agreements_time_that_has_been() -> None:
    young = Agreement(effective_from=10, effective_to=30)
    assert [Terms(young, A_OR_B, as_of=as_of).observed() for as_of in (None, 20, 10)] == [Span(10, 30), Span(10, 20), None]
    always = Terms(Agreement(), A_OR_B).observed()
    assert always is not None
    assert 0 in always


def test_exclusions_count_in_the_order_of_their_approval_and_then_of_their_ids() -> None:
    late, early = Exclusion("A", WHOLE, "isp", history=approved(50)), Exclusion("C", WHOLE, "isp", history=approved(40))
    same, never = Exclusion("B", WHOLE, "isp", history=approved(40)), Exclusion("D", WHOLE, "isp", history=approved())
    assumed = Exclusion("Z", WHOLE, "isp", history=None)
    every = (late, early, same, never, assumed)
    assert Terms(Agreement(), A_OR_B, every).counting() == (assumed, same, early, late)
    assert Terms(Agreement(), A_OR_B, every, as_of=49).counting() == (assumed, same, early)


def test_the_first_approved_gets_the_share_that_two_could_have() -> None:
    one = Exclusion("B", Span(0, 10), "isp", history=approved(40))
    two = Exclusion("A", Span(5, 15), "force_majeure_war", ("site",), history=approved(41))
    seen = figures(down((0, 20)), WHOLE, exclusions=(two, one))
    assert seen.excluded_ms == {"isp": 10, "force_majeure_war": 5}
    assert (seen.observed_ms, seen.downtime_ms) == (20, 5)


def test_component_facts_come_before_exclusions_and_those_before_the_tree_and_the_whole_site_last() -> None:
    parts = {"a": down((0, 40)), "b": down((10, 30))}
    part = Exclusion("X", Span(15, 20), "isp", ("b",), history=None)
    whole = Exclusion("Y", Span(18, 25), "isp", history=None)
    seen = figures(parts, WHOLE, tree=A_OR_B, exclusions=(part, whole))
    assert (seen.observed_ms, seen.downtime_ms) == (20, 10)
    not_there = {**parts, "b": CaseComponent(down((10, 30)), (Span(0, 15),))}
    assert figures(not_there, WHOLE, tree=A_OR_B, exclusions=(part,)).downtime_ms == 30


def test_maintenance_forgives_only_if_the_agreement_says_so() -> None:
    told = Maintenance("M", (Announcement(0, Span(10, 20), Status.CONFIRMED, Impact.OUTAGE),))
    excluded = Agreement(maintenance="excluded", maintenance_notice_seconds=0)
    assert figures(down((0, 40)), WHOLE, maintenance=(told,)).downtime_ms == 40
    assert figures(down((0, 40)), WHOLE, maintenance=(told,), agreement=excluded).downtime_ms == 30
    assert figures(down((0, 40)), WHOLE, maintenance=(told,), agreement=excluded).excluded_ms == {"scheduled_maintenance": 10}


def test_degraded_is_priced_by_the_agreement() -> None:
    parts = {"a": down((10, 20), state=State.DEGRADED)}
    assert figures(parts, WHOLE).downtime_ms == 0
    assert figures(parts, WHOLE, agreement=Agreement(degraded_impact=Fraction(1, 8))).downtime_ms == Fraction(10, 8)


def test_components_that_the_tree_does_not_name_are_informational_and_those_without_levels_unknown() -> None:
    assert figures({"a": changes((0, UP)), "b": down((0, 40))}, WHOLE, tree=Leaf("a")).downtime_ms == 0
    assert figures({"a": changes((0, UP)), "b": down((0, 40))}, WHOLE).downtime_ms == 40
    seen = account(Terms(Agreement(), All((Leaf("a"), Leaf("b")))), {"a": levels(CaseComponent(down()), None, False)}, WHOLE)
    assert seen.shown(5) is State.UNKNOWN
    assert seen.counted.unknown.between(0, 40) == 40


@settings(max_examples=150, deadline=None)
@given(worlds, st.integers(0, TICKS - 1), st.integers(1, TICKS))
def test_a_part_of_the_time_is_counted_as_in_the_whole(world: Case, since: int, length: int) -> None:
    parts = {name: levels(one, world.as_of, False) for name, one in world.components.items()}
    whole, span = account(terms(world), parts, Span(0, 2 * TICKS)), Span(since, since + length)
    part = account(terms(world), parts, span)
    for name in ("down", "best", "worst", "unknown", "removed"):
        assert list(getattr(part.counted, name)) == list(getattr(whole.counted, name).within(span)), name
    assert part.track.states(span) == whole.track.states(span)
    assert whole.counted.replaced(span, part.counted) == replace(
        whole.counted, excluded=dict(sorted(whole.counted.excluded.items()))
    )
