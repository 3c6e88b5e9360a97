"""What one millisecond counts: the levels of a site, what the agreement leaves out of them, and their price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sla.agreement import Agreement
from sla.composition import ALL_UP, Node, Quad, value
from sla.exclusion import Exclusion
from sla.maintenance import Impact, Maintenance
from sla.state import State

MAINTENANCE_CAUSE = "scheduled_maintenance"

_DEGRADED, _UP = State.DEGRADED.value, State.UP.value

Parts: TypeAlias = Mapping[str, Quad | None]


class Weight(NamedTuple):
    """What one millisecond weighs, downtimes in units of ``1 / Price.scale``.

    ``removed`` is 1 where time leaves the period for other reasons than being unknown; ``excluded`` holds what each cause
    takes off the observed downtime.
    """

    down: int
    best: int
    worst: int
    unknown: int
    removed: int
    excluded: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """What each level costs, in units of ``1 / scale`` of downtime."""

    scale: int
    of: tuple[int, int, int]
    unknown_leaves: bool

    @classmethod
    def by(cls, agreement: Agreement) -> Price:
        """The prices of an agreement: down is whole, up is free, degraded has its impact."""
        impact = agreement.degraded_impact
        return cls(impact.denominator, (impact.denominator, impact.numerator, 0), agreement.unknown == "remove-from-period")

    def weight(self, quad: Quad, removed: bool) -> Weight:
        """What a millisecond weighs in which the site is ``quad``."""
        if removed:
            return Weight(0, 0, 0, 0, 1)
        point_worst, point_best, worst, best = (self.of[level] for level in quad)
        if point_worst == point_best:
            return Weight(point_best, best, worst, 0, 0)
        return Weight(0, 0, 0, 1, 0) if self.unknown_leaves else Weight(point_best, best, worst, 1, 0)


@dataclass(frozen=True, slots=True)
class Moment:
    """All that decides about a millisecond.

    ``excluded`` tells of each exclusion, and ``forgiven`` of each maintenance (NO_IMPACT: not at all), whether it is now.
    """

    parts: Parts
    excluded: Sequence[bool]
    forgiven: Sequence[Impact]
    in_service: bool
    observed: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a millisecond is judged; ``exclusions`` are those that count, in the order of their approval."""

    tree: Node
    price: Price
    removes: bool
    exclusions: tuple[Exclusion, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()

    def weight(self, moment: Moment) -> Weight:
        """What a millisecond weighs: observed, then with one exclusion after the other, maintenance last."""
        site = value(self.tree, moment.parts)
        outside = site is None or not moment.in_service
        now = self.price.weight(site or ALL_UP, outside)
        causes: list[tuple[str, int]] = []
        if not outside:
            for cause, quad, removed in self._left_out(site or ALL_UP, moment):
                after = self.price.weight(quad, removed)
                if now.down != after.down:
                    causes.append((cause, now.down - after.down))
                now = after
        if not moment.observed:
            return Weight(0, 0, 0, 0, now.removed)
        return now._replace(excluded=tuple(causes)) if causes else now

    def _left_out(self, site: Quad, moment: Moment) -> Iterator[tuple[str, Quad, bool]]:
        """After each exclusion and after all maintenance: its cause, what the site would have been, is the time removed."""
        parts, whole = dict(moment.parts), False
        for exclusion, active in zip(self.exclusions, moment.excluded, strict=True):
            if not active:
                continue
            if exclusion.components:
                _lift(parts, exclusion.components, Impact.OUTAGE)
                site = value(self.tree, parts) or site
            else:
                whole = True
            yield exclusion.cause, ALL_UP if whole else site, whole and self.removes
        if any(forgiven >= Impact.DEGRADED for forgiven in moment.forgiven):
            site, most = self._maintained(parts, moment.forgiven)
            removed = self.removes and (whole or most is Impact.OUTAGE)
            yield MAINTENANCE_CAUSE, ALL_UP if whole else site, removed

    def _maintained(self, parts: dict[str, Quad | None], forgiven: Sequence[Impact]) -> tuple[Quad, Impact]:
        """The site without its maintenance, and the most that is forgiven of the whole site."""
        most = Impact.NO_IMPACT
        for maintenance, impact in zip(self.maintenance, forgiven, strict=True):
            if maintenance.components:
                _lift(parts, maintenance.components, impact)
            else:
                most = max(most, impact)
        return forgive(value(self.tree, parts) or ALL_UP, most), most


def _lift(parts: dict[str, Quad | None], components: Sequence[str], impact: Impact) -> None:
    """Forgive ``components`` in ``parts``."""
    for name in components:
        quad = parts.get(name)
        if quad is not None:
            parts[name] = forgive(quad, impact)


def forgive(quad: Quad, impact: Impact) -> Quad:
    """An outage forgives every level; DEGRADED turns degraded into up and leaves down; anything less forgives nothing."""
    if impact is Impact.OUTAGE:
        return ALL_UP
    if impact is Impact.DEGRADED:
        worst, best, bounds_worst, bounds_best = (_UP if level == _DEGRADED else level for level in quad)
        return worst, best, bounds_worst, bounds_best
    return quad
