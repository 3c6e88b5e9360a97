from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from case_examples import QUERIES, asking, changed, told

from sla.case import (
    AskAnyDays,
    AskBurn,
    AskDaily,
    AskDays,
    AskForecast,
    AskMonth,
    AskRolling,
    AskStatement,
    AskTrailing,
    AskWindow,
    Query,
)
from sla.reading import read
from sla.span import DAY, HOUR, Span
from sla.texts import instant

JUNE = instant("2026-06-01T00:00:00Z")
NOON = instant("2026-06-30T12:00:00Z")
THEN = instant("2026-06-18T15:00:00Z")
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
ASKED: tuple[Query, ...] = (
    AskWindow(Span(JUNE, JUNE + 7 * DAY)),
    AskDays(FIRST, date(2026, 6, 7)),
    AskDays(FIRST, date(2026, 6, 3)),
    AskMonth(FIRST, LAST),
    AskTrailing(NOON, 7),
    AskAnyDays(FIRST, LAST, 7),
    AskRolling(Span(JUNE, JUNE + 30 * DAY), 24),
    AskDaily(FIRST, date(2026, 6, 3)),
    AskBurn(THEN, (HOUR, 6 * HOUR)),
    AskForecast(THEN, 168, 7, Fraction(500)),
    AskStatement(FIRST, LAST, True, 7),
    AskStatement(FIRST, date(2026, 6, 7), False, 7),
)


@pytest.mark.parametrize(("query", "asked"), list(zip(QUERIES, ASKED, strict=True)), ids=lambda each: type(each).__name__)
def test_a_query_asks_with_the_lengths_of_the_agreement_where_it_names_none(query: dict[str, Any], asked: Query) -> None:
    case = read(asking(query)).case
    assert case is not None
    assert case.query == asked


EMPTY = [
    ({"kind": "window", "from": "2026-06-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"}, "/query/to", "empty-window"),
    ({"kind": "any_days", "first": "2026-06-02", "last": "2026-06-01"}, "/query/last", "empty-window"),
    ({"kind": "daily", "first": "2026-06-02", "last": "2026-06-01"}, "/query/last", "empty-window"),
    ({"kind": "any_days", "first": "2026-06-01", "last": "2026-06-06"}, "/query", "range-shorter-than-window"),
    ({"kind": "any_days", "first": "2026-06-01", "last": "2026-06-02", "days": 3}, "/query", "range-shorter-than-window"),
    (
        {"kind": "rolling", "from": "2026-06-01T00:00:00Z", "to": "2026-06-07T23:59:59.999Z"},
        "/query",
        "range-shorter-than-window",
    ),
    ({"kind": "window", "from": "1970-01-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"}, "/query", "limit"),
    ({"kind": "daily", "first": "1970-01-01", "last": "2026-01-01"}, "/query", "limit"),
    ({"kind": "days", "first": "1970-01-01", "days": 14611}, "/query", "limit"),
    ({"kind": "trailing", "at": "2026-06-01T00:00:00Z", "days": 10**12}, "/query", "limit"),
    ({"kind": "forecast", "at": "2026-06-01T00:00:00Z", "hours": 10**12}, "/query", "limit"),
    ({"kind": "burn", "at": "2026-06-01T00:00:00Z", "lookback_seconds": [1, 10**12]}, "/query", "limit"),
    ({"kind": "burn", "at": "2026-06-01T00:00:00Z", "lookback_seconds": []}, "/query/lookback_seconds", "value"),
    ({"kind": "forecast", "at": "2026-06-01T00:00:00Z", "remaining_seconds": "-1"}, "/query/remaining_seconds", "value"),
    ({"kind": "statement"}, "/query/first", "missing"),
    ({"kind": "statement", "month": "2026-06", "first": "2026-06-01"}, "/query/first", "unknown-key"),
]


@pytest.mark.parametrize(("query", "pointer", "code"), EMPTY, ids=lambda each: json.dumps(each)[:60])
def test_a_query_without_a_window_is_refused(query: dict[str, Any], pointer: str, code: str) -> None:
    assert told(asking(query)) == [(pointer, code)]


def test_dates_that_a_zone_left_out_hold_no_window() -> None:
    apia = changed(
        ("/agreement/zone", "Pacific/Apia"), ("/query", {"kind": "daily", "first": "2011-12-30", "last": "2011-12-30"})
    )
    assert told(apia) == [("/query/last", "empty-window")]
    assert told(changed(("/query/last", "2011-12-31"), case=apia)) == []
    trailing = {"kind": "trailing", "at": "2011-12-30T12:00:00Z", "days": 1}
    assert told(changed(("/query", trailing), case=apia)) == [("/query/at", "empty-window")]
    assert told(changed(("/query", {**trailing, "days": 2}), case=apia)) == []


def test_a_range_of_just_one_window_is_long_enough() -> None:
    assert told(asking({"kind": "any_days", "first": "2026-06-01", "last": "2026-06-07"})) == []
    assert told(asking({"kind": "rolling", "from": "2026-06-01T00:00:00Z", "to": "2026-06-08T00:00:00Z"})) == []


def test_forty_years_are_not_too_long() -> None:
    assert told(asking({"kind": "daily", "first": "1980-01-01", "last": "2019-12-31"})) == []
