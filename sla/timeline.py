"""What one component was and when: looks confirmed into changes of state, and the doubts that stay between looks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sla.span import END_OF_TIME, Instant
from sla.state import Cause, State


@dataclass(frozen=True, slots=True)
class Sample:
    """What one look saw. ``at`` is the start of the look; UNKNOWN is our own error: no evidence, it only names a silence."""

    at: Instant
    state: State
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How looks are believed: results in a row that decide down and up, and how long (ms) one result holds."""

    failures: int = 3
    successes: int = 2
    hold_ms: int = 130_000

    def __post_init__(self) -> None:
        if min(self.failures, self.successes, self.hold_ms) < 1:
            raise ValueError(f"failures, successes and hold_ms are at least 1, got {self}")


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at`` on the component is ``state``. Key: ``at``; of equal keys the one recorded last stands."""

    at: Instant
    state: State
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """On ``[start, end)`` the component may have been anything from ``worst`` to ``best`` beside what the changes say.

    Key: ``start``; of equal keys the one recorded last stands. A doubt with ``worst == best`` takes the doubt of its key back.
    """

    start: Instant
    end: Instant
    worst: State
    best: State


@dataclass(frozen=True, slots=True)
class Timeline:
    """Changes and doubts in order of their keys; UNKNOWN before the first change, the last state goes on."""

    changes: tuple[Change, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def state(self, at: Instant) -> State:
        """What we say the component was at ``at``."""
        place = bisect_right(self.changes, at, key=lambda change: change.at)
        return self.changes[place - 1].state if place else State.UNKNOWN

    def bounds(self, at: Instant) -> tuple[State, State]:
        """The worst and the best level the component may have had at ``at``."""
        said = self.state(at)
        worst, best = said.worst, said.best
        for doubt in self.doubts:
            if doubt.start <= at < doubt.end:
                worst, best = min(worst, doubt.worst), max(best, doubt.best)
        return worst, best


def fold(changes: Iterable[Change], doubts: Iterable[Doubt]) -> Timeline:
    """The timeline that stored rows describe, given in the order recorded: the last row of a key stands."""
    standing = {change.at: change for change in changes}
    kept: list[Change] = []
    for at in sorted(standing):
        if standing[at].state is not (kept[-1].state if kept else State.UNKNOWN):
            kept.append(standing[at])
    open_doubts = {doubt.start: doubt for doubt in doubts}
    return Timeline(tuple(kept), tuple(open_doubts[at] for at in sorted(open_doubts) if _open(open_doubts[at])))


def _open(doubt: Doubt) -> bool:
    return doubt.worst is not doubt.best


class Confirmation:
    """A two-valued sequence of good and bad, believed after enough in a row; undecided (None) at first."""

    __slots__ = ("_need_bad", "_need_good", "bad", "run", "run_bad")

    def __init__(self, rule: Rule) -> None:
        self._need_bad, self._need_good = rule.failures, rule.successes
        self.bad: bool | None = None
        self.run_bad: bool | None = None
        self.run = 0

    def take(self, bad: bool) -> int:
        """Take the next value; how many of the last values have just been decided anew (0 mostly)."""
        self.run = self.run + 1 if bad is self.run_bad else 1
        self.run_bad = bad
        if bad is self.bad or self.run < (self._need_bad if bad else self._need_good):
            return 0
        self.bad = bad
        return self.run

    @property
    def pending(self) -> int:
        """Length of the run that is not decided yet."""
        return 0 if self.run_bad is self.bad else self.run


class Look:
    """One piece of evidence and what is confirmed of it so far: ``a`` is "down", ``b`` is "below up" (None: undecided)."""

    __slots__ = ("a", "at", "b", "cause", "level", "silence")

    def __init__(self, sample: Sample) -> None:
        self.at, self.level, self.cause = sample.at, sample.state, sample.cause
        self.a: bool | None = None
        self.b: bool | None = None
        self.silence: Cause | None = None

    @property
    def confirmed(self) -> State:
        """The confirmed level at this look."""
        if self.a is None or self.b is None:
            return State.UNKNOWN
        if self.a:
            return State.DOWN
        return State.DEGRADED if self.b else State.UP

    def name_silence(self, cause: Cause | None) -> None:
        """An error after this look: of several causes the first in the order of ``Cause`` is kept."""
        named = cause or Cause.SILENCE
        self.silence = named if self.silence is None else min(self.silence, named)


def confirm(looks: Sequence[Look], down: Confirmation, below_up: Confirmation) -> None:
    """Take the last of ``looks`` into both confirmations; a decision is dated back to the first look of its run."""
    last = looks[-1]
    decided_a = down.take(last.level is State.DOWN)
    decided_b = below_up.take(last.level is not State.UP)
    last.a, last.b = down.bad, below_up.bad
    for look in looks[len(looks) - decided_a :] if decided_a else ():
        look.a = down.bad
    for look in looks[len(looks) - decided_b :] if decided_b else ():
        look.b = below_up.bad


def rows(looks: Sequence[Look], before: State, hold: int, silent: bool) -> Timeline:
    """Changes and doubts from the first of ``looks`` on; ``before`` is the state up to it.

    After the last look nothing is said, unless ``silent``: then its level ends with the hold.
    """
    changes: list[Change] = []
    doubts: list[Doubt] = []
    state = before
    for place, look in enumerate(looks):
        confirmed = look.confirmed
        if confirmed is not state:
            changes.append(Change(look.at, confirmed, look.cause if look.level is confirmed else None))
            state = confirmed
        after = looks[place + 1] if place + 1 < len(looks) else None
        if after is None and not silent:
            break
        doubt, lost = _step(look, after, confirmed, hold)
        doubts.extend(doubt)
        if lost and state is not State.UNKNOWN:
            state = State.UNKNOWN
            changes.append(Change(look.at + hold, state, look.silence or Cause.SILENCE))
    return Timeline(tuple(changes), tuple(doubts))


def _step(look: Look, after: Look | None, confirmed: State, hold: int) -> tuple[tuple[Doubt, ...], bool]:
    """The doubt between a look and the next, and whether the hold ran out between them."""
    lost = after is None or after.at - look.at > hold
    if confirmed is State.UNKNOWN:
        return (), lost
    if after is None or lost:
        return (Doubt(look.at, look.at + hold, State.DOWN, State.UP),), True
    worst, best = min(look.level, after.level, confirmed), max(look.level, after.level, confirmed)
    return ((Doubt(look.at, after.at, worst, best),) if worst is not best else ()), False


def derive(samples: Iterable[Sample], rule: Rule, until: Instant | None = None) -> Timeline:
    """The timeline of all ``samples`` in any order; at the same instant the worse stands.

    With ``until`` later samples do not exist and nothing is said from then on. The last result holds for ``hold_ms``,
    in doubt (nobody knows yet how it went on), then the component is unknown.
    """
    limit = END_OF_TIME if until is None else until
    looks: list[Look] = []
    down, below_up = Confirmation(rule), Confirmation(rule)
    for sample in sorted((s for s in samples if s.at <= limit), key=lambda s: (s.at, s.state)):
        if looks and sample.at == looks[-1].at:
            continue
        if sample.state is State.UNKNOWN:
            if looks:
                looks[-1].name_silence(sample.cause)
            continue
        looks.append(Look(sample))
        confirm(looks, down, below_up)
    whole = rows(looks, State.UNKNOWN, rule.hold_ms, silent=True)
    return Timeline(
        tuple(change for change in whole.changes if change.at < limit),
        tuple(Doubt(d.start, min(d.end, limit), d.worst, d.best) for d in whole.doubts if d.start < limit),
    )
