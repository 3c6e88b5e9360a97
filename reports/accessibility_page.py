"""What readers may expect of the pages, whatever they read them with."""

from __future__ import annotations

from reports.catalogue import ENGLISH, Catalogue
from reports.frame import Place, rendered
from reports.snapshot import PageSnapshot


def render(page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The accessibility statement."""
    return rendered("accessibility.html", page, Place("accessibility.html", folder), catalogue)
