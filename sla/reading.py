"""A case in the format ``threenines-case/1``: the Case that a document describes, or every mistake in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sla.agreement import Agreement
from sla.case import Case
from sla.case_components import COMPONENTS
from sla.case_document import DEPTH, too_deep
from sla.case_query import Query, question
from sla.case_terms import AGREEMENT, EARLIER, EXCLUSION, MAINTENANCE, UNREAD, causes_of, exclusions, one_after_another
from sla.case_tree import TREE
from sla.forms import TEXT, Items, Member, Members, same, wrong_type
from sla.mistake import WRONG, Mistake, Place, Sheet, TooMany

FORMAT = "threenines-case/1"
CASES = 100_000
"""Cases of one file."""
FACTS = 1_000_000
"""Changes, doubts, outages and results of one file."""

_FORMAT = Member("format", same(FORMAT), "the name of this format; in a batch once at the top")
CASE = Members(
    "case",
    (
        _FORMAT,
        Member("id", TEXT, "echoed in the result", None, "null"),
        Member("agreement", AGREEMENT, "what was promised", Agreement(), "the preset slg-2018"),
        Member("earlier", Items(EARLIER), "the versions of the agreement before that one, the oldest first", (), "none"),
        Member("components", COMPONENTS, "the parts of the site by name, at least one"),
        Member("composition", TREE, "how they make the site", None, "all of all components"),
        Member("exclusions", Items(EXCLUSION, loose=True), "what is left out", (), "none"),
        Member("maintenance", Items(MAINTENANCE), "what was announced", (), "none"),
        Member("query", Query(), "what is asked"),
    ),
)
IN_A_BATCH = Members("case-in-a-batch", (replace(_FORMAT, default=FORMAT), *CASE.members[1:-1]))
"""A case in a batch may leave out the format that stands at the top."""


class _Each:
    """The cases of a batch, as they are: each is read alone."""

    expected = "an array of cases"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The array."""
        return value if type(value) is list else wrong_type(self, place, sheet)

    def schema(self, named: dict[str, Any]) -> dict[str, Any]:
        """An array of cases."""
        return {"type": "array", "items": IN_A_BATCH.schema(named), "maxItems": CASES}


BATCH = Members("batch", (_FORMAT, Member("cases", _Each(), "the cases, answered in order")))


class Refused(Exception):
    """A file of which no case can be read: every mistake, pointers relative to the file."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class File:
    """The cases of a file as JSON values, each still to be read alone."""

    documents: Sequence[Any]
    batch: bool

    def place(self, number: int) -> str:
        """Where case ``number`` (from 0) stands in the file, as a pointer."""
        return f"/cases/{number}" if self.batch else ""

    def read(self, number: int) -> Reading:
        """Case ``number`` (from 0), read."""
        return read(self.documents[number], IN_A_BATCH if self.batch else CASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One case read: the Case, or None and every mistake in it. ``hypothetical``: an exclusion in it is an assumption."""

    id: str | None
    case: Case | None
    mistakes: tuple[Mistake, ...] = ()

    @property
    def hypothetical(self) -> bool:
        """Whether nobody decided on an exclusion in it."""
        return self.case is not None and any(exclusion.history is None for exclusion in self.case.exclusions)


def file(document: Any) -> File:
    """The cases in the JSON value of a file. Raises Refused for what is wrong around them."""
    sheet = Sheet(document)
    batch = type(document) is dict and "cases" in document
    documents = BATCH.read(document, (), sheet)["cases"] if batch else (document,)
    number = 0 if documents is WRONG else len(documents)
    facts = 0 if documents is WRONG else sum(map(_facts, documents))
    if number > CASES:
        sheet.tell(("cases",), "limit", f"holds {number:,} cases", f"at most {CASES:,} cases")
    if facts > FACTS:
        sheet.tell((), "limit", f"holds {facts:,} facts", f"at most {FACTS:,} facts")
    if sheet.count:
        raise Refused(sheet.mistakes())
    return File(documents, batch)


def _facts(document: Any) -> int:
    """Changes, doubts, outages and results in a case that may be anything."""
    components = document.get("components") if type(document) is dict else None
    if type(components) is not dict:
        return 0
    lists = (component.get(name) for component in components.values() if type(component) is dict for name in _HISTORIES)
    return sum(len(found) for found in lists if type(found) is list)


_HISTORIES = ("changes", "doubts", "outages", "results")


def read(document: Any, form: Members = CASE) -> Reading:
    """The case that the JSON value ``document`` describes, or every mistake in it."""
    components = document.get("components") if type(document) is dict else None
    sheet = Sheet(document, components if type(components) is dict else None)
    try:
        case = _case(document, form, sheet)
    except TooMany:
        case = None
    return Reading(_id(document), case, sheet.mistakes())


def _case(document: Any, form: Members, sheet: Sheet) -> Case | None:
    """The case, or None and why not on the sheet: the tables first, then what its members say of one another."""
    deep = too_deep(document)
    if deep is not None:
        sheet.tell(deep, "limit", "is nested too deep", f"at most {DEPTH} levels")
    values = form.read(document, (), sheet)
    if values is WRONG:
        return None
    agreement = UNREAD if values["agreement"] is WRONG else values["agreement"]
    earlier = one_after_another(values["earlier"], sheet)
    left_out = exclusions(values["exclusions"], causes_of(agreement, values["earlier"]), sheet)
    query = question(values["query"], agreement, sheet)
    if sheet.count or query is None:
        return None
    as_of = values["query"][1]["as_of"]
    return Case(agreement, values["components"], query, values["composition"], left_out, values["maintenance"], as_of, earlier)


def _id(document: Any) -> str | None:
    """The case's id, also of a case that is refused."""
    found = document.get("id") if type(document) is dict else None
    return found if type(found) is str else None
