from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from sla.agreement import Agreement
from sla.composition import All, AtLeast, Leaf, Quad
from sla.counting import Moment, Price, Rules, Weight, forgive
from sla.exclusion import Exclusion
from sla.maintenance import Impact, Maintenance
from sla.span import Span
from sla.state import State

D, G, U, Q = (0, 0, 0, 0), (1, 1, 1, 1), (2, 2, 2, 2), (0, 2, 0, 2)
A_AND_B = All((Leaf("a"), Leaf("b")))
QUARTER = Price.by(Agreement(degraded_impact=Fraction(1, 4)))
FREE = Weight(0, 0, 0, 0, 0)


def excluded(cause: str, *components: str) -> Exclusion:
    return Exclusion(cause, Span(0, 9), cause, components, history=None)


def moment(
    a: Quad | None, b: Quad | None, excluded: tuple[bool, ...] = (), forgiven: tuple[Impact, ...] = (), **of: bool
) -> Moment:
    return Moment({"a": a, "b": b}, excluded, forgiven, of.get("in_service", True), of.get("observed", True))


@pytest.mark.parametrize(
    ("quad", "weight"),
    [
        (D, Weight(4, 4, 4, 0, 0)),
        (G, Weight(1, 1, 1, 0, 0)),
        (U, FREE),
        (Q, Weight(0, 0, 4, 1, 0)),
        ((2, 2, 0, 2), Weight(0, 0, 4, 0, 0)),
        ((0, 0, 0, 2), Weight(4, 0, 4, 0, 0)),
        ((0, 1, 0, 2), Weight(1, 0, 4, 1, 0)),
    ],
)
def test_down_costs_all_degraded_its_impact_and_unknown_is_where_best_and_worst_cost_differently(
    quad: Quad, weight: Weight
) -> None:
    assert QUARTER.weight(quad, removed=False) == weight


def test_degraded_or_up_is_known_at_impact_0_and_degraded_or_down_at_impact_1() -> None:
    assert Price.by(Agreement()).weight((1, 2, 1, 2), removed=False) == FREE
    assert Price.by(Agreement(degraded_impact=Fraction(1))).weight((0, 1, 0, 1), removed=False) == Weight(1, 1, 1, 0, 0)


def test_unknown_time_may_leave_the_period() -> None:
    leaving = Price.by(Agreement(unknown="remove-from-period"))
    assert leaving.weight(Q, removed=False) == Weight(0, 0, 0, 1, 0)
    assert leaving.weight((2, 2, 0, 2), removed=False) == Weight(0, 0, 1, 0, 0)


def test_excluding_one_component_does_not_forgive_another_in_the_same_instant() -> None:
    rules = Rules(A_AND_B, QUARTER, False, (excluded("isp", "a"),))
    assert rules.weight(moment(D, D, (True,))) == Weight(4, 4, 4, 0, 0)
    assert rules.weight(moment(D, G, (True,))) == Weight(1, 1, 1, 0, 0, (("isp", 3),))
    assert rules.weight(moment(D, U, (True,))) == replace_excluded(FREE, ("isp", 4))
    assert rules.weight(moment(D, U, (False,))) == Weight(4, 4, 4, 0, 0)


def replace_excluded(weight: Weight, *shares: tuple[str, int]) -> Weight:
    return weight._replace(excluded=shares)


def test_all_components_excluded_is_not_the_whole_site_excluded() -> None:
    rules = Rules(A_AND_B, QUARTER, True, (excluded("isp", "a", "b"),))
    assert rules.weight(moment(D, U, (True,))).removed == 0
    assert Rules(A_AND_B, QUARTER, True, (excluded("isp"),)).weight(moment(D, U, (True,))).removed == 1


def test_unknown_time_inside_is_forgiven_and_over_up_time_nothing_changes() -> None:
    rules = Rules(A_AND_B, QUARTER, False, (excluded("isp"),))
    assert rules.weight(moment(Q, U, (True,))) == FREE
    assert rules.weight(moment(U, U, (True,))) == FREE


def test_each_cause_gets_what_it_adds_in_the_order_of_approval_and_maintenance_is_last() -> None:
    rules = Rules(A_AND_B, QUARTER, False, (excluded("isp", "a"), excluded("other_external")), (Maintenance("M", (), ("b",)),))
    outage = (Impact.OUTAGE,)
    assert rules.weight(moment(D, G, (True, True), outage)).excluded == (("isp", 3), ("other_external", 1))
    assert rules.weight(moment(D, G, (False, True), outage)).excluded == (("other_external", 4),)
    assert rules.weight(moment(D, G, (True, False), outage)).excluded == (("isp", 3), ("scheduled_maintenance", 1))
    assert rules.weight(moment(D, D, (True, False), outage)).excluded == (("scheduled_maintenance", 4),)


def test_a_share_may_be_negative_where_unknown_time_that_had_left_counts_again() -> None:
    leaving = Price.by(Agreement(unknown="remove-from-period", degraded_impact=Fraction(1, 4)))
    rules = Rules(A_AND_B, leaving, False, (excluded("isp", "a"),))
    assert rules.weight(moment(Q, G, (True,))) == Weight(1, 1, 1, 0, 0, (("isp", -1),))


def test_whole_site_exclusions_and_outage_maintenance_may_leave_the_period() -> None:
    whole, part = Maintenance("M", ()), Maintenance("N", (), ("a",))
    rules = Rules(A_AND_B, QUARTER, True, (excluded("isp"),), (whole, part))
    none, out, slow = Impact.NO_IMPACT, Impact.OUTAGE, Impact.DEGRADED
    assert rules.weight(moment(U, U, (True,), (none, none))) == Weight(0, 0, 0, 0, 1)
    assert rules.weight(moment(D, U, (False,), (out, none))) == Weight(0, 0, 0, 0, 1, (("scheduled_maintenance", 4),))
    assert rules.weight(moment(D, U, (False,), (slow, none))) == Weight(4, 4, 4, 0, 0)
    assert rules.weight(moment(D, U, (False,), (none, out))) == Weight(0, 0, 0, 0, 0, (("scheduled_maintenance", 4),))


def test_how_much_maintenance_forgives() -> None:
    assert forgive((0, 1, 0, 2), Impact.OUTAGE) == U
    assert forgive((0, 1, 0, 2), Impact.DEGRADED) == (0, 2, 0, 2)
    assert forgive(G, Impact.DEGRADED) == U
    assert forgive(D, Impact.DEGRADED) == D
    assert forgive(G, Impact.REDUCED_REDUNDANCY) == forgive(G, Impact.NO_IMPACT) == G


def test_time_outside_service_or_without_an_applicable_component_is_outside_the_period_observed_or_not() -> None:
    rules = Rules(A_AND_B, QUARTER, False, (excluded("isp"),))
    for observed in (True, False):
        assert rules.weight(moment(None, None, (False,), observed=observed)) == Weight(0, 0, 0, 0, 1)
        assert rules.weight(moment(D, U, (True,), in_service=False, observed=observed)) == Weight(0, 0, 0, 0, 1)
    assert rules.weight(moment(D, U, (True,), observed=False)) == FREE


def test_a_component_that_does_not_apply_is_left_out_even_if_excluded() -> None:
    rules = Rules(AtLeast(1, (Leaf("a"), Leaf("b"))), QUARTER, False, (excluded("isp", "a"),))
    assert rules.weight(moment(None, D, (True,))) == Weight(4, 4, 4, 0, 0)


def test_levels_are_those_of_states() -> None:
    assert [QUARTER.of[state] for state in (State.DOWN, State.DEGRADED, State.UP)] == [4, 1, 0]
    assert replace(QUARTER, scale=4) == QUARTER
