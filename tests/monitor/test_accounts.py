from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.accounts import BAR_DAYS, Accounts, Shown, account_of, bars_of, past_of
from sla.account import Terms
from sla.agreement import Agreement
from sla.calendar import date_of
from sla.composition import All, Leaf
from sla.exclusion import Decision, Exclusion, Step
from sla.facts import levels_of
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import DAY, HOUR, MINUTE, Instant, Span
from sla.state import State
from sla.timeline import Change, Doubt, Timeline

BEGUN = 1_760_000_000_000
NAMES = ("a", "b")
AGREEMENT = Agreement(
    zone="Europe/Berlin",
    days=30,
    excluded_causes=frozenset({"unmanaged_component"}),
    maintenance="excluded",
    goal=Agreement().goal,
)


@dataclass(frozen=True)
class World:
    """What is known at ``now``."""

    now: Instant
    lines: tuple[Timeline, ...]
    terms: Terms


steps = st.sampled_from(["wait", "day", "change", "doubt", "late", "exclude", "approve", "announce"])
deeds = st.lists(
    st.tuples(steps, st.integers(1, 30 * 60), st.sampled_from(State), st.sampled_from([0, 1])), min_size=3, max_size=12
)


def after(world: World, deed: tuple[str, int, State, int]) -> World:
    """The world when ``deed`` was done some minutes later."""
    kind, minutes, state, which = deed
    now = world.now + minutes * MINUTE + (20 * DAY if kind == "day" else 0)
    line, terms = world.lines[which], world.terms
    match kind:
        case "change":
            line = replace(line, changes=(*line.changes, Change(now - 1, state)))
        case "doubt":
            line = replace(line, doubts=(*line.doubts, Doubt(now - HOUR, now - 1, State.DOWN, State.UP)))
        case "late":  # evidence of a time that is long over
            known = {one.at: one for one in (*line.changes, Change(max(BEGUN, now - 2 * DAY), state))}
            line = replace(line, changes=tuple(known[at] for at in sorted(known)))
        case "exclude":
            proposed = Decision(now, Step.PROPOSED, "ada")
            one = Exclusion(f"X-{now}", Span(now - DAY, now), "unmanaged_component", (NAMES[which],), history=(proposed,))
            terms = replace(terms, exclusions=(*terms.exclusions, one))
        case "approve":
            terms = replace(terms, exclusions=tuple(_approved(one, now) for one in terms.exclusions))
        case "announce":
            told = Announcement(now, Span(now + HOUR, now + 9 * HOUR), Status.CONFIRMED, Impact.OUTAGE, agreed_by="eve")
            terms = replace(terms, maintenance=(*terms.maintenance, Maintenance(f"M-{now}", (told,))))
    return World(now, tuple(line if place == which else one for place, one in enumerate(world.lines)), terms)


def _approved(one: Exclusion, now: Instant) -> Exclusion:
    return replace(one, history=(*one.history, Decision(now, Step.APPROVED, "ben"))) if len(one.history or ()) == 1 else one


def shown(accounts: Accounts, world: World) -> Shown:
    levels = {name: accounts.levels((place, 0), world.lines[place], False) for place, name in enumerate(NAMES)}
    return accounts.shown("site", world.terms, levels, Span(BEGUN, world.now))


@settings(max_examples=150, deadline=None)
@given(life=deeds)
def test_what_is_kept_says_what_is_made_anew(life: list[tuple[str, int, State, int]]) -> None:
    """By the engine itself, over all that was observed until now: nothing ahead, nothing kept."""
    kept = Accounts()
    start = Timeline((Change(BEGUN, State.UP),))
    world = World(BEGUN + 40 * DAY, (start, start), Terms(AGREEMENT, All(tuple(map(Leaf, NAMES)))))
    for deed in life:
        world = after(world, deed)
        found, today = shown(kept, world), date_of(AGREEMENT.zone, world.now)
        levels = {name: levels_of(world.lines[place]) for place, name in enumerate(NAMES)}
        direct = account_of(world.terms, levels, Span(BEGUN, world.now))
        observed = Span(BEGUN, world.now)
        assert found.account.counted == direct.counted
        assert found.track.states(observed) == direct.track.states(observed)
        assert found.track.latest(2) == direct.track.latest(2)
        assert found.past == past_of(direct, AGREEMENT, today, world.now, barred=True)
        whole = bars_of(direct, AGREEMENT.zone, today - timedelta(days=BAR_DAYS - 1), today)
        assert found.past.days + bars_of(found.account, AGREEMENT.zone, today, today) == whole


def test_time_alone_makes_nothing_anew() -> None:
    kept, line = (
        Accounts(),
        Timeline((Change(BEGUN, State.UP), Change(BEGUN + DAY, State.DOWN), Change(BEGUN + DAY + HOUR, State.UP))),
    )
    noon = BEGUN - BEGUN % DAY + 40 * DAY + 12 * HOUR
    world = World(noon, (line, line), Terms(AGREEMENT, All(tuple(map(Leaf, NAMES)))))
    first, later = shown(kept, world), shown(kept, replace(world, now=noon + HOUR))
    assert later.past is first.past
    assert later.track.steps is first.track.steps
    assert later.track.observed == Span(BEGUN, noon + HOUR)


def test_a_change_of_today_leaves_the_finished_days_as_they_are() -> None:
    kept, line = Accounts(), Timeline((Change(BEGUN, State.UP),))
    noon = BEGUN - BEGUN % DAY + 40 * DAY + 12 * HOUR
    world = World(noon, (line, line), Terms(AGREEMENT, All(tuple(map(Leaf, NAMES)))))
    down = replace(line, changes=(*line.changes, Change(noon - HOUR, State.DOWN)))
    first, later = shown(kept, world), shown(kept, replace(world, lines=(down, line)))
    assert later.past is first.past
    assert (first.track.shown(noon - 1), later.track.shown(noon - 1)) == (State.UP, State.DOWN)
