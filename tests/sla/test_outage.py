from __future__ import annotations

from written import DOWN, UP, changes, down

from sla.account import Account, Terms, account
from sla.agreement import Agreement
from sla.answer import OutageRow
from sla.case import CaseComponent, History
from sla.composition import All, Leaf
from sla.exclusion import Exclusion
from sla.facts import levels
from sla.outage import outages
from sla.span import Span
from sla.timeline import Doubt

A = changes((0, UP), (10, DOWN), (20, UP), doubts=(Doubt(8, 10, DOWN, UP), Doubt(18, 20, DOWN, UP)))
PARTS: dict[str, History] = {"b": down((15, 17)), "a": A, "c": down()}


def seen(**terms: object) -> Account:
    tree = All((Leaf("b"), Leaf("a"), Leaf("c")))
    parts = {name: levels(CaseComponent(one), None, False) for name, one in PARTS.items()}
    return account(Terms(Agreement(), tree, **terms), parts, Span(0, 40))  # type: ignore[arg-type]


def test_an_outage_has_its_outer_and_inner_span_and_the_components_down_in_it() -> None:
    assert outages(seen(), Span(0, 40)) == (OutageRow(Span(10, 20), ("a", "b"), 10, Span(8, 20), Span(10, 18)),)


def test_an_outage_is_cut_to_the_window() -> None:
    assert outages(seen(), Span(9, 12)) == (OutageRow(Span(10, 12), ("a",), 2, Span(9, 12), Span(10, 12)),)
    assert outages(seen(), Span(18, 40)) == (OutageRow(Span(18, 20), ("a",), 2, Span(18, 20), None),)
    assert outages(seen(), Span(20, 40)) == ()


def test_an_outage_is_told_before_exclusions_and_counted_after_them() -> None:
    left_out = seen(exclusions=(Exclusion("X", Span(12, 40), "isp", history=None),))
    (row,) = outages(left_out, Span(0, 40))
    assert (row.span, row.counted_ms, row.outer, row.inner) == (Span(10, 20), 2, Span(8, 20), Span(10, 18))


def test_only_observed_time_holds_outages() -> None:
    (row,) = outages(seen(as_of=14), Span(0, 40))
    assert (row.span, row.components, row.outer, row.inner) == (Span(10, 14), ("a",), Span(8, 14), Span(10, 14))
