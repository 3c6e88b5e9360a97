"""The page on which a customer's contact asks for a change: a form that works without a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reports.catalogue import ENGLISH, Catalogue
from reports.frame import Place, rendered, sayer
from reports.request_words import CATALOGUES
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

    ``faults`` are names of texts (``fault.kind``) that say why it could not be sent. ``token`` says that the form is ours.
    """

    token: str
    kinds: tuple[Kind, ...]
    kind: Kind | None
    sites: tuple[tuple[str, tuple[Choice, ...]], ...]
    contacts: tuple[Choice, ...]
    words: str = ""
    wanted: str = ""
    faults: tuple[str, ...] = field(default=())


def render(page: PageSnapshot, catalogue: Catalogue = ENGLISH, folder: str = "", form: Form | None = None) -> bytes:
    """The page; without a ``form`` it leads to where one is answered: pages may lie as files anywhere."""
    return _rendered(page, catalogue, folder, form=form, refused=None)


def refusal(page: PageSnapshot, status: int, catalogue: Catalogue = ENGLISH, folder: str = "") -> bytes:
    """The page in place of one that was not taken at all; ``status`` is the HTTP status."""
    return _rendered(page, catalogue, folder, form=None, refused=status)


def _rendered(page: PageSnapshot, catalogue: Catalogue, folder: str, **values: Any) -> bytes:
    ask = sayer(CATALOGUES[catalogue.language])
    return rendered("request.html", page, Place(NAME, folder), catalogue, ask=ask, **values)
