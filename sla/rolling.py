"""The worst of all windows of one length on the plain clock, found at the edges of the counted spans."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

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
    if within.length < length:
        raise ValueError(f"a window of {length} ms does not fit into {within.length} ms")
    starts = range(within.start, within.end - length + 1)
    down, worst = heaviest(counted.down, starts, length)
    return Rolling(
        _verdict(counted, starts, length, down, allowed(agreement, length, counted.scale)), Span(worst, worst + length)
    )


def _verdict(counted: Counted, starts: range, length: int, down: int, most: int) -> Verdict:
    """Of all windows that begin in ``starts``; ``down`` is the greatest downtime of one, ``most`` what the goal allows."""
    if down > most and greatest(counted.best, starts, length) > most:
        return Verdict.BREACHED
    if counted.observed is None:
        return Verdict.PENDING
    full = range(max(starts.start, counted.observed.start), min(starts.stop, counted.observed.end - length + 1))
    if not full:
        return Verdict.PENDING
    return Verdict.UNDETERMINED if greatest(counted.worst, full, length) > most else Verdict.MET


def heaviest(tally: Tally, starts: range, length: int) -> tuple[int, Instant]:
    """The most that a window of ``length`` weighs that begins in ``starts``, and the earliest beginning of one that does.

    Sliding on, a window stops gaining only where its start enters a span or its end leaves one: each maximum begins there.
    """
    found = [_ends(tally, starts, length), _entering(tally, starts, length), _leaving(tally, starts, length)]
    most = max(max(weights) for _, weights in found if weights)
    return most, min(at[weights.index(most)] for at, weights in found if most in weights)


def greatest(tally: Tally, starts: range, length: int) -> int:
    """The most that a window of ``length`` weighs that begins in ``starts``.

    If all spans weigh the same, a maximum that begins where a window's end leaves a span goes on until its start enters one.
    """
    most = max(_ends(tally, starts, length)[1] + _entering(tally, starts, length)[1])
    return most if tally.uniform else max([most, *_leaving(tally, starts, length)[1]])


def _ends(tally: Tally, starts: range, length: int) -> tuple[Sequence[Instant], list[int]]:
    """The first and the last window, with what they weigh."""
    at = (starts[0], starts[-1])
    return at, [tally.between(each, each + length) for each in at]


def _entering(tally: Tally, starts: range, length: int) -> tuple[Sequence[Instant], list[int]]:
    """The windows that begin where a span does, with what they weigh."""
    first, last = bisect_left(tally.starts, starts[0]), bisect_right(tally.starts, starts[-1])
    at = tally.starts[first:last]
    return at, list(map(sub, tally.sums([each + length for each in at]), tally.before[first:last]))


def _leaving(tally: Tally, starts: range, length: int) -> tuple[Sequence[Instant], list[int]]:
    """The windows that end where a span does, with what they weigh."""
    first, last = bisect_left(tally.ends, starts[0] + length), bisect_right(tally.ends, starts[-1] + length)
    at = [end - length for end in tally.ends[first:last]]
    return at, list(map(sub, tally.before[first + 1 : last + 1], tally.sums(at)))
