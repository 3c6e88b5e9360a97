from __future__ import annotations

from typing import Any

from reports.statement import text

FIGURES: dict[str, Any] = {
    "first": "2026-06-01",
    "last": "2026-06-30",
    "from": "2026-05-31T22:00:00.000Z",
    "period_seconds": "2592000",
    "downtime_observed_seconds": "3960.5",
    "downtime_excluded_seconds": {"isp": "0.5", "scheduled_maintenance": "3000"},
    "downtime_counted_seconds": "960",
    "unknown_seconds": "120",
    "coverage": "21599/21600",
    "availability": "2699/2700",
    "availability_best": "2699/2700",
    "availability_worst": "2398/2400",
    "goal": "999/1000",
    "error_budget_seconds": "2592",
    "error_budget_remaining_seconds": "1632",
    "verdict": "met",
}
OUTAGE = {
    "from": "2026-06-18T14:00:00.000Z",
    "to": "2026-06-18T15:06:00.000Z",
    "components": ["directory-a", "directory-b", "gone"],
    "counted_seconds": "960",
    "outer_from": "2026-06-18T13:59:00.000Z",
    "outer_to": "2026-06-18T15:07:00.000Z",
}
RESULT: dict[str, Any] = {
    "figures": FIGURES,
    "any_days": {"days": 30, "windows": 30, "worst": FIGURES, "breached": [], "undetermined": ["2026-05-03", "2026-05-09"]},
    "rolling": {"hours": 720, "worst": {**FIGURES, "availability": None}},
    "outages": [OUTAGE],
    "judged_by": "any_days",
    "verdict": "undetermined",
    "engine": "1",
    "tzdata": "2",
    "input_sha256": "3",
}
EXCLUSION = {
    "id": "X-7",
    "from": "1970-01-01T00:00:00.000Z",
    "to": "1970-01-01T00:01:00.000Z",
    "components": [],
    "cause": "isp",
    "party": "Alpha Net",
    "reason": "fibre cut",
    "evidence": ["mail:1"],
    "history": [{"at": "1970-01-01T00:01:00.000Z", "status": "proposed", "by": "Anna"}],
}
CONTENT: dict[str, Any] = {
    "zone": "UTC",
    "components": {"directory-a": "directory", "directory-b": "directory"},
    "exclusions": [EXCLUSION],
    "result": RESULT,
}


def test_the_lines_of_a_statement_are_those_that_people_calculate_with() -> None:
    found = text("Acme", CONTENT)
    assert found.splitlines() == [
        "Acme, 2026-06-01 .. 2026-06-30 (UTC): undetermined: what nobody saw decides, and nobody knows it",
        "goal: at least 99.9 %, judged by any days",
        "",
        "A  period                          2592000 s",
        "B  observed downtime               3960.5 s",
        "C  of it left out                  3000.5 s",
        "                                   0.5 s: ISP failures",
        "                                   3000 s: announced maintenance",
        "D  counted downtime = B - C        960 s",
        "E  not measured                    120 s, coverage 99.995 %",
        "F  availability = 1 - D / A        99.962 %, for certain 99.916 % .. 99.962 %",
        "G  allowed = (1 - goal) x window   2592 s, left G - D = 1632 s",
        "",
        "worst of 30 windows of 30 days: 2026-06-01 .. 2026-06-30, 960 s counted, 99.962 %, met",
        "  undetermined: 2 of them, the first begins on 2026-05-03, the last on 2026-05-09",
        "worst 720 hours in a row: from 2026-05-31T22:00:00.000Z, 960 s counted, none, met",
        "",
        "outages: 1",
        "  18 Jun 2026, 14:00:00 UTC, 1 h 6 min: directory, gone",
        "    counted 960 s; at most 2026-06-18T13:59:00.000Z .. 2026-06-18T15:07:00.000Z",
        "",
        "exclusions: 1",
        "  X-7  ISP failures, Alpha Net: the whole site",
        "    1 Jan 1970, 00:00:00 UTC, 1 min. fibre cut",
        "    proposed by Anna, 1 Jan 1970, 00:01 UTC",
        "    evidence: mail:1",
        "",
        "engine 1, time zones 2, input 3",
    ]


def test_where_nothing_happened_it_says_none() -> None:
    found = text("Acme", {**CONTENT, "exclusions": [], "result": {**RESULT, "outages": [], "verdict": "met"}})
    assert "outages: none" in found
    assert "exclusions: none" in found
