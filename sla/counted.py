"""What counts of a site under one agreement: a few tallies, from which every figure is a difference of two sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sla.counting import Weight
from sla.span import Instant, Span
from sla.steps import BEGINNING
from sla.tally import Tally

_FREE = Weight(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Counted:
    """Downtime in units of ``1 / scale`` milliseconds: what is said, the least and the most it may have been.

    ``excluded`` is what each cause takes off; ``unknown`` the time when nobody knew; ``removed`` the time that leaves the
    period for other reasons than that (told of all time, observed or not). With ``unknown_leaves`` unknown time leaves too.
    """

    observed: Span | None
    scale: int
    unknown_leaves: bool
    down: Tally
    best: Tally
    worst: Tally
    unknown: Tally
    removed: Tally
    excluded: Mapping[str, Tally]

    def full(self, window: Span) -> bool:
        """Whether all of ``window`` is observed."""
        return self.observed is not None and self.observed.start <= window.start and window.end <= self.observed.end

    def period(self, window: Span) -> int:
        """Observed milliseconds of ``window`` that are not removed; unknown time is in it."""
        cut = self.observed.cut(window) if self.observed else None
        return cut.length - self.removed.between(cut.start, cut.end) if cut else 0

    def leaving(self, window: Span) -> int:
        """Milliseconds of ``window`` that leave the period because nobody knew."""
        return self.unknown.between(window.start, window.end) if self.unknown_leaves else 0

    def whole(self, window: Span) -> int:
        """Milliseconds of ``window`` that are its period once all of it has been observed."""
        return window.length - self.removed.between(window.start, window.end) - self.leaving(window)

    def until(self, at: Instant) -> Counted:
        """What of it had been at ``at``: nothing was seen later. Removed time is told of all time, as ever."""
        observed = self.observed.cut(Span(BEGINNING, at)) if self.observed else None
        rows = {name: getattr(self, name).cut(at) for name in _ROWS if name != "removed"}
        excluded = {cause: cut for cause, tally in self.excluded.items() if (cut := tally.cut(at))}
        return replace(self, observed=observed, **rows, excluded=excluded)

    def replaced(self, span: Span, other: Counted) -> Counted:
        """This outside ``span`` and ``other``, which was counted over ``span`` alone, inside."""
        causes = self.excluded.keys() | other.excluded.keys()
        none = Tally()
        return replace(
            self,
            **{name: getattr(self, name).replaced(span, getattr(other, name)) for name in _ROWS},
            excluded={
                cause: tally
                for cause in sorted(causes)
                if (tally := self.excluded.get(cause, none).replaced(span, other.excluded.get(cause, none)))
            },
        )


def tallied(
    weights: Iterable[tuple[Instant, Weight]], end: Instant, observed: Span | None, scale: int, unknown_leaves: bool
) -> Counted:
    """What ``weights``, each from its instant until the next or ``end``, sum up to."""
    rows: dict[str, list[tuple[Instant, Instant, int]]] = defaultdict(list)
    causes: dict[str, list[tuple[Instant, Instant, int]]] = defaultdict(list)
    steps = list(weights)
    for number, (at, weight) in enumerate(steps):
        if weight == _FREE:
            continue
        until = steps[number + 1][0] if number + 1 < len(steps) else end
        for name, one in zip(_ROWS, weight[:5], strict=True):
            if one:
                rows[name].append((at, until, one))
        for cause, one in weight.excluded:
            causes[cause].append((at, until, one))
    excluded = {cause: Tally.of(spans) for cause, spans in causes.items()}
    down, best, worst, unknown, removed = (Tally.of(rows[name]) for name in _ROWS)
    return Counted(observed, scale, unknown_leaves, down, best, worst, unknown, removed, excluded)


_ROWS = Weight._fields[:5]
