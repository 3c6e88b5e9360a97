"""The worst of all windows of one length on the plain clock, found at the edges of the counted spans."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import sub
from typing import TypeAlias

from sla.agreement import Agreement
from sla.answer import Verdict
from sla.counted import Counted
from sla.figures import allowed
from sla.span import Instant, Span
from sla.tally import Tally


@dataclass(frozen=True, slots=True)
class Rolling:
    """All windows of one length: what is said of them together, and the earliest of those with most downtime."""

    verdict: Verdict
    worst: Span


def rolling(counted: Counted, agreement: Agreement, within: Span, length: int) -> Rolling:
    """Every ``[t, t + length)`` inside ``within``. Raises ValueError if none fits."""
    starts = starts_in(within, length)
    down, worst = heaviest(counted.down, starts, length)
    most = allowed(agreement, length, counted.scale)
    breached = down > most and greatest(counted.best, starts, length) > most
    full = full_in(starts, counted.observed, length)
    doubted = down > most and worst in full  # it is down at the most for no less than is said
    undetermined = not breached and bool(full) and (doubted or greatest(counted.worst, full, length) > most)
    return Rolling(verdict_of(breached, undetermined, full), Span(worst, worst + length))


def verdict_of(breached: bool, undetermined: bool, full: range) -> Verdict:
    """Of all windows, by whether one is breached, whether one of the ``full`` ones may be, and whether there are such."""
    if breached:
        return Verdict.BREACHED
    if not full:
        return Verdict.PENDING
    return Verdict.UNDETERMINED if undetermined else Verdict.MET


def starts_in(within: Span, length: int) -> range:
    """Where the windows of ``length`` inside ``within`` begin. Raises ValueError if none fits."""
    if within.length < length:
        raise ValueError(f"a window of {length} ms does not fit into {within.length} ms")
    return range(within.start, within.end - length + 1)


def full_in(starts: range, observed: Span | None, length: int) -> range:
    """Those of ``starts`` whose window is observed from end to end."""
    if observed is None:
        return range(0)
    return range(max(starts.start, observed.start), min(starts.stop, observed.end - length + 1))


def heaviest(tally: Tally, starts: range, length: int) -> tuple[int, Instant]:
    """The most that a window of ``length`` weighs that begins in ``starts``, and the earliest beginning of one that does."""
    if not tally.uniform:
        return peak(candidates(tally, starts, length))
    most, last = _summit(tally, starts, length)
    return most, _foot(tally, starts, length, last)


def _summit(tally: Tally, starts: range, length: int) -> tuple[int, Instant]:
    """The most that a window weighs if all spans weigh the same, and the last beginning of those around the earliest that does.

    Such a maximum, wherever it begins, goes on until a window's start enters a span or no later window is asked for. Each of
    these is first weighed as if its end cut no span; only where that is the most is the span cut that its end lies in.
    """
    first, stop = bisect_left(tally.starts, starts[0]), bisect_right(tally.starts, starts[-1])
    at = [starts[0], *tally.starts[first:stop], starts[-1]]
    ends = [each + length for each in at]
    held = map(tally.before.__getitem__, map(bisect_left, repeat(tally.starts), ends))
    weights = list(map(sub, held, [tally.until(at[0]), *tally.before[first:stop], tally.until(at[-1])]))
    while True:
        most = max(weights)
        place = weights.index(most)
        exact = tally.between(at[place], ends[place])
        if exact == most:
            return most, at[place]
        weights[place] = exact


def _foot(tally: Tally, starts: range, length: int, last: Instant) -> Instant:
    """Where the windows begin, all of one weight, whose ``last`` is a summit: sliding back, one ends where a span does."""
    place = bisect_left(tally.starts, last + length) - 1
    return max(starts[0], min(last, tally.ends[place] - length)) if place >= 0 else starts[0]


Candidates: TypeAlias = tuple[Sequence[Instant], Sequence[int]]
"""Where windows begin, and what each of them weighs."""


def peak(of: Iterable[Candidates]) -> tuple[int, Instant]:
    """The greatest weight, and the earliest beginning of a window with it."""
    found = [one for one in of if one[0]]
    most = max(max(weights) for _, weights in found)
    return most, min(at[weights.index(most)] for at, weights in found if most in weights)


def candidates(tally: Tally, starts: range, length: int) -> tuple[Candidates, ...]:
    """Windows, rows of them in order, among which is the earliest of the heaviest that begin in ``starts``.

    Sliding on, a window stops gaining only where its start enters a span or its end leaves one: each maximum begins there.
    """
    return _ends(tally, starts, length), _entering(tally, starts, length), _leaving(tally, starts, length)


def greatest(tally: Tally, starts: range, length: int) -> int:
    """The most that a window of ``length`` weighs that begins in ``starts``."""
    return (_summit(tally, starts, length) if tally.uniform else peak(candidates(tally, starts, length)))[0]


def _ends(tally: Tally, starts: range, length: int) -> Candidates:
    """The first and the last window, with what they weigh."""
    at = (starts[0], starts[-1])
    return at, [tally.between(each, each + length) for each in at]


def _entering(tally: Tally, starts: range, length: int) -> Candidates:
    """The windows that begin where a span does, with what they weigh."""
    first, last = bisect_left(tally.starts, starts[0]), bisect_right(tally.starts, starts[-1])
    at = tally.starts[first:last]
    return at, list(map(sub, tally.sums([each + length for each in at]), tally.before[first:last]))


def _leaving(tally: Tally, starts: range, length: int) -> Candidates:
    """The windows that end where a span does, with what they weigh."""
    first, last = bisect_left(tally.ends, starts[0] + length), bisect_right(tally.ends, starts[-1] + length)
    at = [end - length for end in tally.ends[first:last]]
    return at, list(map(sub, tally.before[first + 1 : last + 1], tally.sums(at)))
