"""A form as a customer with two sites sees it."""

from __future__ import annotations

from reports.request_page import Choice, Form
from sla.request import Kind


def form(**changes: object) -> Form:
    """Two sites, two contacts, nothing filled in."""
    values: dict[str, object] = {
        "token": "1.number.signature",
        "kinds": tuple(Kind),
        "kind": None,
        "sites": (
            ("Berlin", (Choice("b1", "Node 1"), Choice("b2", "Directory", True))),
            ("Dublin", (Choice("d1", "Node 1"),)),
        ),
        "contacts": (Choice("c1", "Ada"), Choice("c2", "Bob", True)),
    }
    return Form(**{**values, **changes})  # type: ignore[arg-type]
