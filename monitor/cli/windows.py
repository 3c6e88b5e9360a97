"""Which local dates a command speaks of: a month, a first date and a number of days, or the days up to today."""

from __future__ import annotations

from datetime import date, timedelta

from monitor.cli.desk import USAGE, fail
from monitor.desk.statement import Asked
from sla import texts
from sla.calendar import date_of
from sla.span import Instant

DAYS = 30
MOST_DAYS = 366
_ONE_DAY = timedelta(days=1)


def asked_dates(zone: str, month: str | None, first: str | None, days: int | None, now: Instant) -> Asked:
    """The dates asked about; by default the last 30 up to today. All that is wrong is said on stderr, then exit 2."""
    wrong = []
    if month is not None and (first is not None or days is not None):
        wrong.append("--month and --first with --days exclude one another")
    if days is not None and not 1 <= days <= MOST_DAYS:
        wrong.append(f"--days: expected 1 to {MOST_DAYS}, got {days}")
    dates = (date.min, date.max)
    begun = date.min
    try:
        dates = texts.month_dates(month) if month is not None else dates
    except ValueError:
        wrong.append(f"--month: expected a month like 2026-06, got {month!r:.80}")
    try:
        begun = texts.day(first) if first is not None else begun
    except ValueError:
        wrong.append(f"--first: expected a date like 2026-06-01, got {first!r:.80}")
    if wrong:
        raise fail("\n".join(wrong), USAGE)
    if month is not None:
        return Asked(*dates, month=True)
    length = (days or DAYS) - 1
    last = begun + length * _ONE_DAY if first is not None else date_of(zone, now)
    return Asked(last - length * _ONE_DAY, last, month=False)
