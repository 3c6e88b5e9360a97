"""Small random worlds of three components over 60 ms, for laws that need no second opinion."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from written import DEGRADED, DOWN, UNKNOWN, UP

from sla.agreement import Agreement
from sla.case import AskWindow, Case, CaseComponent, Changes, Known, Outages, Trouble
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import Span
from sla.timeline import Change, Doubt

TICKS = 60
NAMES = ("a", "b", "c")

instants = st.integers(0, TICKS)
spans = st.builds(lambda since, length: Span(since, since + length), st.integers(0, TICKS - 1), st.integers(1, 25))
states = st.sampled_from([UP, UP, DOWN, DOWN, DEGRADED, UNKNOWN])


def several(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    of = st.lists(children, min_size=1, max_size=3).map(tuple)
    k = st.integers(1, 3)
    return st.one_of(st.builds(All, of), st.builds(AtLeast, k, of), st.builds(DownWhen, k, of), st.builds(Degrading, children))


trees = st.recursive(st.sampled_from(NAMES).map(Leaf), several, max_leaves=6)
troubles = st.builds(
    lambda span, state: Trouble(span.start, span.end, state), spans, st.sampled_from([DOWN, DOWN, DEGRADED, UNKNOWN])
)
doubts = st.builds(
    lambda span, levels: Doubt(span.start, span.end, *sorted(levels)),
    spans,
    st.tuples(*[st.sampled_from([UP, DEGRADED, DOWN])] * 2),
)
facts = st.lists(st.one_of(st.builds(Change, instants, states), doubts), max_size=10).flatmap(
    lambda rows: st.tuples(*(st.builds(Known, instants, st.just(row)) for row in rows))
)
histories = st.one_of(st.builds(Outages, st.lists(troubles, max_size=4).map(tuple)), st.builds(Changes, facts, states))
components = st.builds(CaseComponent, histories, st.one_of(st.none(), st.none(), st.lists(spans, max_size=3).map(tuple)))

PROPOSED, REVOKED = Decision(0, Step.PROPOSED, "anna"), Decision(50, Step.REVOKED, "anna")


def _steps(approved: int, revoked: bool) -> tuple[Decision, ...]:
    return (PROPOSED, Decision(approved, Step.APPROVED, "ben"), *((REVOKED,) if revoked else ()))


exclusions = st.lists(
    st.builds(
        Exclusion,
        st.just("X"),
        spans,
        st.sampled_from(["isp", "customer_machines", "force_majeure_war"]),
        st.sampled_from([(), ("a",), ("b", "c"), NAMES]),
        history=st.one_of(st.none(), st.builds(_steps, st.integers(1, 49), st.booleans())),
    ),
    max_size=3,
).map(lambda found: tuple(Exclusion(f"X-{n}", o.span, o.cause, o.components, history=o.history) for n, o in enumerate(found)))
announcements = st.builds(
    Announcement,
    st.integers(0, 30),
    spans,
    st.sampled_from([Status.CONFIRMED, Status.CONFIRMED, Status.CANCELLED]),
    st.sampled_from(Impact),
)
maintenance = st.lists(
    st.builds(
        Maintenance,
        st.just("M"),
        st.lists(announcements, min_size=1, max_size=3).map(tuple),
        st.sampled_from([(), ("a",), ("b", "c")]),
    ),
    max_size=2,
).map(tuple)
agreements = st.builds(
    Agreement,
    goal=st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(9, 10), Fraction(1)]),
    exclusion_effect=st.sampled_from(["downtime-only", "remove-from-period"]),
    maintenance=st.sampled_from(["counts", "excluded"]),
    maintenance_notice_seconds=st.just(0),
    unknown=st.sampled_from(["bounds", "remove-from-period"]),
    down_then_unknown=st.sampled_from(["unknown", "stays-down"]),
    degraded_impact=st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1)]),
    effective_from=st.one_of(st.none(), st.none(), st.integers(0, 20)),
    effective_to=st.one_of(st.none(), st.none(), st.integers(30, 60)),
)
worlds = st.builds(
    Case,
    agreements,
    st.fixed_dictionaries(dict.fromkeys(NAMES, components)),
    spans.map(AskWindow),
    st.one_of(st.none(), trees),
    exclusions,
    maintenance,
    st.one_of(st.none(), instants),
)
