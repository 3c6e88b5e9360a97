"""What is known of each component in each cell: the three forms of a history, painted stroke over stroke.

A colour is a pair (worst, best) of levels. Every component has two rows of cells: the point row says what happened, the
bounds row what may have happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from painter_clock import read_instant

DOWN, DEGRADED, UP = 0, 1, 2
FINE, UNKNOWN = (UP, UP), (DOWN, UP)
COLOUR = {"up": FINE, "degraded": (DEGRADED, DEGRADED), "down": (DOWN, DOWN), "unknown": UNKNOWN}
LEVEL = {"ok": UP, "up": UP, "degraded": DEGRADED, "fail": DOWN, "down": DOWN}
FOREVER = 1 << 60

Colour = tuple[int, int]
Row = list[Colour]


@dataclass(frozen=True)
class Canvas:
    """Cells of ``step`` ms, the first begins at ``begin``. Instants beyond an edge are taken as the edge."""

    begin: int
    step: int
    size: int

    def cell(self, at: int) -> int:
        return max(0, min(self.size, (at - self.begin) // self.step))

    def cells(self, start: int, end: int) -> slice:
        return slice(self.cell(start), self.cell(end))

    def row(self, colour: Any) -> list[Any]:
        return [colour] * self.size

    def at(self, cell: int) -> int:
        return self.begin + cell * self.step


def stroke(row: list[Any], where: slice, colour: Any) -> None:
    """Colour these cells."""
    row[where] = [colour] * len(row[where])


def when(fact: dict) -> int:
    """A fact's own instant."""
    return read_instant(fact.get("at") or fact["from"])


def recorded(fact: dict) -> int:
    return read_instant(fact["recorded_at"]) if "recorded_at" in fact else when(fact)


def ending(span: dict) -> int:
    return FOREVER if span["to"] is None else read_instant(span["to"])


def known_facts(component: dict, as_of: int, at: int) -> dict:
    """The component as known at ``as_of``, from facts not later than ``at``. An outage that ends after ``at`` is open."""
    told = dict(component)
    for form in ("changes", "doubts", "results"):
        if form in component:
            told[form] = [fact for fact in component[form] if recorded(fact) <= as_of and when(fact) <= at]
    if "outages" in component:
        begun = [outage for outage in component["outages"] if when(outage) <= at]
        told["outages"] = [outage if ending(outage) <= at else {**outage, "to": None} for outage in begun]
    return told


def paint_component(canvas: Canvas, component: dict, stays_down: bool) -> tuple[Row, Row]:
    """Point and bounds row of one component."""
    if "outages" in component:
        return paint_outages(canvas, component["outages"], stays_down)
    if "results" in component:
        return paint_results(canvas, component, stays_down)
    return paint_changes(canvas, component, stays_down)


def paint_outages(canvas: Canvas, outages: list[dict], stays_down: bool) -> tuple[Row, Row]:
    """Up but in outages; where they overlap, worst and best are each the lowest."""
    row = canvas.row(FINE)
    for outage in outages:
        lo, hi = COLOUR[outage.get("state", "down")]
        for cell in range(*canvas.cells(when(outage), ending(outage)).indices(canvas.size)):
            row[cell] = min(row[cell][0], lo), min(row[cell][1], hi)
    for cell in range(1, canvas.size):
        if stays_down and row[cell][0] == DOWN and row[cell - 1] == COLOUR["down"]:
            row[cell] = COLOUR["down"]
    return row, list(row)


def standing(facts: list[dict]) -> list[dict]:
    """Of facts of one instant the one that was recorded last stands; of equals the last in the list."""
    stand: dict[int, dict] = {}
    for fact in sorted(facts, key=recorded):
        stand[when(fact)] = fact
    return [stand[at] for at in sorted(stand)]


def paint_changes(canvas: Canvas, component: dict, stays_down: bool) -> tuple[Row, Row]:
    """Every change paints over all that comes after it; doubts widen what is there."""
    state = component.get("initial", "unknown")
    point, dropped = canvas.row(COLOUR[state]), set()
    for change in standing(component["changes"]):
        if stays_down and state == "down" and change["state"] == "unknown":
            dropped.add(when(change))
            continue
        state = change["state"]
        stroke(point, canvas.cells(when(change), FOREVER), COLOUR[state])
    bounds = list(point)
    for doubt in standing(component.get("doubts", [])):
        if ending(doubt) not in dropped:
            widen(
                bounds,
                canvas.cells(when(doubt), ending(doubt)),
                LEVEL[doubt.get("worst", "down")],
                LEVEL[doubt.get("best", "up")],
            )
    return point, bounds


def widen(bounds: Row, where: slice, worst: int, best: int) -> None:
    """Here it may have been as bad as ``worst`` and as good as ``best``, too."""
    bounds[where] = [(min(lo, worst), max(hi, best)) for lo, hi in bounds[where]]


def paint_results(canvas: Canvas, component: dict, stays_down: bool) -> tuple[Row, Row]:
    """From each look to the next: what is confirmed, as long as it holds; and what the two looks leave open."""
    looks = looked(component["results"])
    hold = component["hold_seconds"] * 1000
    confirmed = levels(list(looks.values()), component.get("confirm_failures", 3), component.get("confirm_successes", 2))
    point, bounds = canvas.row(UNKNOWN), canvas.row(UNKNOWN)
    times = [*looks, FOREVER]
    for index, colour in enumerate(confirmed):
        at, after = times[index], times[index + 1]
        here = canvas.cells(at, after)
        if after - at <= hold:
            stroke(point, here, colour)
            stroke(bounds, here, colour)
            for level in (looks[at], looks[after]):
                widen(bounds, here, level, level)
        elif stays_down and colour == COLOUR["down"]:
            stroke(point, here, colour)
            stroke(bounds, here, colour)
        else:
            stroke(point, canvas.cells(at, at + hold), colour)
    return point, bounds


def looked(results: list[dict]) -> dict[int, int]:
    """The level seen at each instant: the worse of two, an error of ours is no evidence."""
    seen: dict[int, int] = {}
    for result in results:
        if result["status"] != "error":
            seen[when(result)] = min(LEVEL[result["status"]], seen.get(when(result), UP))
    return dict(sorted(seen.items()))


def levels(seen: list[int], failures: int, successes: int) -> list[Colour]:
    """The confirmed colour from each look on."""
    down = decided([level == DOWN for level in seen], failures, successes)
    lower = decided([level < UP for level in seen], failures, successes)
    return [
        UNKNOWN if None in (a, b) else COLOUR["down" if a else "degraded" if b else "up"]
        for a, b in zip(down, lower, strict=True)
    ]


def decided(bad: list[bool], failures: int, successes: int) -> list[bool | None]:
    """What the last run that is long enough says: a run decides from its first look on, whenever it became long enough."""
    verdicts: list[bool | None] = []
    for index, here in enumerate(bad):
        first = index
        while first > 0 and bad[first - 1] == here:
            first -= 1
        last = index
        while last + 1 < len(bad) and bad[last + 1] == here:
            last += 1
        enough = last - first + 1 >= (failures if here else successes)
        verdicts.append(here if enough else verdicts[-1] if verdicts else None)
    return verdicts
