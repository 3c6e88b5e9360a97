"""The gate before a wave: what was measured of the wave before it, and whether the next may begin. Evidence in, answer out."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from sla.maintenance import Impact
from sla.rollout import Wave
from sla.span import SECOND, Instant, Span
from sla.state import State
from sla.texts import instant_text, percent_text

LEAST_COVERAGE = Fraction(99, 100)
"""Less measured than this of a window and its soak, and nobody can tell how it went."""
LEAST_LEFT = Fraction(1, 4)
"""The share of its rolling budget that a site must keep after what was announced to it."""

RANK = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2}
ANNOUNCED_RANK = {Impact.NO_IMPACT: 0, Impact.REDUCED_REDUNDANCY: 0, Impact.DEGRADED: 1, Impact.OUTAGE: 2}
"""How bad a site may be while it has that level of impact."""


class Answer(Enum):
    """What the gate says."""

    GO = "go"
    HOLD = "hold"
    CANNOT_TELL = "cannot tell"


class Mark(Enum):
    """How one thing that the gate asks stands: it may become good by itself only while it WAITS."""

    GOOD = "good"
    WAITS = "waits"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """One site of the wave before, from the beginning of its window to the end of its soak, or until now. Durations in ms.

    ``worse_ms`` is the time it was worse than announced and than it was before, ``beyond_ms`` the counted downtime outside
    its window, ``measured_ms`` how much of ``span`` was measured.
    """

    site: str
    span: Span
    measured_ms: int
    worse_ms: int
    beyond_ms: Fraction

    @property
    def coverage(self) -> Fraction:
        """The share of the time in which it is known how the site was."""
        return Fraction(self.measured_ms, self.span.length)


@dataclass(frozen=True, slots=True)
class SiteNext:
    """One site of the next wave: its rolling budget, and what is left of it after the announced impact, ms.

    ``left_ms`` None: nothing is known of the site.
    """

    site: str
    budget_ms: Fraction
    left_ms: Fraction | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the gate before ``wave`` looks at; ``before`` is the wave before it, None in front of the first.

    ``seen`` and ``ahead`` are the sites of the two, ``incidents`` the open ones that name the release (their ids).
    """

    wave: Wave
    before: Wave | None
    seen: tuple[SiteSeen, ...]
    ahead: tuple[SiteNext, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was asked: of which site (None: of the rollout), how it stands, and its numbers in words."""

    code: str
    mark: Mark
    got: str
    wanted: str
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says before wave number ``wave``, with everything that was asked."""

    wave: int
    answer: Answer
    findings: tuple[Finding, ...]

    @property
    def final(self) -> bool:
        """Whether waiting makes it no better: then the rollout is held."""
        marks = {one.mark for one in self.findings}
        return Mark.BAD in marks or (Mark.UNKNOWN in marks and Mark.WAITS not in marks)

    @property
    def against(self) -> tuple[Finding, ...]:
        """The findings that are not good."""
        return tuple(one for one in self.findings if one.mark is not Mark.GOOD)


def decide(evidence: Evidence, now: Instant) -> Decision:
    """Go only if everything is good; what is bad or still to come is a hold; what nobody measured can't be told."""
    findings = tuple(_findings(evidence, now))
    return Decision(evidence.wave.number, _answer({one.mark for one in findings}), findings)


def _answer(marks: Set[Mark]) -> Answer:
    if marks <= {Mark.GOOD}:
        return Answer.GO
    return Answer.HOLD if marks & {Mark.BAD, Mark.WAITS} else Answer.CANNOT_TELL


def _findings(evidence: Evidence, now: Instant) -> Iterator[Finding]:
    if evidence.before is not None:
        yield from _course(evidence.before, evidence.wave, now)
    for seen in evidence.seen:
        yield from _site(seen)
    incidents = ", ".join(evidence.incidents) or "none"
    yield Finding("incident", _mark(not evidence.incidents), incidents, "no open incident that names the release")
    yield from map(_budget, evidence.ahead)


def _course(before: Wave, wave: Wave, now: Instant) -> Iterator[Finding]:
    """Whether the wave before is completed, ended well and soaked, and is so before the next is to begin."""
    done = sum(one.completed for one in before.windows)
    mark = Mark.GOOD if before.completed_at is not None else Mark.WAITS
    yield Finding("completed", mark, f"{done} of {len(before.windows)} sites", f"all sites of wave {before.number}")
    for one in before.windows:
        if one.outcome is not None:
            yield Finding("outcome", _mark(one.outcome == "done"), one.outcome, "done", one.site)
    soaked_at = (now if before.completed_at is None else before.completed_at) + before.soak_ms
    mark = Mark.GOOD if before.soaked(now) else Mark.WAITS
    yield Finding("soak", mark, f"it is {instant_text(now)}", f"{instant_text(soaked_at)} or later")
    start = wave.span.start
    if wave.told and soaked_at > start:
        soonest = f"soaked at {instant_text(soaked_at)} at the soonest"
        yield Finding("late", Mark.BAD, soonest, f"by {instant_text(start)}, as announced")


def _site(seen: SiteSeen) -> Iterator[Finding]:
    yield Finding("worse", _mark(seen.worse_ms == 0), _seconds(seen.worse_ms), "0 s worse than announced", seen.site)
    yield Finding("downtime", _mark(seen.beyond_ms == 0), _seconds(seen.beyond_ms), "0 s counted outside its window", seen.site)
    enough = seen.coverage >= LEAST_COVERAGE
    wanted = f"at least {percent_text(LEAST_COVERAGE)} % of {_seconds(seen.span.length)} measured"
    yield Finding("coverage", Mark.GOOD if enough else Mark.UNKNOWN, f"{percent_text(seen.coverage)} %", wanted, seen.site)


def _budget(one: SiteNext) -> Finding:
    least = LEAST_LEFT * one.budget_ms
    wanted = f"{_seconds(least)} or more (a quarter of {_seconds(one.budget_ms)}) after the announced impact"
    if one.left_ms is None:
        return Finding("budget", Mark.UNKNOWN, "nothing is known of the site", wanted, one.site)
    return Finding("budget", _mark(one.left_ms >= least), f"{one.left_ms // SECOND} s", wanted, one.site)


def _mark(good: bool) -> Mark:
    return Mark.GOOD if good else Mark.BAD


def _seconds(length_ms: int | Fraction) -> str:
    """Whole seconds, rounded up: what was lost is never rounded away."""
    return f"{-(-length_ms // SECOND)} s"
