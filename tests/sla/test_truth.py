"""The truth lies inside the bounds: true histories, looked at with gaps, losses, lateness and any rule of confirmation.

And what is derived from results says the same as the results: derived here by the painter, evaluated by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import Case, ask, law, number, with_terms
from painter import asked, rules_of
from painter_canvas import canvas_of
from painter_clock import read_instant, show_instant
from painter_facts import COLOUR, Canvas, paint_component
from painter_site import level_of
from worlds import World, seeded_worlds, tree

BEGIN = read_instant("2026-06-10T00:00:00Z")
TICK_MS = 10_000
TICKS = 240
STATUS = {0: "fail", 1: "degraded", 2: "ok"}
COST = {0: Fraction(1), 1: Fraction(1, 2), 2: Fraction(0)}

pytestmark = pytest.mark.timeout(300)
seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Seen:
    """What truly was in each tick, and the component as looked at."""

    truth: list[int]
    component: Case


def moment(tick: int) -> str:
    return show_instant(BEGIN + tick * TICK_MS)


def looked_at(rng: Random, as_of: int) -> Seen:
    """A component watched for a while. No state is shorter than the distance of two looks that are joined."""
    ticks = [tick for tick in looks(rng) if rng.randrange(8)]
    recorded = {tick: tick + rng.randrange(60) if not rng.randrange(5) else tick for tick in ticks}
    hold = rng.randrange(1, 8)
    known = [tick for tick in ticks if recorded[tick] <= as_of]
    shortest = max([after - tick for tick, after in pairwise(known) if after - tick <= hold], default=1)
    truth = history(rng, shortest)
    results: list[Case] = [
        {"at": moment(tick), "status": STATUS[truth[tick]], "recorded_at": moment(recorded[tick])} for tick in ticks
    ]
    lost = [{"at": moment(tick), "status": "error"} for tick in range(0, TICKS, 17)]
    confirmed = {"confirm_failures": rng.randrange(1, 4), "confirm_successes": rng.randrange(1, 4)}
    return Seen(truth, {"results": results + lost, "hold_seconds": hold * TICK_MS // 1000, **confirmed})


def looks(rng: Random) -> Iterator[int]:
    """The ticks of a schedule that is late now and then and fell silent once in a while."""
    interval, tick = rng.randrange(1, 6), rng.randrange(20)
    while tick < TICKS:
        yield tick
        tick += interval + (rng.randrange(3) if not rng.randrange(3) else 0) + (rng.randrange(30) if not rng.randrange(20) else 0)


def history(rng: Random, shortest: int) -> list[int]:
    """True levels tick by tick, none shorter than that many ticks but the last."""
    truth: list[int] = []
    while len(truth) < TICKS:
        level = rng.choice([level for level in (0, 1, 2, 2) if not truth or level != truth[-1]])
        truth += [level] * (shortest + (rng.randrange(20) if rng.randrange(2) else 0))
    return truth[:TICKS]


@law
@given(seeds)
def test_the_truth_lies_inside_the_bounds(seed: int) -> None:
    rng = Random(seed)
    begin = rng.randrange(TICKS)
    end = min(TICKS, begin + 1 + rng.randrange(rng.choice((3, 12, TICKS))))  # short ones leave a mistake no slack to hide in
    as_of = rng.randrange(begin + 1, TICKS + 1) if rng.randrange(2) else TICKS
    names = list("abc")[: rng.randrange(3) + 1]
    seen = {name: looked_at(rng, as_of) for name in names}
    case = {
        "agreement": {"degraded_impact": "0.5"},
        "components": {name: one.component for name, one in seen.items()},
        "composition": tree(rng, names, depth=2),
    }
    figures = ask(case, {"kind": "window", "from": moment(begin), "to": moment(end), "as_of": moment(as_of)})
    levels = [level_of(case["composition"], {name: one.truth[tick] for name, one in seen.items()}) for tick in range(TICKS)]
    true = sum(COST[level] for level in levels[begin : min(end, as_of)] if level is not None) * TICK_MS / 1000
    assert number(figures, "downtime_best_seconds") <= true <= number(figures, "downtime_worst_seconds")


def test_a_state_shorter_than_two_looks_apart_may_be_missed_as_said() -> None:
    """The law's condition is needed: an outage between two good looks is not in any bound."""
    results = [{"at": moment(tick), "status": "ok"} for tick in range(0, 60, 6)]
    case = {"components": {"a": {"results": results, "hold_seconds": 60}}}
    figures = ask(case, {"kind": "window", "from": moment(6), "to": moment(48)})
    assert figures["downtime_worst_seconds"] == "0"


@law
@given(seeded_worlds)
def test_results_and_what_is_derived_from_them_say_the_same(drawn: World) -> None:
    case = with_terms(drawn.case, down_then_unknown="unknown")
    queries = [{name: value for name, value in drawn.short[index].items() if name != "as_of"} for index in (0, 4, 8)]
    rules = rules_of(case)
    canvas, _ = canvas_of(case, rules, [asked(query, rules) for query in queries])
    told = {name: derived(canvas, one) if "results" in one else one for name, one in case["components"].items()}
    if told != case["components"]:
        for query in queries:
            assert ask({**case, "components": told}, query) == ask(case, query)


def derived(canvas: Canvas, component: Case) -> Case:
    """The component as changes and doubts."""
    rows = list(zip(*paint_component(canvas, component, stays_down=False), strict=True))
    words = {colour: word for word, colour in COLOUR.items()}
    changes = [{"at": at, "state": words[point]} for at, _, (point, _) in runs(canvas, [(point, None) for point, _ in rows])]
    doubts = [
        {"from": at, "to": end, "worst": level_word(bounds[0]), "best": level_word(bounds[1])}
        for at, end, (point, bounds) in runs(canvas, rows)
        if bounds != point
    ]
    kept = {name: component[name] for name in ("applicable",) if name in component}
    return {"changes": changes, "initial": "unknown", "doubts": doubts, **kept}


def runs(canvas: Canvas, cells: list[Any]) -> Iterator[tuple[str, str, Any]]:
    """From, to and colour of each run of equal cells."""
    cell = 0
    for colour, run in groupby(cells):
        length = len(list(run))
        yield show_instant(canvas.at(cell)), show_instant(canvas.at(cell + length)), colour
        cell += length


def level_word(level: int) -> str:
    return ("down", "degraded", "up")[level]
