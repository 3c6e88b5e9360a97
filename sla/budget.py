"""The error budget on the plain clock: how fast it burns, when it is spent, when it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from sla.agreement import Agreement
from sla.answer import Relief
from sla.calendar import date_of, start
from sla.counted import Counted
from sla.figures import allowed
from sla.span import Instant, Span
from sla.tally import Tally


def burn_rate(counted: Counted, agreement: Agreement, at: Instant, lookback: int) -> Fraction | None:
    """How many times faster than the goal allows downtime came in the ``lookback`` ms before ``at``; None at 100 %."""
    if agreement.goal == 1:
        return None
    return Fraction(counted.down.between(at - lookback, at), counted.scale * lookback) / (1 - agreement.goal)


def exhausted_at(counted: Counted, agreement: Agreement, at: Instant, length: int) -> Instant | None:
    """The first instant in ``length`` ms from ``at`` at which the window of ``length`` before it holds the whole budget."""
    enough = -(-_budget(agreement, length, counted.scale) // 1)
    for since, until, weight, slope in _slides(counted.down, Span(at, at + length), length):
        if weight >= enough:
            return since
        if slope > 0 and (found := since - (weight - enough) // slope) <= until:
            return found
    return None


def regained_at(counted: Counted, agreement: Agreement, at: Instant, length: int, remaining_ms: Fraction) -> Instant | None:
    """The first instant in ``length`` ms from ``at`` at which at least ``remaining_ms`` of the budget are left."""
    most = (_budget(agreement, length, counted.scale) - remaining_ms * counted.scale) // 1
    for since, until, weight, slope in _slides(counted.down, Span(at, at + length), length):
        if weight <= most:
            return since
        if slope < 0 and (found := since - (most - weight) // -slope) <= until:
            return found
    return None


def _budget(agreement: Agreement, length: int, scale: int) -> Fraction:
    return (1 - agreement.goal) * length * scale


def _slides(down: Tally, over: Span, length: int) -> Iterator[tuple[Instant, Instant, int, int]]:
    """The window of ``length`` whose end slides from the start of ``over`` to its end, included, in pieces.

    Each piece is its first and last instant, what the window weighs at the first, and what it gains a millisecond.
    """
    bends = {over.start, over.end, *down.starts, *down.ends}
    bends.update(at + length for at in (*down.starts, *down.ends))
    kept = sorted(at for at in bends if over.start <= at <= over.end)
    weights = [down.between(at - length, at) for at in kept]
    for since, until, weight, after in zip(kept, kept[1:], weights, weights[1:], strict=False):
        yield since, until, weight, (after - weight) // (until - since)


def breach_at(counted: Counted, agreement: Agreement, at: Instant, days: int) -> Instant | None:
    """The first instant, ``at`` or later, at which a window of ``days`` dates that has begun by ``at`` is over its budget."""
    down, found = counted.down, []
    for window in windows_begun(agreement.zone, at, days):
        spent = down.until(window.start) + allowed(agreement, window.length, counted.scale) + 1
        reached = down.reached(spent)
        if reached is not None and max(reached, at) <= window.end:
            found.append(max(reached, at))
    return min(found, default=None)


def windows_begun(zone: str, at: Instant, days: int) -> list[Span]:
    """The windows of ``days`` local dates that have begun by ``at`` and end then or later."""
    first = date_of(zone, at)
    found: list[Span] = []
    while (end := start(zone, first + timedelta(days=days))) >= at:
        if (since := start(zone, first)) < end:
            found.append(Span(since, end))
        first -= timedelta(days=1)
    return found


def relief(counted: Counted, at: Instant, length: int) -> tuple[Relief, ...]:
    """Over which spans the downtime of the last ``length`` ms leaves the window, and how much each gives back."""
    return tuple(
        Relief(Span(since + length, until + length), Fraction(weight * (until - since), counted.scale))
        for since, until, weight in counted.down.within(Span(at - length, at))
    )
