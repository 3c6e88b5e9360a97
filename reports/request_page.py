"""The page on which a customer's contact asks for a change: a form that works without a script."""

from __future__ import annotations

from dataclasses import dataclass

from reports.catalogue import ENGLISH, Catalogue
from reports.frame import Place, rendered
from reports.snapshot import PageSnapshot
from sla.request import Kind

NAME = "request.html"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: what is sent, what is read, whether it is chosen already."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What the form asks and what was filled in so far. ``sites`` are the parts of each site by its name.

    ``faults`` are names of texts (``request.fault.kind``): why it could not be sent. ``token`` says that the form is ours.
    """

    token: str
    kinds: tuple[Kind, ...]
    kind: Kind | None
    sites: tuple[tuple[str, tuple[Choice, ...]], ...]
    contacts: tuple[Choice, ...]
    words: str = ""
    wanted: str = ""
    faults: tuple[str, ...] = ()


def render(page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "", form: Form | None = None) -> bytes:
    """The page; without a ``form`` it leads to where one is answered: pages may lie as files anywhere."""
    return rendered("request.html", page, Place(NAME, folder), catalogue, form=form, refused=None)


def refusal(page: PageSnapshot, status: int, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The page in place of one that was not taken at all; ``status`` is the HTTP status."""
    return rendered("request.html", page, Place(NAME, folder), catalogue, form=None, refused=status)
