"""The document of a statement: everything that its readers are told, of its evidence alone, in texts and integers."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest
from evidence_world import CASE, evidence, of_world
from jsonschema import Draft202012Validator
from worlds import versioned, world

from reports.statement_document import NoStatement, document
from reports.statement_schema import schema
from sla.canonical import canonical

SCHEMA = Draft202012Validator(schema())


def test_it_says_what_the_arithmetic_follows_from() -> None:
    made = document(evidence())
    SCHEMA.validate(made)
    box = made["arithmetic"]
    assert [box[name] for name in ("period_seconds", "observed_seconds", "excluded_seconds", "counted_seconds")] == [
        "2592000", "4500", "3000", "1500",
    ]  # fmt: skip
    assert (box["unknown_seconds"], box["availability_percent"], box["observed_percent"]) == ("1020", "99.942", "99.826")
    one, two = made["outages"]
    assert (one["components"], one["causes"], one["managed_by"]) == (["Directory <of> Acme"], ["no_answer"], ["customer"])
    assert (two["counted_seconds"], two["excluded"]) == ("960", [{"exclusion": "X-1", "seconds": "3000"}])
    assert [(row["id"], row["state"], row["counts"], row["effect_seconds"]) for row in made["exclusions"]] == [
        ("X-1", "approved", 1, "3000"),
        ("X-2", "rejected", 0, "0"),
    ]
    assert [(row["components"], row["causes"]) for row in made["not_measured"]] == [(["Node 1"], ["monitor_down"])]
    assert [(row["id"], row["down_seconds"], row["forgiven_seconds"]) for row in made["maintenance"]] == [("MNT-1", "540", "0")]
    assert made["ends"] == [{"component": "Node 1", "kind": "certificate", "ends_at": "2026-12-16T00:00:00.000Z"}]
    assert (made["cover"]["site_name"], made["cover"]["version"], made["cover"]["replaces"]) == ("Acme Portal", 1, 0)


def test_it_holds_no_number_but_integers_and_its_own_digest_last() -> None:
    def leaves(value: Any) -> list[Any]:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [leaf for one in inside for leaf in leaves(one)] or ([] if isinstance(value, dict | list) else [value])

    made = document(evidence())
    assert {type(leaf) for leaf in leaves(made)} == {str, int}
    assert canonical(document(evidence())) == canonical(made)


@pytest.mark.parametrize("make", [lambda one: one, versioned])
def test_any_statement_keeps_to_the_published_schema_and_its_rows_sum_up(make: Any) -> None:
    for seed in range(60):
        for case in of_world(make(world(Random(seed)))):
            made = document(evidence(case, {}))
            SCHEMA.validate(made)
            box = made["arithmetic"]
            for column in ("observed", "counted", "best", "worst", "excluded", "unknown"):
                total = sum((Fraction(row[f"{column}_seconds"]) for row in made["days"]), Fraction(0))
                assert total == Fraction(box[f"{column}_seconds"]), (seed, column)
            for row in made["days"]:
                assert Fraction(row["best_seconds"]) <= Fraction(row["counted_seconds"]) <= Fraction(row["worst_seconds"])


def test_evidence_of_another_question_is_no_statement() -> None:
    found = evidence()
    with pytest.raises(NoStatement):
        document({**found, "case": {**CASE, "query": {"kind": "month", "month": "2026-06"}}})


def test_what_was_published_without_names_goes_by_keys() -> None:
    made = document(evidence(CASE, {}))
    SCHEMA.validate(made)
    assert (made["cover"]["site_name"], made["cover"]["customer"]) == ("acme", "")
    assert made["outages"][0]["components"] == ["directory"]
