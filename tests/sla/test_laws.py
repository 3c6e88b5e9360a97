"""Laws of the figures that need no second opinion: how the answers of two worlds, or of two windows, must agree."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import TICKS, exclusions, spans, states, troubles, worlds
from written import UNKNOWN, UP

from sla.answer import Figures, Verdict
from sla.case import AskWindow, Case, CaseComponent, Changes, Known, Outages, Trouble
from sla.evaluate import evaluate
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Maintenance
from sla.span import Span
from sla.timeline import Change, Doubt

short = settings(max_examples=80, deadline=None)


def of(world: Case) -> Figures:
    answer = evaluate(world)
    assert isinstance(answer, Figures)
    return answer


def lenient(world: Case) -> Case:
    """The same under the default effects."""
    agreement = replace(world.agreement, exclusion_effect="downtime-only", unknown="bounds")
    return replace(world, agreement=agreement)


def downtimes(seen: Figures) -> tuple[Fraction, Fraction, Fraction]:
    return seen.best_ms, seen.downtime_ms, seen.worst_ms


@short
@given(worlds)
def test_availability_lies_between_its_bounds(world: Case) -> None:
    seen = of(world)
    assert seen.best_ms <= seen.downtime_ms <= seen.worst_ms
    assert 0 <= seen.unknown_ms <= seen.whole_ms or world.agreement.unknown != "bounds"
    if seen.period_ms:
        assert seen.availability_worst is not None and seen.availability is not None and seen.availability_best is not None
        assert 0 <= seen.availability_worst <= seen.availability <= seen.availability_best <= 1
    else:
        assert seen.availability is seen.availability_best is seen.availability_worst is None


@settings(max_examples=40, deadline=None)
@given(worlds)
def test_every_millisecond_is_down_up_unknown_excluded_or_outside(world: Case) -> None:
    world = replace(world, agreement=replace(world.agreement, degraded_impact=Fraction(0)))
    window = Span(0, TICKS)
    whole = of(replace(world, query=AskWindow(window)))
    parts = [of(replace(world, query=AskWindow(Span(at, at + 1)))) for at in range(TICKS)]
    leaves = world.agreement.unknown == "remove-from-period"
    for part in parts:
        removed = 1 - part.whole_ms - (part.unknown_ms if leaves else 0)
        up = 1 - part.downtime_ms - part.unknown_ms - removed
        assert 0 <= up <= 1
        assert part.downtime_ms + part.unknown_ms + removed <= 1
        assert sum(part.excluded_ms.values()) + part.downtime_ms <= 1
    assert sum(part.downtime_ms for part in parts) == whole.downtime_ms
    assert sum(part.period_ms for part in parts) == whole.period_ms


@short
@given(worlds, st.integers(1, 30))
def test_windows_that_touch_add_up(world: Case, cut: int) -> None:
    window = Span(0, TICKS)
    whole, left, right = (of(replace(world, query=AskWindow(one))) for one in (window, Span(0, cut), Span(cut, TICKS)))
    for name in ("downtime_ms", "best_ms", "worst_ms", "observed_ms", "unknown_ms", "period_ms", "whole_ms", "budget_ms"):
        assert getattr(whole, name) == getattr(left, name) + getattr(right, name), name


@short
@given(worlds)
def test_shares_by_cause_sum_to_observed_less_counted_and_observed_is_the_case_without_them(world: Case) -> None:
    seen = of(world)
    assert sum(seen.excluded_ms.values()) == seen.observed_ms - seen.downtime_ms
    assert 0 not in seen.excluded_ms.values()
    bare = of(replace(world, exclusions=(), maintenance=()))
    assert bare.downtime_ms == bare.observed_ms == seen.observed_ms


@short
@given(worlds, exclusions)
def test_one_more_exclusion_never_raises_downtime(world: Case, more: tuple[Exclusion, ...]) -> None:
    world = lenient(world)
    before = of(world)
    added = tuple(replace(one, id=f"Y{one.id}") for one in more)
    after = of(replace(world, exclusions=world.exclusions + added))
    assert all(now <= then for now, then in zip(downtimes(after), downtimes(before), strict=True))
    assert (after.period_ms, after.observed_ms) == (before.period_ms, before.observed_ms)


@short
@given(worlds, spans, st.sampled_from([(), ("a",)]))
def test_an_exclusion_over_up_time_changes_nothing_but_removing_it_lowers_availability(
    world: Case, span: Span, parts: tuple[str, ...]
) -> None:
    up = {name: CaseComponent(Outages(())) for name in world.components}
    world = replace(world, components={**up, "b": world.components["b"]} if parts else up)
    more = replace(world, exclusions=(Exclusion("Y", span, "isp", parts, history=None), *world.exclusions))
    if parts or world.agreement.exclusion_effect == "downtime-only":
        assert of(more) == of(world)
    else:
        assert of(more).period_ms <= of(world).period_ms


@short
@given(worlds, troubles, st.sampled_from(["a", "b", "c"]))
def test_one_more_outage_never_raises_availability(world: Case, more: Trouble, name: str) -> None:
    world = replace(lenient(world), agreement=replace(lenient(world).agreement, down_then_unknown="unknown"))
    part = world.components[name]
    if isinstance(part.history, Outages):
        worse = replace(part, history=Outages((*part.history.troubles, more)))
        after, before = of(replace(world, components={**world.components, name: worse})), of(world)
        assert all(now >= then for now, then in zip(downtimes(after), downtimes(before), strict=True))
        assert after.period_ms == before.period_ms


@short
@given(worlds, st.randoms())
def test_splitting_doubling_and_permuting_exclusions_changes_nothing(world: Case, random: object) -> None:
    parts = [
        replace(one, id=f"{one.id}-{n}", span=piece)
        for one in world.exclusions
        for n, piece in enumerate(
            [one.span]
            if one.span.length < 2
            else [Span(one.span.start, one.span.end - 1), Span(one.span.start + 1, one.span.end)]
        )
    ]
    random.shuffle(parts)  # type: ignore[attr-defined]
    split, whole = of(replace(world, exclusions=tuple(parts))), of(world)
    assert split == replace(whole, excluded_ms=split.excluded_ms)
    assert sum(split.excluded_ms.values()) == sum(whole.excluded_ms.values())


@short
@given(worlds, st.integers(1, 10**12))
def test_shifting_all_facts_and_the_window_keeps_the_figures(world: Case, by: int) -> None:
    assert of(_shifted(world, by)) == replace(of(world), window=_moved(_window(world), by))


@short
@given(worlds, states.filter(lambda state: state is not UNKNOWN))
def test_replacing_unknown_keeps_the_figures_inside_the_old_bounds(world: Case, state: object) -> None:
    agreement = replace(world.agreement, unknown="bounds", down_then_unknown="unknown")
    world = replace(world, agreement=agreement)
    filled = {name: replace(one, history=_filled(one.history, state)) for name, one in world.components.items()}
    old, new = of(world), of(replace(world, components=filled))
    assert old.best_ms <= new.best_ms <= new.downtime_ms <= new.worst_ms <= old.worst_ms


@short
@given(worlds, st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1)]))
def test_a_higher_goal_is_never_easier_to_keep(world: Case, goal: Fraction) -> None:
    order = [Verdict.MET, Verdict.UNDETERMINED, Verdict.PENDING, Verdict.BREACHED]
    seen = [
        of(replace(world, agreement=replace(world.agreement, goal=one))).verdict for one in sorted((goal, world.agreement.goal))
    ]
    assert order.index(seen[0]) <= order.index(seen[1])


@short
@given(worlds, spans, st.integers(0, 49), st.integers(50, 90))
def test_approved_then_revoked_is_never_approved_and_before_the_approval_nothing_has_happened(
    world: Case, span: Span, approved: int, as_of: int
) -> None:
    steps = (Decision(0, Step.PROPOSED, "anna"), Decision(approved, Step.APPROVED, "ben"), Decision(50, Step.REVOKED, "eve"))
    more = replace(world, exclusions=(*world.exclusions, Exclusion("Y", span, "isp", history=steps)))
    for moment in (as_of, approved - 1):
        assert of(replace(more, as_of=moment)) == of(replace(world, as_of=moment))
    inclusive, assumed = replace(more, as_of=approved), Exclusion("Y", span, "isp", history=None)
    counted = of(replace(world, as_of=approved, exclusions=(*world.exclusions, assumed)))
    assert of(inclusive).downtime_ms == counted.downtime_ms


def _window(world: Case) -> Span:
    assert isinstance(world.query, AskWindow)
    return world.query.span


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _later(at: int | None, by: int) -> int | None:
    return None if at is None else at + by


def _filled(history: object, state: object) -> object:
    if isinstance(history, Outages):
        kept = [one for one in history.troubles if one.state is not UNKNOWN]
        gaps = [one for one in history.troubles if one.state is UNKNOWN]
        return Outages(tuple(kept if state is UP else [*kept, *(replace(one, state=state) for one in gaps)]))
    assert isinstance(history, Changes)
    facts = [
        replace(known, fact=replace(known.fact, state=state))
        if isinstance(known.fact, Change) and known.fact.state is UNKNOWN
        else known
        for known in history.facts
    ]
    return Changes(tuple(facts), state if history.initial is UNKNOWN else history.initial)  # type: ignore[arg-type]


def _shifted(world: Case, by: int) -> Case:
    def fact(known: Known) -> Known:
        if isinstance(known.fact, Doubt):
            return Known(known.recorded_at + by, replace(known.fact, start=known.fact.start + by, end=known.fact.end + by))
        return Known(known.recorded_at + by, replace(known.fact, at=known.fact.at + by))

    def part(one: CaseComponent) -> CaseComponent:
        history, applicable = one.history, one.applicable and tuple(_moved(span, by) for span in one.applicable)
        if isinstance(history, Outages):
            moved = tuple(Trouble(t.start + by, _later(t.end, by), t.state) for t in history.troubles)
            return replace(one, history=Outages(moved), applicable=applicable)
        assert isinstance(history, Changes)
        return replace(one, history=Changes(tuple(map(fact, history.facts)), history.initial), applicable=applicable)

    def exclusion(one: Exclusion) -> Exclusion:
        history = one.history and tuple(replace(step, at=step.at + by) for step in one.history)
        return replace(one, span=_moved(one.span, by), history=history)

    def told(one: Announcement) -> Announcement:
        return replace(one, at=one.at + by, span=_moved(one.span, by))

    agreement = replace(
        world.agreement,
        effective_from=_later(world.agreement.effective_from, by),
        effective_to=_later(world.agreement.effective_to, by),
    )
    return Case(
        agreement,
        {name: part(one) for name, one in world.components.items()},
        AskWindow(_moved(_window(world), by)),
        world.tree,
        tuple(map(exclusion, world.exclusions)),
        tuple(Maintenance(one.id, tuple(map(told, one.announcements)), one.components) for one in world.maintenance),
        _later(world.as_of, by),
    )
