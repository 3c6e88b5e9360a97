"""The composition of a site as written: a name, or a mapping with all, at_least/of, down_when/of or degrading."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from monitor.config.document import Document
from monitor.config.mistake import Mistake, Place, did_you_mean, shown
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node

FORMS = {"all": {"all"}, "at_least": {"at_least", "of"}, "down_when": {"down_when", "of"}, "degrading": {"degrading"}}
EXPECTED = 'expected a component, "all", "at_least" and "of", "down_when" and "of", or "degrading"'


class Tree:
    """Reads one composition; what is wrong gathers in ``mistakes``."""

    def __init__(self, document: Document, components: Collection[str], watched: Collection[str]) -> None:
        self.mistakes: list[Mistake] = []
        self._document, self._components, self._watched = document, components, watched

    def node(self, value: Any, place: Place) -> Node | None:
        """The node at ``place``, None where it is wrong."""
        if isinstance(value, str):
            return self._leaf(value, place)
        form = next((form for form, keys in FORMS.items() if isinstance(value, dict) and set(value) == keys), None)
        if form is None:
            got = ", ".join(sorted(value)) if isinstance(value, dict) else shown(value)
            return self._wrong(place, f"not a node, got {got[:80] or 'nothing'}, {EXPECTED}")
        if form == "degrading":
            inner = self.node(value[form], (*place, form))
            return Degrading(inner) if inner else None
        return self._many(form, value, place)

    def _leaf(self, name: str, place: Place) -> Node | None:
        if name not in self._components:
            return self._wrong(place, f"no such component, got {shown(name)}{did_you_mean(name, self._components)}")
        if name not in self._watched:
            return self._wrong(place, f"no check looks at {name}; give it one or leave it out of the composition")
        return Leaf(name)

    def _many(self, form: str, value: dict[str, Any], place: Place) -> Node | None:
        listed = "all" if form == "all" else "of"
        children = value[listed]
        if not isinstance(children, list) or not children:
            return self._wrong((*place, listed), f"does not fit, got {shown(children)}, expected a list with at least 1 node")
        nodes = [self.node(child, (*place, listed, index)) for index, child in enumerate(children)]
        of = tuple(node for node in nodes if node is not None)
        if form == "all":
            return All(of)
        count = value[form]
        if type(count) is not int or not 1 <= count <= len(children):
            return self._wrong((*place, form), f"must be from 1 to {len(children)}, got {shown(count)}")
        return AtLeast(count, of) if form == "at_least" else DownWhen(count, of)

    def _wrong(self, place: Place, message: str) -> Node | None:
        """Keeps the mistake; there is no node where one is."""
        self.mistakes.append(self._document.mistake(place, message))
        return None
