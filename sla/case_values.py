"""The forms of single values in a case: instants, names, causes; and the rule that a span ends after it starts."""

from __future__ import annotations

import re
from typing import Any

from sla import texts
from sla.forms import Items, Member, Text, Values, wrong_type
from sla.mistake import WRONG, Place, Sheet
from sla.span import END_OF_TIME, Span

YEARS = 40
"""No agreement lasts longer, and windows are cut from a table of dates."""
LONGEST_DAYS = 14_610
LONGEST_HOURS = LONGEST_DAYS * 24

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
_LIKE = 'an instant with Z or offset and at most 3 fraction digits like "2026-06-10T08:00:00Z"'

INSTANT = Text(f"{_LIKE}, from 1970 to the end of 2099", texts.instant, _INSTANT)
UNTIL = Text(f"{_LIKE}, until the end of 2099", texts.until, _INSTANT)
RECORDED = Member("recorded_at", INSTANT, "when the fact was recorded", None, "its own instant")


def is_name(text: str) -> bool:
    """Whether ``text`` has the form of a component's name."""
    return _NAME.fullmatch(text) is not None


class ComponentName:
    """The name of a component of the case."""

    expected = "a component's name"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The name."""
        if type(value) is not str:
            return wrong_type(self, place, sheet)
        if sheet.components is not None and value not in sheet.components:
            return sheet.tell(place, "unknown-component", "no such component", self.expected, sheet.components)
        return value

    def schema(self, named: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """A name."""
        return {"type": "string", "pattern": f"^{_NAME.pattern}$"}


NAME = ComponentName()
NAMES = Items(NAME)


def ends_after_start(values: Values, place: Place, sheet: Sheet) -> None:
    """``to`` lies after ``from``; a span that has not ended (``to`` None) does."""
    start, end = values["from"], values["to"]
    if start is WRONG or end is WRONG or end is None or start < end:
        return
    values["to"] = sheet.tell((*place, "to"), "empty-span", "must be after from", f"after {texts.instant_text(start)}")


def span(values: Values) -> Span:
    """The span of an object; one that has not ended lasts to the end of time."""
    end = values["to"]
    return Span(values["from"], END_OF_TIME if end is None else end)


def from_to(what: str) -> tuple[Member, Member]:
    """The two members of a span with an end."""
    return Member("from", INSTANT, f"when {what} begins"), Member("to", UNTIL, f"when {what} ends; not part of it")
