"""The pages of subscribers in every shape they have, by where they lie below a status page."""

from __future__ import annotations

from reports import subscribe_page
from reports.subscribe_page import Board, Choice, render

ENTRIES = {"k1": "Europe: Portal", "k2": "Europe: Sign-in", "k3": "United States: Portal <b>"}
BOARD = Board("Northwind Cloud", None, "en", ENTRIES)
OWN = Board("Northwind Cloud", "Contoso Ltd", "en", ENTRIES)
CHOICE = Choice(("incident", "release"), ("k2",))
VIEWS = {
    "subscribe": subscribe_page.sign_up(CHOICE),
    "subscribe-wrong": subscribe_page.sign_up(CHOICE, "kim@", "address"),
    "subscribe-none": subscribe_page.sign_up(Choice(()), "kim@reader.example", "kinds"),
    "subscribe-asked": subscribe_page.asked(),
    "confirm": subscribe_page.confirming("a-token"),
    "manage": subscribe_page.managing("1.pass", CHOICE),
    "leave": subscribe_page.leaving("1.pass"),
    **{f"done-{what}": subscribe_page.done(what) for what in ("confirmed", "changed", "left", "gone", "crowded")},
}


def subscriber_pages(board: Board = OWN) -> dict[str, bytes]:
    """Each in both languages."""
    return {
        f"{board.folder(language)}{name}": render(board, view, language)
        for name, view in VIEWS.items()
        for language in ("en", "de")
    }
