"""A rollout: one release carried to all sites in waves, and the order of the waves that nothing may break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sla.exclusion import Fault
from sla.maintenance import Impact, Status
from sla.span import Instant, Span
from sla.texts import instant_text

INTERNAL = "internal"
RINGS = (INTERNAL, "early", "general")
"""In the order in which a release reaches them; a ring may take several waves."""


@dataclass(frozen=True, slots=True)
class Window:
    """The maintenance of one site of a wave as it stands; ``span`` is what was announced (or planned) before it began.

    ``status`` None: a draft. ``begun_at`` and ``over_at`` are when people said so, ``outcome`` how it ended.
    """

    site: str
    maintenance: str
    span: Span
    impact: Impact
    status: Status | None = None
    begun_at: Instant | None = None
    over_at: Instant | None = None
    outcome: str | None = None

    @property
    def completed(self) -> bool:
        """Whether it took place and is over."""
        return self.status is Status.COMPLETED


@dataclass(frozen=True, slots=True)
class Wave:
    """The sites of one ``ring`` that are done together; after the last of them it is watched for ``soak_ms``."""

    number: int
    ring: str
    soak_ms: int
    windows: tuple[Window, ...]

    @property
    def span(self) -> Span:
        """From the first announced start to the last announced end."""
        return Span(min(one.span.start for one in self.windows), max(one.span.end for one in self.windows))

    @property
    def begun(self) -> bool:
        """Whether any of its sites has begun."""
        return any(one.begun_at is not None for one in self.windows)

    @property
    def told(self) -> bool:
        """Whether any of its windows stands announced."""
        return any(one.status in (Status.TENTATIVE, Status.CONFIRMED, Status.IN_PROCESS) for one in self.windows)

    @property
    def completed_at(self) -> Instant | None:
        """When the last of its sites was over; None while any of them is not, or did not take place."""
        ends = [one.over_at for one in self.windows if one.completed and one.over_at is not None]
        return max(ends) if len(ends) == len(self.windows) else None

    @property
    def soaked_at(self) -> Instant | None:
        """When it has been watched long enough; None while it is not completed."""
        return None if self.completed_at is None else self.completed_at + self.soak_ms

    def soaked(self, now: Instant) -> bool:
        """Whether it is completed and was watched long enough."""
        return self.soaked_at is not None and self.soaked_at <= now


@dataclass(frozen=True, slots=True)
class Rollout:
    """All waves of one release, in order. ``held``: nothing of it begins.

    ``overridden`` are the waves that a person lets begin in spite of what the gate says; the order stands all the same.
    """

    id: str
    release: str | None
    waves: tuple[Wave, ...]
    held: bool = False
    over: bool = False
    overridden: frozenset[int] = frozenset()

    @property
    def next(self) -> Wave | None:
        """The first wave of which nothing has begun."""
        return next((wave for wave in self.waves if not wave.begun), None)

    def overtaken(self, now: Instant) -> tuple[Wave, ...]:
        """The announced waves that can't begin when they should: a wave before them can't be completed and soaked by then."""
        soonest, found = 0, []
        for wave in self.waves:
            if wave.told and not wave.begun and soonest > wave.span.start:
                found.append(wave)
            done_at = now if wave.completed_at is None else wave.completed_at
            soonest = max(soonest, done_at + wave.soak_ms)
        return tuple(found)

    def wave_of(self, site: str) -> Wave | None:
        """The wave of a site by its key."""
        return next((wave for wave in self.waves if any(one.site == site for one in wave.windows)), None)


def order_faults(rollout: Rollout) -> tuple[Fault, ...]:
    """What is wrong with the plan: rings in order, each site once, no wave before the one before it has ended and soaked."""
    return (*_ring_faults(rollout), *_site_faults(rollout), *_time_faults(rollout))


def _ring_faults(rollout: Rollout) -> Iterator[Fault]:
    for before, wave in pairwise(rollout.waves):
        if RINGS.index(wave.ring) < RINGS.index(before.ring):
            message = f"wave {wave.number} goes back to an earlier ring"
            yield Fault("ring-order", ("waves", wave.number - 1), message, wave.ring, f"{before.ring} or a later one")


def _site_faults(rollout: Rollout) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for wave in rollout.waves:
        for one in wave.windows:
            if one.site in first:
                message = f"{one.site} is in wave {first[one.site]} and in wave {wave.number}"
                yield Fault("site-twice", ("waves", wave.number - 1), message, one.site, "each site in exactly one wave")
            first.setdefault(one.site, wave.number)


def _time_faults(rollout: Rollout) -> Iterator[Fault]:
    for before, wave in pairwise(rollout.waves):
        least = before.span.end + before.soak_ms
        if wave.span.start < least:
            message = f"wave {wave.number} would begin before wave {before.number} has ended and soaked"
            yield Fault(
                "wave-overlap",
                ("waves", wave.number - 1),
                message,
                instant_text(wave.span.start),
                f"{instant_text(least)} or later",
            )


def start_faults(rollout: Rollout, site: str, now: Instant, gate_says_go: bool) -> tuple[Fault, ...]:
    """Why the window of ``site`` may not begin ``now``. A person may override the gate, nobody the order of the waves."""
    wave = rollout.wave_of(site)
    if wave is None:
        return ()
    found = [*_standing_faults(rollout), *(fault for one in rollout.waves for fault in _before_faults(one, wave, now))]
    if not gate_says_go and wave.number not in rollout.overridden:
        message = f"the gate before wave {wave.number} of {rollout.id} does not say go"
        found.append(Fault("gate", ("id",), message, "hold", f"go; `threenines release gate {rollout.id}` tells why"))
    return tuple(found)


def _standing_faults(rollout: Rollout) -> Iterator[Fault]:
    if rollout.over:
        yield Fault("rollout-over", ("id",), f"{rollout.id} is over", "over", "a rollout that goes on")
    if rollout.held:
        yield Fault("held", ("id",), f"{rollout.id} is held", "held", f"`threenines release resume {rollout.id}` first")


def _before_faults(other: Wave, wave: Wave, now: Instant) -> Iterator[Fault]:
    """What another wave of the rollout has against it that ``wave`` begins."""
    if other.number == wave.number:
        return
    if other.number > wave.number:
        if other.begun and other.completed_at is None:
            yield Fault("wave-order", ("id",), f"wave {other.number} is going on", "going on", "one wave at a time")
        return
    if other.completed_at is None:
        message = f"wave {other.number} ({other.ring}) is not completed"
        yield Fault("wave-order", ("id",), message, "not completed", f"all {len(other.windows)} of its sites completed")
    elif not other.soaked(now):
        message = f"wave {other.number} ({other.ring}) is not soaked"
        soaked = instant_text(other.completed_at + other.soak_ms)
        yield Fault("soaking", ("id",), message, instant_text(now), f"{soaked} or later")
