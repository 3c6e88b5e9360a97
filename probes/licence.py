"""How a licence stands and what that means: one judgement for all the ways of asking for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from probes.expiry import Limits, by_days
from probes.flexnet import Grant, LicenceFile, total
from probes.probe import Fact, Finding, Notice, degraded, down
from probes.target import shown
from sla.calendar import date_of, start
from sla.span import DAY, Instant
from sla.state import Cause

MAX_NAMED = 5
"""Features that a reason names."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature that must be licensed. ``min_seats`` None: any seat is enough, and each that goes is warned of."""

    name: str
    min_seats: int | None = None

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > 100 or not self.name.isprintable():
            raise ValueError(f'name: must be the name of a feature, got "{shown(self.name, 80)}"')
        if self.min_seats is not None and not 1 <= self.min_seats < 10**9:
            raise ValueError(f"min_seats: must be 1 to {10**9 - 1}, got {self.min_seats}")


@dataclass(frozen=True, slots=True)
class Percents:
    """Shares of the seats in use from which on there is a notice, and a degraded state."""

    notice: int
    degraded: int


@dataclass(frozen=True, slots=True)
class Holding:
    """How a feature stands. ``seats`` and ``used`` None: no limit, or nobody says.

    ``ends`` is when the first of the seats in force end, ``lacks`` when too few are left; ``fault`` is why it is no good at all.
    """

    feature: Feature
    seats: int | None = None
    used: int | None = None
    ends: Instant | None = None
    lacks: Instant | None = None
    fault: tuple[Cause, str] | None = None


def granted(file: LicenceFile, feature: Feature, at: Instant, zone: str) -> Holding:
    """How ``feature`` stands by a licence file at ``at``; its days are dates in ``zone``."""
    today = date_of(zone, at)
    lines, held = file.of(feature.name), file.in_force(feature.name, today)
    if not held:
        return Holding(feature, fault=_absent(file, feature, lines, today))
    seats = total(grant.seats for grant in held)
    last = [grant.last_day for grant in held if grant.last_day is not None]
    coming = sorted({grant.last_day for grant in lines if grant.last_day is not None and grant.last_day >= today})
    lacking = next((day for day in coming if _too_few(file, feature, seats, day + timedelta(days=1))), None)
    ends = end_of(zone, min(last)) if last else None
    return Holding(feature, seats, None, ends, None if lacking is None else end_of(zone, lacking))


def end_of(zone: str, day: date) -> Instant:
    """When ``day`` is over in ``zone``; a day before there were instants was over at the first."""
    return start(zone, day + timedelta(days=1)) if day.year >= 1970 else 0


def judged(holdings: Sequence[Holding], at: Instant, days: Limits, percents: Percents, facts: Mapping[str, Fact]) -> Finding:
    """What the worst of the holdings says. The seats of the facts are those of the first."""
    told = {**facts, **_facts(holdings)}
    faults = sorted(fault for holding in holdings if (fault := holding.fault or _exceeded(holding)) is not None)
    if faults:
        return down(faults[0][0], "; ".join(reason for _, reason in faults[:MAX_NAMED]), told)
    low = [words for holding in holdings if (words := _low(holding, percents.degraded))]
    notices = tuple(Notice("seats_notice", words) for holding in holdings if (words := _low(holding, percents.notice)))
    soonest = min((holding for holding in holdings if holding.lacks is not None), key=_lacks, default=None)
    what = "licence" if soonest is None else f"licence of {shown(soonest.feature.name, 80)}"
    left = days.notice + 1 if soonest is None else Fraction(_lacks(soonest) - at, DAY)
    found = by_days(what, left, days, told, notices[:MAX_NAMED])
    if not low:
        return found
    return degraded(
        Cause.SEATS_LOW, "; ".join([*low[:MAX_NAMED], *([found.reason] if found.reason else [])]), told, found.notices
    )


def _lacks(holding: Holding) -> Instant:
    return 0 if holding.lacks is None else holding.lacks


def _too_few(file: LicenceFile, feature: Feature, now: int | None, day: date) -> bool:
    """Whether on ``day`` there are fewer seats than are needed, or than there are ``now`` if nobody says what is needed."""
    seats = total(grant.seats for grant in file.in_force(feature.name, day))
    if seats is None:
        return False
    return seats < feature.min_seats if feature.min_seats is not None else now is None or seats < now


def _absent(file: LicenceFile, feature: Feature, lines: Sequence[Grant], today: date) -> tuple[Cause, str]:
    """Why no line of the feature is in force."""
    name = shown(feature.name, 80)
    if not lines:
        there = sorted({grants[0].feature for grants in file.grants.values()})[:MAX_NAMED]
        return Cause.LICENCE_INVALID, f"{name} is not licensed, wanted it; there are {', '.join(there)}"
    future = [grant.first_day for grant in lines if grant.first_day is not None and grant.first_day > today]
    if future:
        return Cause.LICENCE_INVALID, f"{name} is licensed from {min(future)} on, wanted it today"
    last = max(grant.last_day for grant in lines if grant.last_day is not None)
    return Cause.LICENCE_EXPIRED, f"every seat of {name} has expired, the last on {last}"


def _exceeded(holding: Holding) -> tuple[Cause, str] | None:
    seats, name = holding.seats, shown(holding.feature.name, 80)
    wanted = holding.feature.min_seats or 1
    if seats is not None and seats < wanted:
        return Cause.LICENCE_EXCEEDED, f"{name} has {seats} seats, wanted at least {wanted}"
    if seats is not None and holding.used is not None and holding.used >= seats:
        return Cause.LICENCE_EXCEEDED, f"{name} has all {seats} seats in use ({holding.used}), wanted some free"
    return None


def _low(holding: Holding, percent: int) -> str:
    """That at least so many percent of the seats are in use; nothing if they are not."""
    seats, used = holding.seats, holding.used
    if seats is None or used is None or used * 100 < seats * percent:
        return ""
    return f"{shown(holding.feature.name, 80)} has {used} of {seats} seats in use, {percent} % or more"


def _facts(holdings: Sequence[Holding]) -> dict[str, Fact]:
    first = holdings[0]
    ends = [holding.ends for holding in holdings if holding.ends is not None]
    known: dict[str, int | None] = {
        "license_features": len(holdings),
        "license_seats": first.seats,
        "license_seats_used": first.used,
        "license_not_after_timestamp_seconds": min(ends) // 1000 if ends else None,
    }
    return {name: value for name, value in known.items() if value is not None}
