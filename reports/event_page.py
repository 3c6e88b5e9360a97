"""The permanent page of one incident, and of one maintenance: all that was said of it."""

from __future__ import annotations

from reports.catalogue import ENGLISH, Catalogue
from reports.events import Incident, Maintenance
from reports.frame import Place, rendered
from reports.snapshot import PageSnapshot


def incident(one: Incident, page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The page of an incident."""
    return rendered("incident.html", page, Place(f"incidents/{one.id}.html", folder), catalogue, one=one)


def maintenance(one: Maintenance, page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The page of a maintenance."""
    return rendered("maintenance.html", page, Place(f"maintenance/{one.id}.html", folder), catalogue, one=one)
