"""Whatever is written is read back as the same value."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from sla import writing
from sla.agreement import PRESETS, Agreement, ServiceHours
from sla.case import Case, CaseComponent, Changes, Known
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.reading import read
from sla.span import DAY, Span
from sla.state import Cause, State
from sla.timeline import Change, Doubt

AT = st.integers(0, 40_000 * DAY)
SPANS = st.tuples(AT, st.integers(1, 90 * DAY)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
NAMES = ("node-1", "node-2", "directory")
HOURS = st.builds(ServiceHours, st.frozensets(st.integers(0, 6), min_size=1), st.integers(0, 700), st.integers(701, 1440))
AGREEMENTS = st.builds(
    replace,
    st.sampled_from([PRESETS["slg-2018"], PRESETS["sla-2020"]]),
    version=st.text("0123456789.", min_size=1),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Chicago"]),
    goal=st.integers(1, 10**8).map(lambda share: Fraction(share, 10**8)),
    judged_by=st.sampled_from(["any_days", "month"]),
    days=st.integers(1, 60),
    rolling_hours=st.integers(1, 2000),
    excluded_causes=st.frozensets(st.sampled_from(sorted(PRESETS["sla-2020"].excluded_causes))),
    exclusion_effect=st.sampled_from(["downtime-only", "remove-from-period"]),
    maintenance=st.sampled_from(["counts", "excluded"]),
    maintenance_notice_seconds=st.integers(0, 10**6),
    unknown=st.sampled_from(["bounds", "remove-from-period"]),
    down_then_unknown=st.sampled_from(["unknown", "stays-down"]),
    degraded_impact=st.integers(0, 1000).map(lambda share: Fraction(share, 1000)),
    service_hours=st.lists(HOURS, max_size=2).map(tuple),
    effective_from=st.none() | AT,
)
LEAVES = st.sampled_from(NAMES).map(Leaf)


def _nodes(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    children = st.lists(inner, min_size=1, max_size=3).map(tuple)
    counted = children.flatmap(lambda of: st.tuples(st.integers(1, len(of)), st.just(of)))
    return st.one_of(
        children.map(All),
        counted.map(lambda pair: AtLeast(*pair)),
        counted.map(lambda pair: DownWhen(*pair)),
        inner.map(Degrading),
    )


TREES: st.SearchStrategy[Node] = st.recursive(LEAVES, _nodes, max_leaves=5)
MAINTENANCES = st.builds(
    Maintenance,
    st.just("M-1"),
    st.lists(
        st.builds(
            Announcement,
            AT,
            SPANS,
            st.sampled_from(Status),
            st.sampled_from(Impact),
            st.none() | st.just("Ada Admin"),
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
)
CHANGE, CHANGE_AT = Change(5_000, State.DOWN, Cause.TCP_REFUSED), 7_000
DOUBTS = ((Doubt(4_000, 5_000, State.DOWN, State.UP), 8_000), (Doubt(4_000, 5_000, State.UNKNOWN, State.UNKNOWN), 9_000))


def read_back(agreement: Agreement, node: Node, exclusions: tuple[Exclusion, ...], plans: tuple[Maintenance, ...]) -> Case:
    told = {
        "changes": [writing.change(CHANGE, CHANGE_AT)],
        "doubts": [writing.doubt(*doubt) for doubt in DOUBTS],
    }
    document = {
        "format": "threenines-case/1",
        "agreement": writing.agreement(agreement),
        "components": dict.fromkeys(NAMES, told),
        "composition": writing.tree(node),
        "exclusions": [writing.exclusion(one) for one in exclusions],
        "maintenance": [writing.maintenance(one) for one in plans],
        "query": {"kind": "window", "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"},
    }
    found = read(document)
    assert found.mistakes == ()
    assert found.case is not None
    return found.case


@settings(max_examples=150, deadline=None)
@given(AGREEMENTS, TREES, MAINTENANCES)
def test_agreement_tree_and_maintenance_come_back(agreement: Agreement, node: Node, plan: Maintenance) -> None:
    found = read_back(agreement, node, (), (plan,))
    assert (found.agreement, found.tree, found.maintenance) == (agreement, node, (plan,))


def test_exclusions_come_back_with_and_without_history() -> None:
    steps = (Decision(300, Step.PROPOSED, "Anna"), Decision(400, Step.APPROVED, "Ben"))
    decided = Exclusion("X-1", Span(100, 200), "unmanaged_component", ("directory",), "Acme", "why", ("ticket:1",), steps)
    assumed = Exclusion("X-2", Span(100, 200), "isp", history=None)
    assert read_back(Agreement(), Leaf("directory"), (decided, assumed), ()).exclusions == (decided, assumed)


def test_changes_and_doubts_come_back_and_a_doubt_taken_back_says_nothing() -> None:
    component = read_back(Agreement(), Leaf("directory"), (), ()).components["directory"]
    assert isinstance(component, CaseComponent)
    assert isinstance(component.history, Changes)
    assert component.history.facts[:2] == (Known(CHANGE_AT, CHANGE), Known(DOUBTS[0][1], DOUBTS[0][0]))
    taken_back = component.history.facts[2].fact
    assert taken_back == Doubt(4_000, 4_001, State.DOWN, State.DOWN)
