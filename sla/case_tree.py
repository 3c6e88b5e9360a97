"""The composition of a case: a component's name, or a node of exactly one kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sla.case_document import DEPTH
from sla.case_values import NAME
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf
from sla.forms import Items, Member, OneOf, Record, Schema, Values, Whole, wrong_type
from sla.mistake import WRONG, Place, Sheet


class Tree:
    """A node of a composition."""

    expected = "a component's name, or a node with all, at_least and of, down_when and of, or degrading"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The Node, or WRONG."""
        if type(value) is str:
            name = NAME.read(value, place, sheet)
            return name if name is WRONG else Leaf(name)
        if len(place) >= DEPTH:
            return WRONG  # told for the whole case
        if type(value) is not dict:
            return wrong_type(self, place, sheet)
        return NODE.read(value, place, sheet)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """A name, or one of the nodes."""
        return {"oneOf": [NAME.schema(named), *NODE.schema(named)["oneOf"]]}


TREE = Tree()
_CHILDREN = Items(TREE, loose=True)


def _children(listed: str, count: str | None = None) -> Callable[[Values, Place, Sheet], None]:
    """The rule that there are children in ``listed``, and no fewer of them than ``count`` says."""

    def judge(values: Values, place: Place, sheet: Sheet) -> None:
        children = values[listed]
        if children == ():
            sheet.tell(place, "bad-composition", f"has nothing in {listed}", "a node with at least one child")
        elif count and children is not WRONG and values[count] is not WRONG and values[count] > len(children):
            sheet.tell((*place, count), "bad-composition", "is more than there are children", f"1 to {len(children)}")

    return judge


_OF = Member("of", _CHILDREN, "the children")
_COUNT = Whole(1, "children", "bad-composition")
NODES = {
    "all": Record(
        "node-all",
        (Member("all", _CHILDREN, "as good as the worst of these"),),
        lambda values: All(values["all"]),
        (_children("all"),),
    ),
    "at_least": Record(
        "node-at-least",
        (Member("at_least", _COUNT, "k: as good as the k-th best child, at most degraded where any is below up"), _OF),
        lambda values: AtLeast(values["at_least"], values["of"]),
        (_children("of", "at_least"),),
    ),
    "down_when": Record(
        "node-down-when",
        (Member("down_when", _COUNT, "q: as good as the q-th worst child, at most degraded where any is below up"), _OF),
        lambda values: DownWhen(values["down_when"], values["of"]),
        (_children("of", "down_when"),),
    ),
    "degrading": Record(
        "node-degrading",
        (Member("degrading", TREE, "this node, but never worse than degraded"),),
        lambda values: Degrading(values["degrading"]),
    ),
}
NODE = OneOf("node", NODES, ("bad-composition", "bad-composition"))
