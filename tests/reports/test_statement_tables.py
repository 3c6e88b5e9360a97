"""Tables for spreadsheets: RFC 4180, exact, and no cell that is computed."""

from __future__ import annotations

import csv
from fractions import Fraction
from io import StringIO

from evidence_world import evidence

from reports.statement_document import document
from reports.statement_tables import safe, table, tables


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data.decode(), newline="")))


def test_the_tables_say_what_the_document_says() -> None:
    made = document(evidence())
    found = {name: rows(data) for name, data in tables(made).items()}
    (summary,) = found["summary.csv"]
    assert (summary["counted_ms"], summary["verdict"], summary["availability"]) == ("1500000", "met", "1727/1728")
    assert Fraction(summary["availability"]) == 1 - Fraction(int(summary["counted_ms"]), int(summary["period_ms"]))
    assert sum(int(day["counted_ms"]) for day in found["days.csv"]) == int(summary["counted_ms"])
    silent = next(day for day in found["days.csv"] if day["date"] == "2026-06-23")
    bounds = [silent[f"availability_{bound}_percent"] for bound in ("worst", "best")]
    assert (silent["best_ms"], silent["worst_ms"], bounds) == ("0", "1020000", ["98.819", "100.000"])
    assert sum(int(row["counted_ms"]) for row in found["outages.csv"]) == int(summary["counted_ms"])
    assert [row["exclusions"] for row in found["outages.csv"]] == ["", "X-1"]
    assert summary["document_sha256"] == made["sha256"]


def test_each_line_ends_as_the_standard_says_and_has_all_columns() -> None:
    for name, data in tables(document(evidence())).items():
        lines = list(csv.reader(StringIO(data.decode(), newline=""), strict=True))
        assert len({len(line) for line in lines}) == 1, name
        assert data.endswith(b"\r\n") and data.count(b"\n") == data.count(b"\r\n") == len(lines)


def test_no_text_is_a_formula() -> None:
    party, reason = ((row["party"], row["reason"]) for row in rows(tables(document(evidence()))["exclusions.csv"]))
    assert party == ("'=cmd|calc", "fibre <b>cut</b>")
    assert reason == ("", "'-1+1")
    assert [safe(text) for text in ("=1", "+1", "-1", "@a", "\ta", "\ra", "a=1", "")] == [
        "'=1", "'+1", "'-1", "'@a", "'\ta", "'\ra", "a=1", "",
    ]  # fmt: skip


def test_a_text_may_hold_what_the_format_is_made_of() -> None:
    hostile = 'a "quoted", \r\n new line'
    data = table({"text": lambda row: safe(str(row["text"]))}, [{"text": hostile}])
    assert rows(data) == [{"text": hostile}]
