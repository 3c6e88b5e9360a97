"""What the days that a thing has left mean: nothing yet, advice, or a degraded state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from probes.probe import Fact, Finding, Notice, degraded, up
from sla.state import Cause


@dataclass(frozen=True, slots=True)
class Limits:
    """Days before the end from which on there is a notice, an urgent one, and a degraded state."""

    notice: Fraction
    urgent: Fraction
    degraded: Fraction


def checked_days(field: str, days: int | None) -> None:
    """Raises ValueError for a number of days that no operator means."""
    if days is not None and not 0 <= days <= 3650:
        raise ValueError(f"{field}: must be 0 to 3650, got {days}")


def by_days(what: str, left: Fraction, limits: Limits, facts: Mapping[str, Fact], notices: tuple[Notice, ...] = ()) -> Finding:
    """The finding for ``what`` that ends in ``left`` days and is well otherwise."""
    said = f"{what} ends in {float(left):.1f} days"
    if left <= limits.degraded:
        return degraded(Cause.EXPIRES_SOON, said, facts, (Notice("expires_urgent", said), *notices))
    if left <= limits.urgent:
        return up(facts, (Notice("expires_urgent", said), *notices))
    if left <= limits.notice:
        return up(facts, (Notice("expires_soon", said), *notices))
    return up(facts, notices)
