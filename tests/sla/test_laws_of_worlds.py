"""Laws that relate figures of one world, and of worlds that differ in one respect."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import (
    LENGTHS,
    Case,
    ask,
    excluded,
    figures_of_worlds,
    frozen,
    law,
    mapped,
    number,
    spent,
    with_component,
    with_exclusion,
    with_terms,
)
from painter_clock import read_instant, show_instant
from printed import printed
from worlds import World, seeded_worlds, tree, world

from sla.canonical import digest

pytestmark = pytest.mark.timeout(300)  # a thousand worlds take seconds, on a machine that others use a minute
APART = True
seeds = st.integers(0, 2**32 - 1)


def spans(drawn: World) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The world's window from a to c, and its two parts."""
    whole = drawn.short[0]
    begin, end = read_instant(whole["from"]), read_instant(whole["to"])
    middle = show_instant(begin + (end - begin) // 3)
    return whole, {**whole, "to": middle}, {**whole, "from": middle}


def test_availability_lies_between_worst_and_best() -> None:
    for figures in figures_of_worlds():
        if figures["availability"] is None:
            assert figures["availability_best"] is None is figures["availability_worst"]
        else:
            worst, point, best = (number(figures, f"availability{which}") for which in ("_worst", "", "_best"))
            assert 0 <= worst <= point <= best <= 1
            assert 0 <= number(figures, "coverage") <= 1


@law
@given(seeded_worlds)
def test_every_cell_is_one_of_down_up_unknown_excluded_outside(drawn: World) -> None:
    case = with_terms(drawn.case, degraded_impact="0")
    whole = drawn.short[0]
    begin, length = read_instant(whole["from"]), 30 * 60_000
    for cell in range(4):
        at = begin + cell * length
        figures = ask(case, {**whole, "from": show_instant(at), "to": show_instant(at + length)})
        period, observed, counted, unknown = (
            number(figures, name)
            for name in ("period_seconds", "downtime_observed_seconds", "downtime_counted_seconds", "unknown_seconds")
        )
        assert {period, observed, counted, unknown} <= {0, 1800}
        assert counted <= period and counted + unknown <= 1800
        assert all(lost in (1800, -1800) for lost in excluded(figures).values())


def test_the_shares_of_causes_sum_to_what_is_not_counted() -> None:
    for figures in figures_of_worlds():
        lost = number(figures, "downtime_observed_seconds") - number(figures, "downtime_counted_seconds")
        assert sum(excluded(figures).values()) == lost
        assert 0 not in excluded(figures).values()


@law
@given(seeded_worlds)
def test_a_window_is_the_sum_of_its_parts(drawn: World) -> None:
    whole, *parts = (ask(drawn.case, query) for query in spans(drawn))
    for name in LENGTHS:
        assert number(whole, name) == sum(number(part, name) for part in parts)
    for cause in {cause for figures in (whole, *parts) for cause in excluded(figures)}:
        assert excluded(whole).get(cause, 0) == sum(excluded(part).get(cause, 0) for part in parts)


@law
@given(seeded_worlds, st.integers(-20_000_000, 20_000_000))
def test_figures_move_with_their_facts(drawn: World, shift_s: int) -> None:
    case = with_terms(drawn.case, zone="UTC", service_hours=None)
    for query in drawn.short:
        if query["kind"] in ("rolling", "burn"):
            assert shifted(ask(case, query), shift_s) == ask(shifted(case, shift_s), shifted(query, shift_s))


def shifted(document: Any, seconds: int) -> Any:
    """The document with each instant in it moved."""

    def move(text: str) -> str:
        if len(text) < 20 or text[4:5] != "-":
            return text
        moved = show_instant(read_instant(text) + seconds * 1000)
        return moved if "." in text else moved.replace(".000Z", "Z")

    return mapped(document, move)


UNKNOWN_BECOMES = ("up", "down")


@law
@given(seeded_worlds, seeds)
def test_an_unknown_resolved_stays_inside_the_old_bounds(drawn: World, seed: int) -> None:
    case = with_terms(drawn.case, unknown="bounds", down_then_unknown="unknown")
    told = {name: resolved(component, Random(seed)) for name, component in case["components"].items()}
    for query in drawn.short[:2]:
        before, after = ask(case, query), ask({**case, "components": told}, query)
        assert number(before, "downtime_best_seconds") <= number(after, "downtime_best_seconds")
        assert number(after, "downtime_worst_seconds") <= number(before, "downtime_worst_seconds")
        assert number(before, "period_seconds") == number(after, "period_seconds")


def resolved(component: Case, rng: Random) -> Case:
    """The component with each unknown of its own made up or down."""
    told = dict(component)
    if "outages" in told:
        kept = [outage for outage in told["outages"] if outage.get("state") != "unknown" or rng.randrange(2)]
        told["outages"] = [{**outage, "state": "down"} if outage.get("state") == "unknown" else outage for outage in kept]
    if "changes" in told:
        told = deepcopy(told)
        for change in told["changes"]:
            change["state"] = rng.choice(UNKNOWN_BECOMES) if change["state"] == "unknown" else change["state"]
        if told.get("initial", "unknown") == "unknown":
            told["initial"] = rng.choice(UNKNOWN_BECOMES)
    return told


@law
@given(seeded_worlds, seeds)
def test_one_more_exclusion_never_costs(drawn: World, seed: int) -> None:
    case = with_terms(drawn.case, exclusion_effect="downtime-only", unknown="bounds")
    more = with_exclusion(case, {**assumption(drawn, seed), "id": "Z"})
    for query in drawn.short[:2]:
        before, after = ask(case, query), ask(more, query)
        for which in ("counted", "best", "worst"):
            assert number(after, f"downtime_{which}_seconds") <= number(before, f"downtime_{which}_seconds")
    assert rolling_worst(more, drawn) <= rolling_worst(case, drawn)


def rolling_worst(case: Case, drawn: World) -> Fraction:
    rolling = next(query for query in drawn.short if query["kind"] == "rolling")
    return number(ask(case, rolling)["worst"], "downtime_counted_seconds")


def assumption(drawn: World, seed: int) -> Case:
    """An exclusion that nobody decided on, somewhere in the window that the world asks for."""
    rng, query = Random(seed), drawn.short[0]
    begin, end = read_instant(query["from"]), read_instant(query["to"])
    since = begin + rng.randrange(end - begin) // 1000 * 1000
    about = rng.sample(sorted(drawn.case["components"]), 1) if rng.randrange(2) else []
    span = {"from": show_instant(since), "to": show_instant(since + 1000 + rng.randrange(20_000) * 1000)}
    return {**span, "cause": "isp", "components": about}


@law
@given(seeded_worlds)
def test_an_exclusion_over_up_time_changes_nothing(drawn: World) -> None:
    case = with_terms(drawn.case, exclusion_effect="downtime-only")
    whole, part, _ = spans(drawn)
    bare = {name: value for name, value in case.items() if name not in ("exclusions", "maintenance")}
    plain = ask(with_terms(bare, unknown="bounds"), part)
    if (plain["downtime_worst_seconds"], plain["unknown_seconds"]) != ("0", "0"):
        return
    more = with_exclusion(case, {"id": "Z", "from": part["from"], "to": part["to"], "cause": "isp"})
    assert {**ask(more, whole), "hypothetical": None} == {**ask(case, whole), "hypothetical": None}


def bare_of_as_of(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if name != "as_of"}


@law
@given(seeded_worlds, seeds)
def test_one_more_outage_never_helps(drawn: World, seed: int) -> None:
    """Where unknown time leaves the period it may: a lost member can turn degraded time that counted into unknown time."""
    name, told = outage_component(drawn)
    if told is None or drawn.case["agreement"].get("unknown", "bounds") != "bounds":
        return
    outage = {**assumption_span(drawn, seed), "state": "down"}
    more = with_component(drawn.case, name, {**told, "outages": [*told["outages"], outage]})
    for query in drawn.short[:2] + drawn.long[:1]:
        before, after = ask(drawn.case, query), ask(more, query)
        assert number(before, "downtime_counted_seconds") <= number(after, "downtime_counted_seconds")
        if before["availability"] is not None:
            assert number(after, "availability") <= number(before, "availability")
        assert not (before["verdict"] == "breached" and after["verdict"] != "breached")
        assert not (after["verdict"] == "met" and before["verdict"] != "met")


def outage_component(drawn: World) -> tuple[str, Case | None]:
    return next(((name, told) for name, told in drawn.case["components"].items() if "outages" in told), ("", None))


def assumption_span(drawn: World, seed: int) -> Case:
    told = assumption(drawn, seed)
    return {"from": told["from"], "to": told["to"]}


@law
@given(seeded_worlds, seeds)
def test_only_the_union_of_outages_and_of_exclusions_decides(drawn: World, seed: int) -> None:
    rng = Random(seed)
    told = dict(drawn.case["components"])
    told |= {name: {**one, "outages": cut(rng, one["outages"])} for name, one in told.items() if "outages" in one}
    exclusions = [piece for one in drawn.case.get("exclusions", []) for piece in pieces(rng, one)]
    rng.shuffle(exclusions)
    other = {**drawn.case, "components": told, **({"exclusions": exclusions} if exclusions else {})}
    for query in (drawn.short[3], drawn.short[7]):
        assert ask(other, query) == ask(drawn.case, query)


def cut(rng: Random, outages: list[Case]) -> list[Case]:
    """The same outages in pieces, some twice, in another order."""
    found = [piece for outage in outages for piece in halves(rng, outage)]
    found += [outage for outage in outages if not rng.randrange(4)]
    rng.shuffle(found)
    return found


def halves(rng: Random, span: Case) -> list[Case]:
    if span["to"] is None or rng.randrange(2):
        return [span]
    begin, end = read_instant(span["from"]), read_instant(span["to"])
    middle = show_instant(begin + 1 + rng.randrange(end - begin - 1))
    return [{**span, "to": middle}, {**span, "from": middle}]


def pieces(rng: Random, told: Case) -> list[Case]:
    return [{**piece, "id": f"{told['id']}{letter}"} for piece, letter in zip(halves(rng, told), "ab", strict=False)]


@law
@given(seeded_worlds, seeds)
def test_a_longer_range_has_no_better_worst_window(drawn: World, seed: int) -> None:
    any_days, rolling = (next(query for query in drawn.short if query["kind"] == kind) for kind in ("any_days", "rolling"))
    days = any_days.get("days", drawn.case["agreement"]["days"])
    shorter = {**any_days, "last": (datetime.fromisoformat(any_days["first"]) + timedelta(days=days)).date().isoformat()}
    long, short = (ask(drawn.case, query)["worst"] for query in (any_days, shorter))
    assert share_lost(short) <= share_lost(long)
    hours = rolling.get("hours", drawn.case["agreement"]["rolling_hours"])
    begin, length = read_instant(rolling["from"]), hours * 3_600_000
    slack = read_instant(rolling["to"]) - begin - length
    worst = rolling_worst(drawn.case, drawn)
    for _ in range(3):
        at = begin + Random(seed).randrange(slack + 1)
        window = {"kind": "window", "from": show_instant(at), "to": show_instant(at + length)}
        sampled = ask(drawn.case, {**window, **as_of(rolling)})
        assert number(sampled, "downtime_counted_seconds") <= worst


def as_of(query: dict[str, Any]) -> dict[str, Any]:
    return {"as_of": query["as_of"]} if "as_of" in query else {}


def share_lost(figures: dict[str, Any]) -> Fraction:
    """Downtime a second of the whole window: the budget of a goal of 0 % would be that period."""
    goal = number(figures, "goal")
    whole = number(figures, "error_budget_seconds") / (1 - goal) if goal < 1 else number(figures, "period_seconds")
    return number(figures, "downtime_counted_seconds") / whole if whole else Fraction(0)


@law
@given(seeded_worlds)
def test_hours_find_what_dates_find_where_no_clock_changes(drawn: World) -> None:
    case = with_terms(drawn.case, zone="UTC")
    any_days = next(query for query in drawn.short if query["kind"] == "any_days")
    worst = ask(case, any_days)["worst"]
    days = any_days.get("days", case["agreement"]["days"])
    first, last = (datetime.fromisoformat(f"{any_days[end]}T00:00:00Z") for end in ("first", "last"))
    span = {"from": show(first), "to": show(last + timedelta(days=1))}
    rolling = {"kind": "rolling", "hours": 24 * days, **span, **as_of(any_days)}
    assert number(ask(case, rolling)["worst"], "downtime_counted_seconds") >= number(worst, "downtime_counted_seconds")


def show(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@law
@given(seeded_worlds, st.sampled_from(("99%", "95%", "60%")), st.sampled_from(("99.95%", "100%", "99.000001%")))
def test_a_higher_goal_is_never_kept_more_easily(drawn: World, low: str, high: str) -> None:
    for query in drawn.short:
        if query["kind"] in ("window", "days", "trailing", "any_days", "rolling", "statement"):
            easy, hard = (ask(with_terms(drawn.case, goal=goal), query)["verdict"] for goal in (low, high))
            assert not (easy == "breached" and hard != "breached")
            assert not (hard == "met" and easy != "met")
            assert (easy == "pending") >= (hard == "pending")


def test_a_shown_percent_that_keeps_the_goal_keeps_it() -> None:
    for figures in figures_of_worlds():
        percent = figures["availability_percent"]
        if percent is not None and Fraction(percent) / 100 >= number(figures, "goal"):
            assert number(figures, "downtime_counted_seconds") <= number(figures, "error_budget_seconds")
        assert (percent == "100.000") == (percent is not None and figures["downtime_counted_seconds"] == "0")


def everywhere(case: Case) -> Case:
    """The case with components that belong to the site always."""
    return {**case, "components": {name: {**told, "applicable": ALWAYS} for name, told in case["components"].items()}}


ALWAYS = [{"from": "1970-01-02T00:00:00Z", "to": "2099-01-01T00:00:00Z"}]


@law
@given(seeded_worlds, seeds)
def test_nodes_say_the_same_in_other_words(drawn: World, seed: int) -> None:
    case, names = everywhere(drawn.case), sorted(drawn.case["components"])
    k = Random(seed).randrange(len(names)) + 1
    permuted = Random(seed).sample(names, len(names))
    for query in drawn.short[:2]:
        nodes: list[Any] = [{"all": names}, {"at_least": len(names), "of": names}, {"all": permuted}]
        told = [ask({**case, "composition": node}, query) for node in nodes]
        assert told[0] == told[1] == told[2]
        at_least, down_when = {"at_least": k, "of": names}, {"down_when": len(names) - k + 1, "of": permuted}
        assert ask({**case, "composition": at_least}, query) == ask({**case, "composition": down_when}, query)


@law
@given(seeded_worlds)
def test_the_more_nodes_are_needed_the_less_is_the_site_up(drawn: World) -> None:
    names = sorted(drawn.case["components"])
    case = with_terms(drawn.case, unknown="bounds")
    downtimes = [
        number(ask({**case, "composition": {"at_least": k, "of": names}}, drawn.long[0]), f"downtime_{which}_seconds")
        for which in ("best", "worst")
        for k in range(1, len(names) + 1)
    ]
    half = len(names)
    assert downtimes[:half] == sorted(downtimes[:half]) and downtimes[half:] == sorted(downtimes[half:])


STATES = ("down", "degraded", "up", "unknown")
BETTER = {"down": ("degraded", "up"), "degraded": ("up",), "up": (), "unknown": ("up",)}


@law
@given(seeds, st.lists(st.sampled_from(STATES), min_size=1, max_size=4))
def test_a_tree_of_unknowns_is_the_worst_and_best_of_all_fillings(seed: int, states: list[str]) -> None:
    node = tree(Random(seed), list("abcd")[: len(states)], depth=2)
    fillings = product(*(("down", "degraded", "up") if state == "unknown" else (state,) for state in states))
    costs = [cost_of(node, filling)["downtime_counted_seconds"] for filling in fillings]
    figures = cost_of(node, states)
    assert number(figures, "downtime_best_seconds") == min(map(Fraction, costs))
    assert number(figures, "downtime_worst_seconds") == max(map(Fraction, costs))
    assert (figures["unknown_seconds"] == "0") == (len(set(costs)) == 1)


@law
@given(seeds, st.lists(st.sampled_from(STATES), min_size=1, max_size=4))
def test_a_better_child_never_makes_a_worse_tree(seed: int, states: list[str]) -> None:
    node, child = tree(Random(seed), list("abcd")[: len(states)], depth=2), seed % len(states)
    for better in BETTER[states[child]]:
        raised = [better if index == child else state for index, state in enumerate(states)]
        before, after = cost_of(node, states), cost_of(node, raised)
        assert number(after, "downtime_best_seconds") <= number(before, "downtime_best_seconds")
        assert number(after, "downtime_worst_seconds") <= number(before, "downtime_worst_seconds")


def cost_of(node: Any, states: Any) -> dict[str, Any]:
    """An hour of a site whose parts are in these states all the time; degraded has a price, so that levels show."""
    case = {
        "agreement": {"degraded_impact": "0.5"},
        "components": {name: {"changes": [], "initial": state} for name, state in zip("abcd", states, strict=False)},
        "composition": node,
    }
    return ask(case, {"kind": "window", "from": "2026-06-10T08:00:00Z", "to": "2026-06-10T09:00:00Z"})


@law
@given(seeded_worlds)
def test_revoked_is_as_if_never_approved_and_before_approval_nothing_shows(drawn: World) -> None:
    window = bare_of_as_of(drawn.short[0])
    told = {
        "id": "Z",
        "from": window["from"],
        "to": window["to"],
        "cause": "isp",
        "evidence": ["ticket:1"],
        "history": [
            {"at": "2026-12-01T00:00:00Z", "status": "proposed", "by": "anna"},
            {"at": "2026-12-02T00:00:00Z", "status": "approved", "by": "ben"},
            {"at": "2026-12-03T00:00:00Z", "status": "revoked", "by": "ben"},
        ],
    }
    more = with_exclusion(drawn.case, told)
    before, between, after = ({**window, "as_of": f"2026-{day}T12:00:00Z"} for day in ("11-30", "12-02", "12-03"))
    assert ask(more, after) == ask(drawn.case, after) and ask(more, before) == ask(drawn.case, before)
    assert ask(more, between)["downtime_counted_seconds"] == "0"
    old, new = (digest({**case, "query": before}, "threenines-case/1") for case in ({"exclusions": [], **drawn.case}, more))
    assert old == new


@law
@given(seeded_worlds, seeds)
def test_a_reminder_changes_nothing_and_a_shorter_notice_forgives_no_less(drawn: World, seed: int) -> None:
    case = with_terms(drawn.case, maintenance="excluded", exclusion_effect="downtime-only", unknown="bounds")
    works = [reminded(Random(seed), one) for one in case.get("maintenance", [])]
    if not works:
        return
    month = drawn.long[0]
    told = ask(case, month)
    assert ask({**case, "maintenance": works}, month) == told
    free = ask(with_terms(case, maintenance_notice_seconds=0), month)
    for which in ("counted", "best", "worst"):
        assert number(free, f"downtime_{which}_seconds") <= number(told, f"downtime_{which}_seconds")


def reminded(rng: Random, told: Case) -> Case:
    """The same words again, shortly after they were said."""
    said = told["announcements"]
    again = rng.choice(said)
    at = read_instant(again["at"])
    later = [read_instant(one["at"]) for one in said if read_instant(one["at"]) > at]
    stands = [one for one in said if read_instant(one["at"]) == at][-1]
    reminder = {**stands, "at": show_instant(rng.randrange(at, min([*later, at + 86_400_000])) // 1000 * 1000)}
    return {**told, "announcements": [*said, {name: value for name, value in reminder.items() if name != "agreed_by"}]}


@law
@given(seeded_worlds)
def test_outside_every_confirmed_span_no_maintenance_is_forgiven(drawn: World) -> None:
    case = with_terms(drawn.case, maintenance="excluded")
    every = [entry for one in case.get("maintenance", []) for entry in one["announcements"]]
    said = [entry for entry in every if entry["status"] in ("CONFIRMED", "IN-PROCESS")]
    if not said:
        return
    month = ask(case, drawn.long[0])
    opens, ends = min(read_instant(entry["from"]) for entry in said), max(read_instant(entry["to"]) for entry in said)
    for begin, end in ((read_instant(month["from"]), opens), (ends, read_instant(month["to"]))):
        if begin < end:
            span = {"kind": "window", "from": show_instant(begin), "to": show_instant(end), **as_of(drawn.long[0])}
            assert "scheduled_maintenance" not in ask(case, span)["downtime_excluded_seconds"]


@law
@given(seeded_worlds)
def test_a_forecast_is_the_first_millisecond_of_what_it_says(drawn: World) -> None:
    query = bare_of_as_of(next(query for query in drawn.short if query["kind"] == "forecast"))
    at = read_instant(query["at"])
    case = with_terms(drawn.case, down_then_unknown="unknown", effective_from=None, effective_to=None)
    case["components"] = {name: {"outages": told.get("outages", [])} for name, told in case["components"].items()}
    forecast = ask(case, query)
    length = query.get("hours", case["agreement"]["rolling_hours"]) * 3_600_000
    budget = (1 - Fraction(case["agreement"]["goal"].removesuffix("%")) / 100) * length / 1000
    goes_on, recovers = frozen(case, at, open_=True), frozen(case, at, open_=False)
    kept = Fraction(query.get("remaining_seconds", "0"))
    first_of(forecast["budget_exhausted_at"], at, lambda now: spent(goes_on, now - length, now) >= budget)
    first_of(forecast["budget_regained_at"], at, lambda now: spent(recovers, now - length, now) <= budget - kept)


def first_of(found: str | None, at: int, holds: Any) -> None:
    """The sentence holds then and not a ms earlier; unless it held at once."""
    if found is not None:
        now = read_instant(found)
        assert holds(now)
        assert now == at or not holds(now - 1)


def test_a_printed_result_reads_back_and_has_no_float() -> None:
    def no_float(text: str) -> None:
        pytest.fail(f"a floating-point number: {text}")

    for case in (case for seed in range(100) for case in world(Random(seed)).cases()):
        text = json.dumps(printed(case))
        assert json.dumps(json.loads(text, parse_float=no_float)) == text
