"""A request as its customer reads it: on their page and in mails, without an address, an error text, or a word for operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports import words
from reports.catalogue import ENGLISH, Catalogue
from reports.plain import firm
from sla.request import Kind, Status
from sla.span import Instant
from sla.state import State


@dataclass(frozen=True, slots=True)
class Seen:
    """One look that was asked for, at a component by its ``name``. ``cause`` is a word of ``reports.words``."""

    name: str
    state: State
    cause: str | None = None
    took_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Requested:
    """One request. ``affected`` are names, empty: the whole ``site``. ``plan`` is the id of the maintenance that came of it.

    ``plan_page`` is the page's own id of that maintenance; None where it stands on no page.
    """

    id: str
    kind: Kind
    status: Status
    at: Instant
    site: str
    affected: tuple[str, ...] = ()
    words: str = ""
    wanted_from: Instant | None = None
    answer: str = ""
    seen: tuple[Seen, ...] = ()
    plan: str | None = None
    plan_page: str | None = None


def kind_name(kind: Kind, catalogue: Catalogue = ENGLISH) -> str:
    """What was asked for, in a few words."""
    short = f"request.name.{kind.value}"
    return catalogue.say(short if short in catalogue.texts else f"request.kind.{kind.value}")


def seen_lines(one: Requested, catalogue: Catalogue = ENGLISH) -> Iterator[str]:
    """What was seen, a line a component."""
    for look in one.seen:
        took = "" if look.took_ms is None else firm(catalogue.say("request.took", ms=round(look.took_ms)))
        cause = words.cause_words(look.cause, catalogue) if look.cause else ""
        yield catalogue.say(f"request.seen.{look.state.word}", name=look.name, cause=cause, took=took)
    if one.seen:
        yield catalogue.say("request.looked_once")
