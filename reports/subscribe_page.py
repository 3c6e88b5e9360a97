"""The pages on which people ask for news, confirm it, change it and end it: plain forms that work without JavaScript.

What a page shows follows from its link alone, never from whether an address is known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reports.frame import Place, environment, spoken
from reports.subscribe_words import CATALOGUES


@dataclass(frozen=True, slots=True)
class Board:
    """The status page that it is all about: as whose it is shown, its first language, its entries' names by key."""

    provider: str
    customer: str | None
    language: str
    entries: Mapping[str, str]

    def folder(self, language: str) -> str:
        """Where its pages in ``language`` lie."""
        return "" if language == self.language else f"{language}/"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen: kinds of news and entries; no entry is all of them."""

    kinds: Collection[str]
    entries: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What can be sent: to ``action``, with the pass that its link carries; ``address`` None: none is asked for."""

    action: str
    send: str
    hidden: tuple[str, str] | None = None
    address: str | None = None
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class View:
    """One page: the keys of its title and texts, its form, a way on (where to, its key), and what was wrong."""

    name: str
    title: str
    texts: tuple[str, ...]
    form: Form | None = None
    way: tuple[str, str] | None = None
    wrong: str | None = None


def sign_up(choice: Choice, address: str = "", wrong: str | None = None) -> View:
    """The form to ask for news; ``wrong``: what was (``address``, ``kinds``)."""
    form = Form("subscribe", "sign.send", address=address, choice=choice)
    said = None if wrong is None else f"sign.wrong.{wrong}"
    return View("subscribe", "sign.title", ("sign.text", "sign.other_ways"), form, wrong=said)


def asked() -> View:
    """The answer to the form, the same for every address."""
    return View("subscribe", "sign.asked", ("sign.asked.text", "sign.asked.none"))


def confirming(token: str) -> View:
    """The button that confirms; the page looks the same for any token."""
    return View("confirm", "sign.confirm", ("sign.confirm.text",), Form("confirm", "sign.confirm.send", ("t", token)))


def managing(shown: str, choice: Choice, wrong: str | None = None) -> View:
    """The form to change a subscription that the pass ``shown`` opens, and the way to end it."""
    form = Form("manage", "sign.manage.send", ("s", shown), choice=choice)
    said = None if wrong is None else f"sign.wrong.{wrong}"
    return View("manage", "sign.manage", ("sign.manage.text",), form, (f"leave?s={shown}", "sign.manage.leave"), said)


def leaving(shown: str) -> View:
    """The button that ends a subscription."""
    return View("leave", "sign.leave", ("sign.leave.text",), Form("leave", "sign.leave.send", ("s", shown)))


def done(what: str) -> View:
    """What came of it: ``confirmed``, ``changed``, ``left``, ``gone`` or ``crowded``."""
    return View("subscribe", f"sign.{what}", (f"sign.{what}.text",))


def render(board: Board, view: View, language: str) -> bytes:
    """One of these pages as UTF-8 HTML. Pages that a personal link opens offer no other language: the link has one."""
    language = language if language in CATALOGUES else "en"
    words = CATALOGUES[language]
    place = Place(view.name, board.folder(language))
    values = spoken(words, board.language)
    if view.form is None or view.form.hidden is not None or view.wrong is not None:
        values["languages"] = {}
    made = environment().get_template("subscribe.html")
    return made.render(page=board, place=place, dated=False, view=view, **values).encode()
