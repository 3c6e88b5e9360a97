"""What was told of, month by month: incidents and maintenance, the newest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TypeAlias

from reports import moments
from reports.catalogue import ENGLISH, Catalogue
from reports.events import Incident, Maintenance
from reports.frame import Place, rendered
from reports.snapshot import PageSnapshot
from sla.span import Instant

NEWEST = 30
"""What the front page of the history shows before one asks for a month."""
Happened: TypeAlias = tuple[Instant, str, Incident | Maintenance]


FRONT = Place("history/index.html")


def render(page: PageSnapshot, catalogue: Catalogue = ENGLISH, month: date | None = None, place: Place = FRONT) -> bytes:
    """One month of the history (its first date), or None: the newest of all, with links to every month."""
    found = [one for one in happened(page) if month is None or month_of(one[0], page) == month]
    found = found if month else found[:NEWEST]
    return rendered("history.html", page, place, catalogue, shown=month, months=months(page), happened=tuple(found))


def months(page: PageSnapshot) -> tuple[date, ...]:
    """The months in which anything happened, newest first, each as its first date."""
    return tuple(sorted({month_of(at, page) for at, _, _ in happened(page)}, reverse=True))


def happened(page: PageSnapshot) -> Iterator[Happened]:
    """Everything told of: when it began (a maintenance: when it begins), its kind, and itself; newest first."""
    incidents: list[Happened] = [(one.began_at, "incident", one) for one in page.incidents]
    maintenances: list[Happened] = [(one.last.span.start, "maintenance", one) for one in page.maintenances]
    return iter(sorted((*incidents, *maintenances), key=lambda one: (-one[0], one[2].id)))


def month_of(at: Instant, page: PageSnapshot) -> date:
    """The first date of the local month of ``at``."""
    return moments.local_date(at, page.zone).replace(day=1)
