"""The page of the case format says what the tables in the code say. GOLDEN=write renews its tables."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from sla.case_components import APPLICABLE, CHANGE, CHANGES, DOUBT, OUTAGE, OUTAGES, RESULT, RESULTS
from sla.case_query import KINDS
from sla.case_schema import case_schema
from sla.case_terms import AGREEMENT, ANNOUNCEMENT, DECISION, EARLIER, EXCLUSION, MAINTENANCE, SERVICE_HOURS
from sla.case_tree import NODES
from sla.forms import NOTE, REQUIRED, Form, Items, Member, Members, OrNull
from sla.mistake import CODES
from sla.printing import ROWS
from sla.reading import BATCH, CASE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "case-format.md"
INSTANT_LIKE = "an instant with"
END = "<!-- end -->"
MEMBERS = "<!-- written from the tables in the code; a test compares them -->"
ERRORS = "<!-- codes, written from the table in the code; a test compares them -->"
TERMS = (AGREEMENT, SERVICE_HOURS, EARLIER)
FACTS = (CHANGES, CHANGE, DOUBT, OUTAGES, OUTAGE, RESULTS, RESULT, APPLICABLE)
DECIDED = (EXCLUSION, DECISION, MAINTENANCE, ANNOUNCEMENT)
OBJECTS: tuple[Members, ...] = (CASE, *TERMS, *FACTS, *NODES.values(), *DECIDED, *(kind.members for kind in KINDS), BATCH)


def form(one: Form) -> str:
    """A form as a reader of the page understands it."""
    if isinstance(one, Items):
        return f"array of {form(one.form)}" + (", at least one" if one.least else "")
    if isinstance(one, OrNull):
        return f"{form(one.form)}, or null"
    if isinstance(one, Members):
        return f"[{one.noun}](#{one.noun})"
    return "instant" if one.expected.startswith(INSTANT_LIKE) else one.expected


def row(member: Member) -> str:
    default = "required" if member.default is REQUIRED else member.shown
    return f"| `{member.name}` | {member.meaning} | {form(member.form)} | {default} |"


def chapter(one: Members) -> str:
    rows = [row(member) for member in one.members if member is not NOTE]
    return "\n".join([f"### {one.noun}", "| member | meaning | form | default |", "|---|---|---|---|", *rows])


def written() -> dict[str, str]:
    codes = "\n".join(["| code | when |", "|---|---|", *(f"| `{code}` | {when} |" for code, when in CODES.items())])
    return {MEMBERS: "\n\n".join(map(chapter, OBJECTS)), ERRORS: codes}


def between(page: str, mark: str) -> str:
    return page.split(mark + "\n")[1].split(END, maxsplit=1)[0].strip()


@pytest.mark.parametrize("mark", [MEMBERS, ERRORS])
def test_the_tables_of_the_page_are_those_of_the_code(mark: str) -> None:
    text = written()[mark]
    if os.environ.get("GOLDEN") == "write":
        head, _, tail = PAGE.read_text().partition(mark + "\n")
        PAGE.write_text(f"{head}{mark}\n{text}\n{END}{tail.partition(END)[2]}")
    assert between(PAGE.read_text(), mark) == text


def test_every_object_of_the_format_has_its_table() -> None:
    assert set(case_schema()["$defs"]) == {one.noun for one in OBJECTS} | {"case-in-a-batch"}  # which may leave out its format


def test_every_query_and_every_printed_member_is_on_the_page() -> None:
    printed = PAGE.read_text().split("## What is printed")[1]
    for kind, rows in ROWS.values():
        assert f"`{kind}`" in printed
        figures = {"from", "window_seconds"} <= {one.name for one in rows}
        assert all(f"`{one.name}`" in printed for one in rows if not figures or one.name == "today")


def test_every_link_of_the_page_leads_somewhere() -> None:
    page = PAGE.read_text()
    assert set(re.findall(r"\(#([a-z-]+)\)", page)) <= set(re.findall(r"^### (.+)$", page, re.M))
