"""The permanent page of one incident, of one maintenance: all that was said of it; and of one release: what is new in it."""

from __future__ import annotations

from reports.catalogue import ENGLISH, Catalogue
from reports.events import Incident, Maintenance, Release
from reports.frame import Place, rendered
from reports.release_note import SECTIONS
from reports.snapshot import PageSnapshot


def incident(one: Incident, page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The page of an incident."""
    return rendered("incident.html", page, Place(f"incidents/{one.id}.html", folder), catalogue, one=one)


def maintenance(one: Maintenance, page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The page of a maintenance."""
    return rendered("maintenance.html", page, Place(f"maintenance/{one.id}.html", folder), catalogue, one=one)


def release(one: Release, page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The page of a release."""
    place = Place(f"releases/{one.id}.html", folder)
    return rendered("release.html", page, place, catalogue, one=one, sections=SECTIONS)
