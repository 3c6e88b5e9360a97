"""Which instants a wall clock means: one on most days, two or none around the change of the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sla.span import SECOND, Instant


def instants(zone: str, wall: datetime) -> tuple[Instant, ...]:
    """The instants at which the wall clock of ``zone`` (an IANA name) shows ``wall`` (naive, whole seconds), in order.

    None where clocks go forward over it, two where they go back over it. Raises ZoneInfoNotFoundError.
    """
    here = ZoneInfo(zone)
    guesses = {wall.replace(tzinfo=here, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(int(at.timestamp()) * SECOND for at in sorted(guesses) if at.astimezone(here).replace(tzinfo=None) == wall)
