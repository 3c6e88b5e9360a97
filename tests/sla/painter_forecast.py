"""Forecasts: step by step, the first millisecond at which the defining sentence holds.

Inside a cell a sum grows or falls by the same amount each ms, so the ms is found by one division of Fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from painter_canvas import HOUR_MS, date_span
from painter_clock import DAY, read_instant, show_instant
from painter_figures import THOUSAND, Painting, seconds

Walk = Iterator[tuple[int, Fraction, Fraction]]


def forecast(as_it_is: Painting, all_up: Painting, query: dict[str, Any]) -> dict:
    """All four forecasts from the two futures that they suppose."""
    at, length = read_instant(query["at"]), query["hours"] * HOUR_MS
    budget = (1 - as_it_is.rules["goal"]) * length
    kept = budget - Fraction(query.get("remaining_seconds", "0")) * THOUSAND
    return {
        "budget_exhausted_at": shown(first_at(rolling(as_it_is, at, length), as_it_is, budget, reaches)),
        "budget_regained_at": shown(first_at(rolling(all_up, at, length), all_up, kept, falls_to)),
        "breach_at": shown(breach(as_it_is, at, query)),
        "relief": relief(as_it_is, at, length),
    }


def shown(at: int | None) -> str | None:
    return None if at is None else show_instant(at)


def rolling(painting: Painting, at: int, length: int) -> Walk:
    """Each step of one window length after ``at``: what the window that ends there costs, and by how much a ms changes it."""
    cost, step = painting.counted.cost, painting.canvas.step
    for now in range(at, at + length + 1, step):
        grows = cost[painting.canvas.cell(now)] - cost[painting.canvas.cell(now - length)] if now < at + length else 0
        yield now, painting.spent(cost, now - length, now), Fraction(grows, THOUSAND)


def first_at(walk: Walk, painting: Painting, mark: Fraction, passes: Callable[..., int | None]) -> int | None:
    """The first ms of the walk at which the sum passes the mark."""
    for now, spent, grows in walk:
        after = passes(spent, grows, mark)
        if after is not None and after <= (painting.canvas.step if grows else 0):
            return now + after
    return None


def reaches(spent: Fraction, grows: Fraction, mark: Fraction) -> int | None:
    """After how many ms the sum is at least the mark."""
    if spent >= mark:
        return 0
    return -((spent - mark) // grows) if grows > 0 else None


def falls_to(spent: Fraction, grows: Fraction, mark: Fraction) -> int | None:
    """After how many ms the sum is at most the mark."""
    return reaches(-spent, -grows, -mark)


def exceeds(spent: Fraction, grows: Fraction, mark: Fraction) -> int | None:
    """After how many ms the sum is greater than the mark."""
    if spent > mark:
        return 0
    return (mark - spent) // grows + 1 if grows > 0 else None


def breach(painting: Painting, at: int, query: dict[str, Any]) -> int | None:
    """The first ms at which a run of dates around ``at`` has cost more than its budget by the plain clock."""
    found = []
    for first in query["dates"]:
        begin, end = date_span(painting.rules, first)[0], date_span(painting.rules, first + (query["days"] - 1) * DAY)[1]
        if begin <= at <= end and begin < end:
            found.append(first_at(growing(painting, begin, at, end), painting, painting.budget(begin, end, plain=True), exceeds))
    return min((instant for instant in found if instant is not None), default=None)


def growing(painting: Painting, begin: int, at: int, end: int) -> Walk:
    """Each step from ``at`` to the window's end: what the window has cost till then, and what the next ms adds."""
    cost = painting.counted.cost
    for now in range(at, end + 1, painting.canvas.step):
        grows = cost[painting.canvas.cell(now)] if now < end else 0
        yield now, painting.spent(cost, begin, now), Fraction(grows, THOUSAND)


def relief(painting: Painting, at: int, length: int) -> list[dict]:
    """Runs of cells of one cost in the window before ``at``, moved by the window's length."""
    canvas, cost = painting.canvas, painting.counted.cost
    window, rows = range(canvas.cell(at - length), canvas.cell(at)), []
    for cell in window:
        if cost[cell] and (cell == window.start or cost[cell] != cost[cell - 1]):
            last = cell
            while last in window and cost[last] == cost[cell]:
                last += 1
            begin, end = canvas.at(cell), canvas.at(last)
            rows.append(
                {
                    "from": show_instant(begin + length),
                    "to": show_instant(end + length),
                    "seconds": seconds(painting.spent(cost, begin, end)),
                }
            )
    return rows
