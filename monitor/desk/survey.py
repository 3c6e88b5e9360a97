"""All sites in one table: the figures of a statement of each, from what is kept packed; counted anew where that is not fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.engine import Connection

from monitor.desk.case_file import NoSuchSite, facts
from monitor.desk.counted import agreement_of, rules
from monitor.desk.statement import Asked, statement
from monitor.store import catalogue, derived
from monitor.store.derived import Row
from sla.answer import StatementAnswer, Verdict
from sla.calendar import span
from sla.compact import unpack
from sla.span import DAY, Instant
from sla.survey import Position, of_statement, position, reach

AskedIn = Callable[[str], Asked]
"""The dates asked for in a zone."""

AT_ONCE = 200
"""Rows read at once: some megabytes."""

_ORDER = (Verdict.BREACHED, Verdict.UNDETERMINED, Verdict.PENDING, Verdict.MET)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One site: its figures (None: nothing was recorded of it yet), and whether it had to be counted anew for them."""

    site: str
    position: Position | None
    anew: bool = False

    @property
    def badness(self) -> tuple[int, Fraction, str]:
        """Sorts the worst first: by verdict, then by the budget that its worst run of dates has left."""
        if self.position is None:
            return len(_ORDER), Fraction(0), self.site
        worst = self.position.any_days.worst.figures
        left = worst.remaining_ms / worst.budget_ms if worst.budget_ms else worst.remaining_ms
        return _ORDER.index(self.position.verdict), left, self.site


def survey(connection: Connection, sites: Sequence[str], asked: AskedIn, now: Instant) -> Iterator[Surveyed]:
    """The figures of each of ``sites`` as a statement has them now, in this order."""
    numbers = catalogue.site_nos(connection)
    touched = derived.touched(connection, derived.marked(connection))
    for place in range(0, len(sites), AT_ONCE):
        some = sites[place : place + AT_ONCE]
        rows = derived.rows(connection, [numbers[site] for site in some if site in numbers])
        for site in some:
            row = rows.get(numbers.get(site, 0))
            kept = row if row and row.site_no not in touched and _holds(row, asked, now) else None
            yield _from(site, kept, asked, now) if kept else _anew(connection, site, asked, now)


def _holds(row: Row, asked: AskedIn, now: Instant) -> bool:
    """Whether ``row`` was made by these rules, knows nothing of later, and is of the version and of the time asked for."""
    if row.version != rules() or row.recorded_at > now:
        return False
    agreement = agreement_of(row.agreement)
    dates = asked(agreement.zone)
    end = span(agreement.zone, dates.first, dates.last).end - 1
    wanted = reach(agreement, dates.first, dates.last)
    # Each run of dates is judged by the version at its end; the first of them ends with the first date asked for. Another
    # version may have another zone, in which the dates end a day sooner or later: then it is asked which one counts.
    first_end = span(agreement.zone, dates.first, dates.first).end - 1
    judged = row.in_force_from <= first_end and end + 2 * DAY < row.in_force_until
    return judged and wanted.cut(row.within) == wanted


def _from(site: str, row: Row, asked: AskedIn, now: Instant) -> Surveyed:
    agreement = agreement_of(row.agreement)
    dates = asked(agreement.zone)
    return Surveyed(site, position(unpack(row.body).until(now), agreement, dates.first, dates.last, dates.month))


def _anew(connection: Connection, site: str, asked: AskedIn, now: Instant) -> Surveyed:
    """The site by its statement."""
    try:
        zone = str(facts(connection, site, now, seen=False).in_force(now).body["zone"])
    except NoSuchSite:
        return Surveyed(site, None)
    answer = statement(connection, site, asked(zone), now).answered.answer
    assert isinstance(answer, StatementAnswer)
    return Surveyed(site, of_statement(answer), anew=True)
