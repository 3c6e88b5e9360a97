"""Figures of one window: every one a sum over cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any

from painter_canvas import date_span
from painter_clock import show_instant
from painter_facts import DOWN, Canvas
from painter_site import Picture, Scene, named

THOUSAND = 1000


@dataclass(frozen=True)
class Painting:
    """A case painted whole: ``layers`` are the pictures as observed, after each exclusion that counts, after maintenance."""

    scene: Scene
    layers: list[tuple[str, Picture]]
    in_force: tuple[int, int]

    @property
    def canvas(self) -> Canvas:
        return self.scene.canvas

    @property
    def rules(self) -> dict[str, Any]:
        return self.scene.rules

    @property
    def observed(self) -> Picture:
        return self.layers[0][1]

    @property
    def counted(self) -> Picture:
        return self.layers[-1][1]

    @cached_property
    def tree_names(self) -> list[str]:
        return sorted(named(self.scene.tree))

    def spent(self, row: list[int], begin: int, end: int) -> Fraction:
        """What a row of costs comes to in the window, in ms."""
        return Fraction(sum(row[self.canvas.cells(begin, end)]) * self.canvas.step, THOUSAND)

    def slid(self, row: list[int], starts: range, length: int) -> list[Fraction]:
        """What each window of ``length`` costs: all cells before its end without all before its start."""
        before = [0, *accumulate(row)]
        cells = ((self.canvas.cell(at), self.canvas.cell(at + length)) for at in starts)
        return [Fraction((before[end] - before[begin]) * self.canvas.step, THOUSAND) for begin, end in cells]

    def lasts(self, mask: list[bool], begin: int, end: int) -> int:
        """How many ms of the window are in the mask."""
        return sum(mask[self.canvas.cells(begin, end)]) * self.canvas.step

    def full(self, begin: int, end: int) -> bool:
        return self.in_force[0] <= begin and end <= self.in_force[1]

    def whole(self, begin: int, end: int, plain: bool = False) -> int:
        """The period of the window if all of it were observed. By the plain clock nothing leaves a window."""
        return end - begin if plain else end - begin - self.lasts(self.counted.left, begin, end)

    def budget(self, begin: int, end: int, plain: bool = False) -> Fraction:
        return (1 - self.rules["goal"]) * self.whole(begin, end, plain)

    def verdict(self, begin: int, end: int, plain: bool = False) -> str:
        budget = self.budget(begin, end, plain)
        if self.spent(self.counted.best, begin, end) > budget:
            return "breached"
        if not self.full(begin, end):
            return "pending"
        if self.whole(begin, end, plain) == 0 or self.spent(self.counted.worst, begin, end) > budget:
            return "undetermined"
        return "met"


def figures(painting: Painting, begin: int, end: int, plain: bool = False) -> dict:
    """All figures of the window."""
    picture = painting.counted
    period = end - begin if plain else painting.lasts(picture.counts, begin, end)
    judged = end - begin if plain else painting.lasts(picture.judged, begin, end)
    unknown = painting.lasts(picture.unknown, begin, end)
    cost, best, worst = (painting.spent(row, begin, end) for row in (picture.cost, picture.best, picture.worst))
    available = share(period - cost, period)
    return {
        "from": show_instant(begin),
        "to": show_instant(end),
        "window_seconds": seconds(end - begin),
        "period_seconds": seconds(period),
        "downtime_observed_seconds": seconds(painting.spent(painting.observed.cost, begin, end)),
        "downtime_excluded_seconds": excluded(painting, begin, end),
        "downtime_counted_seconds": seconds(cost),
        "downtime_best_seconds": seconds(best),
        "downtime_worst_seconds": seconds(worst),
        "unknown_seconds": seconds(unknown),
        "coverage": ratio(share(judged - unknown, judged)),
        "availability": ratio(available),
        "availability_best": ratio(share(period - best, period)),
        "availability_worst": ratio(share(period - worst, period)),
        "availability_percent": percent(available),
        "goal": ratio(painting.rules["goal"]),
        "error_budget_seconds": seconds(painting.budget(begin, end, plain)),
        "error_budget_remaining_seconds": seconds(painting.budget(begin, end, plain) - cost),
        "verdict": painting.verdict(begin, end, plain),
    }


def excluded(painting: Painting, begin: int, end: int) -> dict[str, str]:
    """What each cause took from the downtime, in the order in which exclusions were approved."""
    shares: dict[str, Fraction] = {}
    before = painting.spent(painting.observed.cost, begin, end)
    for cause, picture in painting.layers[1:]:
        after = painting.spent(picture.cost, begin, end)
        shares[cause] = shares.get(cause, Fraction(0)) + before - after
        before = after
    return {cause: seconds(fallen) for cause, fallen in sorted(shares.items()) if fallen}


def dated(painting: Painting, days: list[date]) -> dict:
    """Figures of consecutive dates."""
    begin, end = date_span(painting.rules, days[0])[0], date_span(painting.rules, days[-1])[1]
    return {"first": days[0].isoformat(), "last": days[-1].isoformat(), **figures(painting, begin, end)}


def day_rows(painting: Painting, days: list[date]) -> list[dict]:
    """A row for each date that there was: one that the zone skipped has no span."""
    return [day_row(painting, day) for day in days if date_span(painting.rules, day)[0] < date_span(painting.rules, day)[1]]


def day_row(painting: Painting, day: date, until: int | None = None) -> dict:
    """A date, or its part before ``until``."""
    begin, end = date_span(painting.rules, day)
    end = end if until is None else until
    return {
        "date": day.isoformat(),
        "from": show_instant(begin),
        "to": show_instant(end),
        "period_seconds": seconds(painting.lasts(painting.counted.counts, begin, end)),
        "downtime_observed_seconds": seconds(painting.spent(painting.observed.cost, begin, end)),
        "downtime_counted_seconds": seconds(painting.spent(painting.counted.cost, begin, end)),
        "unknown_seconds": seconds(painting.lasts(painting.counted.unknown, begin, end)),
    }


def outages(painting: Painting, begin: int, end: int) -> list[dict]:
    """Runs of cells in the window that were observed down before anything was forgiven."""
    window = range(painting.canvas.cell(begin), painting.canvas.cell(end))
    seen = painting.scene.observed
    down = {cell for cell in window if seen[cell] and says(painting.observed.point[cell], 1)}
    maybe = {cell for cell in window if seen[cell] and says(painting.observed.bounds[cell], 0)}
    firsts = [cell for cell in sorted(down) if cell - 1 not in down]
    return [outage(painting, run_from(cell, down), maybe) for cell in firsts]


def says(colour: tuple[int, int] | None, end: int) -> bool:
    """Whether a colour's worst (0) or best (1) is down."""
    return colour is not None and colour[end] == DOWN


def run_from(cell: int, cells: set[int]) -> range:
    last = cell
    while last in cells:
        last += 1
    return range(cell, last)


def outage(painting: Painting, run: range, maybe: set[int]) -> dict:
    """One outage: the cells around it that may have been down, and the first to the last that were for certain."""
    first, last = run.start, run.stop - 1
    while first - 1 in maybe:
        first -= 1
    while last + 1 in maybe:
        last += 1
    certain = [cell for cell in run if says(painting.observed.bounds[cell], 1)]
    begin, end = painting.canvas.at(run.start), painting.canvas.at(run.stop)
    down = [name for name in painting.tree_names if was_down(painting, name, run)]
    return {
        "from": show_instant(begin),
        "to": show_instant(end),
        "components": down,
        "counted_seconds": seconds(
            painting.spent(painting.counted.cost, painting.canvas.at(run.start), painting.canvas.at(run.stop))
        ),
        "outer_from": show_instant(painting.canvas.at(first)),
        "outer_to": show_instant(painting.canvas.at(last + 1)),
        "inner_from": show_instant(painting.canvas.at(certain[0])) if certain else None,
        "inner_to": show_instant(painting.canvas.at(certain[-1] + 1)) if certain else None,
    }


def was_down(painting: Painting, name: str, run: range) -> bool:
    component = painting.scene.components[name]
    return any(component.applies[cell] and component.point[cell][1] == DOWN for cell in run)


def share(part: Fraction | int, whole: int) -> Fraction | None:
    return Fraction(part) / whole if whole else None


def ratio(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"


def percent(value: Fraction | None) -> str | None:
    """Floored to 3 decimals."""
    return None if value is None else f"{Decimal(value * 100_000 // 1) / THOUSAND:.3f}"


def seconds(ms: Fraction | int) -> str:
    """Exact, without trailing zeros. Milliseconds of goals with 8 decimals have at most 11."""
    scaled = Fraction(ms) * 10**15
    assert scaled.denominator == 1
    text = f"{Decimal(scaled.numerator).scaleb(-18):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
