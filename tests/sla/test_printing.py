from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sla import case
from sla.answer import (
    Answer,
    AnyDaysAnswer,
    Burn,
    Daily,
    DatedFigures,
    DayRow,
    Figures,
    Forecast,
    OutageRow,
    Relief,
    RollingAnswer,
    StatementAnswer,
    TrailingAnswer,
    Verdict,
)
from sla.case_schema import result_schema
from sla.mistake import Mistake
from sla.printing import ROWS, Made, line, refused, result, verdict
from sla.span import DAY, HOUR, Span

ZERO = Fraction(0)
JUNE = Span(1_780_264_800_000, 1_782_856_800_000)
FIGURES = Figures(
    window=JUNE,
    period_ms=30 * DAY,
    whole_ms=30 * DAY,
    observed_ms=Fraction(3_960_000),
    excluded_ms={"unmanaged_component": Fraction(3_000_000), "isp": Fraction(1, 8)},
    downtime_ms=Fraction(960_000),
    best_ms=Fraction(960_000),
    worst_ms=Fraction(960_001),
    unknown_ms=0,
    coverage=Fraction(1),
    availability=Fraction(2699, 2700),
    availability_best=Fraction(2699, 2700),
    availability_worst=Fraction(2699, 2700),
    goal=Fraction(999, 1000),
    budget_ms=Fraction(2_592_000),
    remaining_ms=Fraction(-1_632_000),
    verdict=Verdict.MET,
)
PRINTED = {
    "from": "2026-05-31T22:00:00.000Z",
    "to": "2026-06-30T22:00:00.000Z",
    "window_seconds": "2592000",
    "period_seconds": "2592000",
    "downtime_observed_seconds": "3960",
    "downtime_excluded_seconds": {"isp": "0.000125", "unmanaged_component": "3000"},
    "downtime_counted_seconds": "960",
    "downtime_best_seconds": "960",
    "downtime_worst_seconds": "960.001",
    "unknown_seconds": "0",
    "coverage": "1/1",
    "availability": "2699/2700",
    "availability_best": "2699/2700",
    "availability_worst": "2699/2700",
    "availability_percent": "99.962",
    "goal": "999/1000",
    "error_budget_seconds": "2592",
    "error_budget_remaining_seconds": "-1632",
    "verdict": "met",
}
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
DATED = DatedFigures(FIRST, LAST, FIGURES)
DATES = {"first": "2026-06-01", "last": "2026-06-30"}
HOURLY = Span(JUNE.start, JUNE.start + HOUR)
TIMES = {"from": "2026-05-31T22:00:00.000Z", "to": "2026-05-31T23:00:00.000Z"}
DAY_ROW = DayRow(FIRST, HOURLY, HOUR, Fraction(1), Fraction(1, 2), Fraction(0), Fraction(1), 0)
DAY_PRINTED = {
    "date": "2026-06-01",
    **TIMES,
    "period_seconds": "3600",
    "downtime_observed_seconds": "0.001",
    "downtime_counted_seconds": "0.0005",
    "unknown_seconds": "0",
}
OUTAGES = (OutageRow(HOURLY, ("a", "b"), Fraction(HOUR), HOURLY, HOURLY), OutageRow(HOURLY, (), ZERO, HOURLY, None))
OUTER = {"outer_from": TIMES["from"], "outer_to": TIMES["to"]}
OUTAGES_PRINTED = [
    {**TIMES, "components": ["a", "b"], "counted_seconds": "3600", **OUTER, "inner_from": TIMES["from"], "inner_to": TIMES["to"]},
    {**TIMES, "components": [], "counted_seconds": "0", **OUTER, "inner_from": None, "inner_to": None},
]
ANY_DAYS = AnyDaysAnswer(30, 2, Verdict.BREACHED, DATED, OUTAGES, (FIRST,), (LAST,))
ANY_DAYS_PRINTED = {
    "days": 30,
    "windows": 2,
    "verdict": "breached",
    "worst": {**DATES, **PRINTED, "outages": OUTAGES_PRINTED},
    "breached": ["2026-06-01"],
    "undetermined": ["2026-06-30"],
}
ROLLING = RollingAnswer(720, Verdict.UNDETERMINED, FIGURES, ())
ROLLING_PRINTED = {"hours": 720, "verdict": "undetermined", "worst": {**PRINTED, "outages": []}}
ASKED: list[tuple[case.Query, Answer, dict[str, Any]]] = [
    (case.AskWindow(JUNE), FIGURES, {"kind": "window", **PRINTED}),
    (case.AskDays(FIRST, LAST), DATED, {"kind": "days", **DATES, **PRINTED}),
    (case.AskMonth(FIRST, LAST), DATED, {"kind": "month", **DATES, **PRINTED}),
    (case.AskTrailing(0, 30), TrailingAnswer(DATED, DAY_ROW), {"kind": "trailing", **DATES, **PRINTED, "today": DAY_PRINTED}),
    (case.AskTrailing(0, 30), TrailingAnswer(DATED, None), {"kind": "trailing", **DATES, **PRINTED, "today": None}),
    (case.AskAnyDays(FIRST, LAST, 30), ANY_DAYS, {"kind": "any_days", **ANY_DAYS_PRINTED}),
    (case.AskRolling(JUNE, 720), ROLLING, {"kind": "rolling", **ROLLING_PRINTED}),
    (case.AskDaily(FIRST, LAST), Daily((DAY_ROW,)), {"kind": "daily", "days": [DAY_PRINTED]}),
    (case.AskBurn(0, (1, 2)), Burn((Fraction(3, 2), None)), {"kind": "burn", "burn_rates": ["3/2", None]}),
    (
        case.AskForecast(0, 720, 30, ZERO),
        Forecast(0, None, 5, (Relief(HOURLY, Fraction(HOUR)),)),
        {
            "kind": "forecast",
            "budget_exhausted_at": "1970-01-01T00:00:00.000Z",
            "budget_regained_at": None,
            "breach_at": "1970-01-01T00:00:00.005Z",
            "relief": [{**TIMES, "seconds": "3600"}],
        },
    ),
    (
        case.AskStatement(FIRST, LAST, True, 30),
        StatementAnswer(DATED, ANY_DAYS, ROLLING, (DAY_ROW,), OUTAGES, "any_days", Verdict.PENDING),
        {
            "kind": "statement",
            "figures": {**DATES, **PRINTED},
            "any_days": ANY_DAYS_PRINTED,
            "rolling": ROLLING_PRINTED,
            "days": [DAY_PRINTED],
            "outages": OUTAGES_PRINTED,
            "judged_by": "any_days",
            "verdict": "pending",
        },
    ),
]
MADE = Made("0.1.0", "2026.1", "0" * 64, False)
TAIL = {"hypothetical": False, "engine": "0.1.0", "tzdata": "2026.1", "input_sha256": "0" * 64}


def no_float(text: str) -> float:
    raise AssertionError(f"a float: {text}")


@pytest.mark.parametrize(("query", "answer", "printed"), ASKED, ids=lambda each: type(each).__name__)
def test_an_answer_is_printed_with_its_members_in_order(query: case.Query, answer: Answer, printed: dict[str, Any]) -> None:
    found = result("acme", query, answer, MADE)
    assert json.dumps(found) == json.dumps({"id": "acme", **printed, **TAIL})
    Draft202012Validator(result_schema()).validate(found)
    assert json.loads(line(found), parse_float=no_float) == found


def test_every_kind_of_query_is_printed() -> None:
    assert {type(query) for query, *_ in ASKED} == set(ROWS)


def test_without_a_period_the_ratios_are_null() -> None:
    names = ("coverage", "availability", "availability_best", "availability_worst")
    figures = Figures(**{name: None if name in names else getattr(FIGURES, name) for name in Figures.__slots__})
    found = result(None, case.AskWindow(JUNE), figures, MADE)
    assert [found[name] for name in (*names, "availability_percent")] == [None] * 5
    Draft202012Validator(result_schema()).validate(found)


def test_a_line_is_one_line_of_ascii() -> None:
    text = line(result("Zürich\n\udc00", case.AskWindow(JUNE), FIGURES, MADE))
    assert text.isascii()
    assert text.isprintable()
    assert ": " not in text
    assert json.loads(text)["id"] == "Zürich\n\udc00"


def test_a_refused_case_is_printed_with_its_mistakes() -> None:
    found = refused("acme", [Mistake("/query/to", "empty-window", "must be after from", "5", "more")])
    error = {"pointer": "/query/to", "code": "empty-window", "message": "must be after from", "got": "5", "expected": "more"}
    assert found == {"id": "acme", "errors": [error]}
    Draft202012Validator(result_schema()).validate(found)


def test_the_verdict_is_that_of_the_question() -> None:
    verdicts = [verdict(answer) for _, answer, _ in ASKED]
    met, breached, undetermined = Verdict.MET, Verdict.BREACHED, Verdict.UNDETERMINED
    assert verdicts == [met, met, met, met, met, breached, undetermined, None, None, None, Verdict.PENDING]
