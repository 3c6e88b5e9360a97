"""What people decided and announced, as series of a site: exclusions that wait, maintenance now and next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from monitor.metrics.lines import Lines, Sheet, labelled
from sla.exclusion import Exclusion, Step
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import Instant

_STANDS = frozenset({Status.CONFIRMED, Status.IN_PROCESS})
_COMES = frozenset({Status.TENTATIVE, Status.CONFIRMED})


@dataclass(frozen=True, slots=True)
class DeskSeries:
    """One site's exclusions and maintenances, with all that was decided and announced of them."""

    customer: str
    site: str
    exclusions: Sequence[Exclusion] = ()
    maintenances: Sequence[Maintenance] = ()


def desk_lines(of: DeskSeries, now: Instant) -> Lines:
    """All that is said of the site's desk at ``now``."""
    sheet, labels = Sheet(), labelled({"customer": of.customer, "site": of.site})
    decided = [one.history[-1] for one in of.exclusions if one.history]
    for step in Step:
        waiting = sum(1 for last in decided if last.step is step)
        sheet.add("sla_exclusions", f'{labels},status="{step.value}"', waiting)
    proposed = min((last.at for last in decided if last.step is Step.PROPOSED), default=None)
    sheet.add("sla_exclusion_oldest_proposed_timestamp_seconds", labels, _seconds(proposed))
    _add_maintenance(sheet, labels, [one.announcements[-1] for one in of.maintenances if one.announcements], now)
    return sheet.made()


def _add_maintenance(sheet: Sheet, labels: str, said: Sequence[Announcement], now: Instant) -> None:
    """``said``: the last word on each maintenance. One in process is active until somebody says that it is over."""
    active = [one for one in said if one.status in _STANDS and now in one.span] + [one for one in said if _overrun(one, now)]
    for impact in Impact:
        sheet.add("sla_maintenance_active", f'{labels},impact="{impact.word}"', sum(1 for one in active if one.impact is impact))
    coming = min((one.span.start for one in said if one.status in _COMES and one.span.start > now), default=None)
    sheet.add("sla_maintenance_next_start_timestamp_seconds", labels, _seconds(coming))
    sheet.add("sla_maintenance_overrun_seconds", labels, Fraction(max((_overrun(one, now) for one in said), default=0), 1000))


def _overrun(said: Announcement, now: Instant) -> int:
    """Milliseconds since the announced end of a maintenance that still goes on."""
    return max(0, now - said.span.end) if said.status is Status.IN_PROCESS else 0


def _seconds(at: Instant | None) -> Fraction | None:
    return None if at is None else Fraction(at, 1000)
