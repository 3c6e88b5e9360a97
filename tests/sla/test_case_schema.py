from __future__ import annotations

from typing import Any

import pytest
from case_examples import CASE, GONE, QUERIES, asking, changed
from jsonschema import Draft202012Validator

from sla.case_schema import case_schema, result_schema
from sla.reading import FORMAT, read

VALIDATOR = Draft202012Validator(case_schema())


def test_the_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(case_schema())
    Draft202012Validator.check_schema(result_schema())


@pytest.mark.parametrize("case", [CASE, *map(asking, QUERIES)], ids=lambda case: str(case["query"])[:60])
def test_every_example_is_of_the_schema(case: dict[str, Any]) -> None:
    VALIDATOR.validate(case)
    VALIDATOR.validate({"format": FORMAT, "cases": [case, changed(("/format", GONE), case=case)]})


@pytest.mark.parametrize(
    "change",
    [
        ("/format", "x"),
        ("/query", GONE),
        ("/agreement/goal", "99.9"),
        ("/agreement/days", 0),
        ("/agreement/days", 1.5),
        ("/agreement/zoen", "UTC"),
        ("/components/A", {"outages": []}),
        ("/components/a/outages", []),
        ("/components/b/outages/0/to", GONE),
        ("/components/a/changes/0/at", "2026-06-10"),
        ("/composition/all/0/all", []),
        ("/exclusions/0/history/0/status", "accepted"),
        ("/query/first", "2026-06-01"),
    ],
    ids=lambda change: change[0],
)
def test_what_the_schema_refuses_reading_refuses_too(change: tuple[str, Any]) -> None:
    document = changed(change)
    assert not VALIDATOR.is_valid(document)
    assert read(document).case is None
