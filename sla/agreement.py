"""What was promised: goal, window, zone, what is left out. An agreement names a preset and overrides what differs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from sla.responsibility import CAUSES

_EXCLUDED_2018 = frozenset(cause.code for cause in CAUSES if not cause.since_2020)
_EXCLUDED_2020 = frozenset(cause.code for cause in CAUSES)


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """Hours that count: ``days`` 0 = Monday … 6 = Sunday; wall clock in minutes of the day, ``until`` up to 1440."""

    days: frozenset[int]
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement; the defaults are the preset ``slg-2018``."""

    preset: str = "slg-2018"
    version: str = "1"
    zone: str = "UTC"
    goal: Fraction = Fraction(999, 1000)
    judged_by: str = "any_days"
    days: int = 30
    rolling_hours: int = 720
    excluded_causes: frozenset[str] = _EXCLUDED_2018
    exclusion_effect: str = "downtime-only"
    maintenance: str = "counts"
    maintenance_notice_seconds: int = 259_200
    unknown: str = "bounds"
    down_then_unknown: str = "unknown"
    degraded_impact: Fraction = Fraction(0)
    service_hours: tuple[ServiceHours, ...] = ()
    effective_from: int | None = None
    effective_to: int | None = None


PRESETS = {
    "slg-2018": Agreement(),
    "sla-2020": replace(
        Agreement(),
        preset="sla-2020",
        judged_by="month",
        excluded_causes=_EXCLUDED_2020,
        maintenance="excluded",
    ),
}
