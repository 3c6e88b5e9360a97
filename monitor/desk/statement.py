"""What was promised and what was kept in a month or a run of dates, as known at an instant, with everything that tells why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk.case_file import Facts, document, facts, parts
from monitor.desk.figures import Answered, answered
from monitor.store.exclusions import Filed
from sla import writing
from sla.calendar import start
from sla.case import AskStatement
from sla.evaluate import reach_of
from sla.span import Instant
from sla.texts import day, instant_text, month_dates

_ONE_DAY = timedelta(days=1)
FORMAT = "threenines-statement/1"


@dataclass(frozen=True, slots=True)
class Asked:
    """The local dates ``first`` to ``last``; ``month``: they are a calendar month."""

    first: date
    last: date
    month: bool

    @classmethod
    def of(cls, period: str) -> Asked:
        """What ``period`` names: the other way round. Raises ValueError if it is no period."""
        first, dots, last = period.partition("..")
        return cls(day(first), day(last), month=False) if dots else cls(*month_dates(period), month=True)

    @property
    def period(self) -> str:
        """``2026-06``, or ``2026-06-01..2026-06-30`` where a run of dates was asked for."""
        return f"{self.first:%Y-%m}" if self.month else f"{self.first}..{self.last}"

    def query(self) -> dict[str, Any]:
        """The question as a case asks it."""
        if self.month:
            return {"kind": "statement", "month": f"{self.first:%Y-%m}"}
        return {"kind": "statement", "first": str(self.first), "days": (self.last - self.first).days + 1}

    def end(self, known: Facts) -> Instant:
        """The last instant of the dates, in the zone of the version of the agreement that is in force then."""
        end = 0
        for version in reversed(known.versions):
            end = start(str(version.body["zone"]), self.last + _ONE_DAY) - 1
            if version.effective_from is None or version.effective_from <= end:
                break
        return end


@dataclass(frozen=True, slots=True)
class Statement:
    """The facts, the question, the answer, which component each name in it is, and the exclusions that touch its time."""

    known: Facts
    asked: Asked
    answered: Answered
    components: Mapping[str, str]
    exclusions: tuple[Filed, ...]

    @property
    def content(self) -> dict[str, Any]:
        """All that is published, as JSON: the result of the public format, and what people need to read it."""
        agreement = self.answered.document["agreement"]
        return {
            "format": FORMAT,
            "site": self.known.site,
            "period": self.asked.period,
            "as_of": instant_text(self.known.as_of),
            "agreement": agreement["version"],
            "zone": agreement["zone"],
            "components": dict(self.components),
            "exclusions": [{**writing.exclusion(filed.exclusion), "notes": list(filed.notes)} for filed in self.exclusions],
            "result": self.answered.result,
        }


def statement(connection: Connection, site: str, asked: Asked, as_of: Instant) -> Statement:
    """The statement of ``site`` by what was recorded up to ``as_of``. Raises NoSuchSite."""
    return stated(facts(connection, site, as_of), asked)


def stated(known: Facts, asked: Asked) -> Statement:
    """The statement that follows from what is ``known``."""
    found = answered(document(known, asked.query(), asked.end(known)))
    case = found.case
    assert isinstance(case.query, AskStatement)
    reach = reach_of(case.agreement, case.query)
    touching = tuple(filed for filed in known.exclusions if filed.exclusion.span.cut(reach))
    return Statement(known, asked, found, component_names(known), touching)


def component_names(known: Facts) -> dict[str, str]:
    """Of which component each component of the case is a part."""
    return {part.name: part.component for group in parts(known) for part in group}
