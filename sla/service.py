"""The hours that count: on each listed date from one time of the wall clock to another."""

from __future__ import annotations

from collections.abc import Iterator

from sla.agreement import Agreement
from sla.calendar import date_of, days_between, wall_clock
from sla.span import Span
from sla.steps import Steps, always, during


def in_service(agreement: Agreement, within: Span) -> Steps[bool]:
    """True where the agreement counts; told for ``within`` only. Without service hours all time counts."""
    return during(_hours(agreement, within)) if agreement.service_hours else always(True)


def _hours(agreement: Agreement, within: Span) -> Iterator[Span]:
    zone = agreement.zone
    for day in days_between(date_of(zone, within.start), date_of(zone, within.end - 1)):
        for hours in agreement.service_hours:
            if day.weekday() in hours.days and hours.since < hours.until:
                start, end = wall_clock(zone, day, (hours.since, hours.until))
                if start < end:
                    yield Span(start, end)
