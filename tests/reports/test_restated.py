from __future__ import annotations

from fractions import Fraction
from typing import Any

from reports.restated import KINDS, comparison, restated, signed
from sla.restatement import Kind

DELTA = {
    "recorded_at": "2026-07-04T00:00:00.000Z",
    "kind": "exclusion",
    "of": "X-1",
    "said": "approved",
    "from": "2026-06-18T14:00:00.000Z",
    "to": "2026-06-18T14:50:00.000Z",
    "counted_seconds": "-3000",
}
LATE = {**DELTA, "kind": "change", "of": "directory", "said": "", "counted_seconds": "0.5"}


def published(version: int, counted: str, verdict: str, *deltas: dict[str, str]) -> dict[str, Any]:
    figures = {
        "first": "2026-05-20",
        "downtime_observed_seconds": "3960",
        "downtime_counted_seconds": counted,
        "unknown_seconds": "0",
        "availability": None if version == 1 else "2699/2700",
        "error_budget_remaining_seconds": "1632",
    }
    result = {"verdict": verdict, "figures": figures, "any_days": {"worst": figures}, "outages": [1, 2]}
    content = {"as_of": "2026-07-03T00:00:00.000Z", "zone": "Europe/Berlin", "result": result}
    at = f"2026-07-0{version + 2}T00:00:00.000Z"
    return {"version": version, "issued_at": at, "issued_by": "Anna", "deltas": list(deltas), "statement": content}


ONE, TWO = published(1, "3960", "breached"), published(2, "960.5", "met", LATE, DELTA)


def test_each_fact_is_told_in_words_with_what_it_adds() -> None:
    assert restated(TWO).splitlines() == [
        "version 2, published 4 Jul 2026, 02:00 CEST (00:00 UTC) by Anna, as of 3 Jul 2026, 02:00:00 CEST (00:00:00 UTC), "
        "replaces version 1",
        "      +0.5 s  directory: what was seen there came late, or was derived anew",
        "              about 18 Jun 2026, 16:00:00 CEST (14:00:00 UTC) .. 18 Jun 2026, 16:50:00 CEST (14:50:00 UTC), "
        "recorded 4 Jul 2026, 02:00 CEST (00:00 UTC)",
        "     -3000 s  exclusion X-1 approved",
        "              about 18 Jun 2026, 16:00:00 CEST (14:00:00 UTC) .. 18 Jun 2026, 16:50:00 CEST (14:50:00 UTC), "
        "recorded 4 Jul 2026, 02:00 CEST (00:00 UTC)",
        "   -2999.5 s  counted downtime together",
    ]
    assert restated(ONE).splitlines() == [
        "version 1, published 3 Jul 2026, 02:00 CEST (00:00 UTC) by Anna, as of 3 Jul 2026, 02:00:00 CEST (00:00:00 UTC)"
    ]


def test_two_versions_stand_side_by_side_above_what_made_them_differ() -> None:
    lines = comparison(ONE, TWO, [TWO]).splitlines()
    assert lines[3:14] == [
        "                               version 1                version 2",
        "verdict                        breached                 met",
        "observed downtime              3960 s                   3960 s",
        "counted downtime               3960 s                   960.5 s",
        "not measured                   0 s                      0 s",
        "availability                   none                     99.962 %",
        "error budget left              1632 s                   1632 s",
        "worst days begin               2026-05-20               2026-05-20",
        "worst days, counted            3960 s                   960.5 s",
        "worst days, availability       none                     99.962 %",
        "outages                        2                        2",
    ]
    assert lines[14:17] == ["", "version 2", "      +0.5 s  directory: what was seen there came late, or was derived anew"]


def test_every_kind_of_fact_has_its_words() -> None:
    assert set(KINDS) == {kind.value for kind in Kind}
    assert all(words(DELTA) for words in KINDS.values())


def test_nothing_added_has_no_sign() -> None:
    assert [signed(Fraction(number)) for number in (0, 3, -1)] == ["0 s", "+3 s", "-1 s"]
