from __future__ import annotations

from copy import deepcopy

import pytest
from evidence_world import evidence
from jsonschema import Draft202012Validator

from reports.statement_document import document
from reports.statement_schema import schema


def test_the_schema_is_one_and_refuses_what_is_not_there() -> None:
    Draft202012Validator.check_schema(schema())
    judge, made = Draft202012Validator(schema()), document(evidence())
    assert judge.is_valid(made)
    for place in ("cover", "arithmetic", "proof"):
        for change in ({"more": "1"}, None):
            spoilt = deepcopy(made)
            if change:
                spoilt[place] |= change
            else:
                del spoilt[place]
            assert not judge.is_valid(spoilt), place


@pytest.mark.parametrize(("name", "value"), [("counted_seconds", 1.5), ("counted_seconds", "1e3"), ("availability", "0.5")])
def test_a_number_is_an_exact_text(name: str, value: object) -> None:
    made = document(evidence())
    made["arithmetic"][name] = value
    assert not Draft202012Validator(schema()).is_valid(made)
