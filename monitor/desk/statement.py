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
from sla.calendar import start
from sla.span import Instant, Span

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The local dates ``first`` to ``last``; ``month``: they are a calendar month."""

    first: date
    last: date
    month: bool

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
    """The facts, the answer, which component each name in it is, and the exclusions that touch the time it speaks of."""

    known: Facts
    answered: Answered
    components: Mapping[str, str]
    exclusions: tuple[Filed, ...]


def statement(connection: Connection, site: str, asked: Asked, as_of: Instant) -> Statement:
    """The statement of ``site`` by what was recorded up to ``as_of``. Raises NoSuchSite."""
    known = facts(connection, site, as_of)
    case_document = document(known, asked.query(), asked.end(known))
    found = answered(case_document)
    zone, days = case_document["agreement"]["zone"], timedelta(days=found.result["any_days"]["days"])
    reach = Span(start(zone, asked.first - days), start(zone, asked.last + _ONE_DAY))
    names = {part.name: part.component for group in parts(known) for part in group}
    touching = tuple(filed for filed in known.exclusions if filed.exclusion.span.cut(reach))
    return Statement(known, found, names, touching)
