"""One component's timeline, live: a result comes in, the rows that it adds go out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sla.span import Instant
from sla.state import State
from sla.timeline import Change, Confirmation, Doubt, Look, Rule, Sample, Timeline, confirm, rows


@dataclass(frozen=True, slots=True)
class Delta:
    """Rows to append; a row with the key of an earlier one supersedes it (see ``sla.timeline.fold``)."""

    changes: tuple[Change, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.doubts)


NOTHING = Delta()


class LateSample(ValueError):
    """Evidence before (or, worse, at) the last one taken: derive again from the stored results."""


class Stream:
    """The live derivation of one component. Folding all its deltas says the same as ``derive`` of all its samples.

    It keeps only the looks whose level may still be decided anew: fewer than ``max(failures, successes)`` and one.
    """

    __slots__ = (
        "_before",
        "_before_since",
        "_below_up",
        "_changes",
        "_doubts",
        "_down",
        "_looks",
        "_quiet",
        "_rule",
        "since",
        "state",
    )

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._down, self._below_up = Confirmation(rule), Confirmation(rule)
        self._looks: list[Look] = []
        self._before = State.UNKNOWN
        self._before_since: Instant | None = None
        self._changes: dict[Instant, Change] = {}
        self._doubts: dict[Instant, Doubt] = {}
        self._quiet = False
        self.state = State.UNKNOWN
        """The confirmed state now."""
        self.since: Instant | None = None
        """When the confirmed state began; None before the first one."""

    @classmethod
    def restore(cls, rule: Rule, tail: Iterable[Sample]) -> Stream:
        """A stream that goes on after ``tail``, recent samples in order of ``at`` that reach back into a confirmed stretch.

        Its first deltas may repeat rows that are stored already: equal keys, equal rows. ``since`` reaches no further
        back than the tail.
        """
        stream = cls(rule)
        for sample in tail:
            stream.take(sample)
        return stream

    @property
    def last_at(self) -> Instant | None:
        """The instant of the last evidence; None before the first."""
        return self._looks[-1].at if self._looks else None

    @property
    def run(self) -> int:
        """Results below up in a row that have not decided anything yet; 0 if the last result was up or all is decided."""
        counts = (c.pending for c in (self._down, self._below_up) if c.run_bad)
        return max(counts, default=0)

    def take(self, sample: Sample) -> Delta:
        """The rows that ``sample`` adds. Samples come in order of ``at``.

        A repeat of the last instant that is not worse changes nothing; an error (UNKNOWN) gives no row.
        Raises LateSample for evidence before the last, or worse at the same instant.
        """
        looks = self._looks
        if sample.state is State.UNKNOWN:
            if looks and sample.at > looks[-1].at:
                looks[-1].name_silence(sample.cause)
            return NOTHING
        if self._settled(sample):
            looks[-1] = _next(looks[-1], sample)
            return NOTHING
        if looks and sample.at <= looks[-1].at:
            if sample.at == looks[-1].at and sample.state >= looks[-1].level:
                return NOTHING
            raise LateSample(f"evidence at {sample.at} came after evidence at {looks[-1].at}")
        looks.append(Look(sample))
        confirm(looks, self._down, self._below_up)
        self._quiet = False
        delta = self._difference(rows(looks, self._before, self._rule.hold_ms, silent=False))
        self._forget()
        return delta

    def silent(self, now: Instant) -> Delta:
        """The rows that a silence until ``now`` adds: after the hold of the last result the component is unknown."""
        if self._quiet or not self._looks or now < self._looks[-1].at + self._rule.hold_ms:
            return NOTHING
        self._quiet = True
        return self._difference(rows(self._looks, self._before, self._rule.hold_ms, silent=True))

    def _settled(self, sample: Sample) -> bool:
        """True for the common case: one more result that says what is confirmed, in time, with nothing open."""
        looks = self._looks
        return (
            len(looks) == 1
            and sample.state is self.state
            and sample.state is looks[0].level
            and 0 < sample.at - looks[0].at <= self._rule.hold_ms
            and not (self._changes or self._doubts or self._quiet)
        )

    def _difference(self, new: Timeline) -> Delta:
        """What must be appended so that the rows given out from the first kept look on say ``new``."""
        wanted = {change.at: change for change in new.changes}
        for at in self._changes:
            if at not in wanted:
                wanted[at] = Change(at, self._state_in(new, at))
        doubts = {doubt.start: doubt for doubt in new.doubts}
        for start in self._doubts:
            if start not in doubts:
                level = self._state_in(new, start)
                doubts[start] = Doubt(start, start + 1, level, level)  # says nothing beside the change, read literally too
        delta = Delta(
            tuple(wanted[at] for at in sorted(wanted) if self._changes.get(at) != wanted[at]),
            tuple(doubts[at] for at in sorted(doubts) if self._doubts.get(at) != doubts[at]),
        )
        self._changes, self._doubts = wanted, doubts
        self.state = new.changes[-1].state if new.changes else self._before
        self.since = new.changes[-1].at if new.changes else self._before_since
        return delta

    def _state_in(self, new: Timeline, at: Instant) -> State:
        """The state at ``at`` under ``new``, which starts from ``_before``."""
        return new.state(at) if new.changes and new.changes[0].at <= at else self._before

    def _forget(self) -> None:
        """Let go of the looks that no later result can decide anew, and of the rows before the first one kept."""
        keep = max(1, self._down.pending, self._below_up.pending)
        if keep < len(self._looks):
            start = self._looks[-keep].at
            for at in sorted(at for at in self._changes if at < start):
                change = self._changes.pop(at)
                if change.state is not self._before:
                    self._before, self._before_since = change.state, at
            self._doubts = {at: doubt for at, doubt in self._doubts.items() if at >= start}
            del self._looks[:-keep]


def _next(last: Look, sample: Sample) -> Look:
    """The look after ``last`` where all that is confirmed goes on."""
    look = Look(sample)
    look.a, look.b = last.a, last.b
    return look
