"""Any case that is read is answered and printed, also at the ends of time and where zones left dates out."""

from __future__ import annotations

import json
from typing import Any

from case_examples import CASE, changed
from hypothesis import event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sla.canonical import digest
from sla.case_schema import result_schema
from sla.evaluate import evaluate
from sla.printing import Made, line, result
from sla.reading import FORMAT, read

VALIDATOR = Draft202012Validator(result_schema())
INSTANTS = st.sampled_from(
    [
        "1970-01-01T00:00:00Z",
        "1970-01-31T00:00:00Z",
        "2011-12-30T12:00:00Z",
        "2026-06-10T08:15:00Z",
        "2026-06-18T14:30:00Z",
        "2026-06-30T22:00:00Z",
        "2099-12-31T23:59:59.999Z",
    ]
)
ENDS = INSTANTS | st.just("2100-01-01T00:00:00Z")
DATES = st.sampled_from(["1970-01-01", "2011-12-29", "2011-12-30", "2011-12-31", "2026-06-01", "2026-06-30", "2099-12-31"])
MONTHS = st.sampled_from(["1970-01", "2011-12", "2026-06", "2099-12"])
DAYS = st.sampled_from([1, 2, 30, 14_610])
HOURS = st.sampled_from([1, 720, 350_640])


def ask(kind: str, optional: dict[str, Any], **members: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **members}, optional={"as_of": INSTANTS, **optional})


QUERIES = st.one_of(
    ask("window", {}, **{"from": INSTANTS, "to": ENDS}),
    ask("days", {"days": DAYS}, first=DATES),
    ask("month", {}, month=MONTHS),
    ask("trailing", {"days": DAYS}, at=INSTANTS),
    ask("any_days", {"days": DAYS}, first=DATES, last=DATES),
    ask("rolling", {"hours": HOURS}, **{"from": INSTANTS, "to": ENDS}),
    ask("daily", {}, first=DATES, last=DATES),
    ask("burn", {}, at=INSTANTS, lookback_seconds=st.lists(st.sampled_from([1, 3600, 1_262_304_000]), min_size=1, max_size=3)),
    ask(
        "forecast",
        {"days": DAYS, "hours": HOURS, "remaining_seconds": st.sampled_from(["0.0000001", "100", "999999999999"])},
        at=INSTANTS,
    ),
    ask("statement", {}, month=MONTHS),
    ask("statement", {"days": DAYS}, first=DATES),
)
OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "preset": st.sampled_from(["slg-2018", "sla-2020"]),
        "zone": st.sampled_from(["UTC", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Beirut", "Pacific/Kwajalein"]),
        "goal": st.sampled_from(["100%", "0.000001%", "99.999999%"]),
        "degraded_impact": st.sampled_from(["0", "1", "0.333"]),
        "days": DAYS,
        "rolling_hours": HOURS,
        "maintenance_notice_seconds": st.sampled_from([0, 10**12]),
        "exclusion_effect": st.just("downtime-only"),
        "unknown": st.just("bounds"),
        "service_hours": st.just([]),
        "effective_from": INSTANTS,
        "effective_to": INSTANTS,
    },
)


def no_float(text: str) -> float:
    raise AssertionError(f"a float: {text}")


@settings(max_examples=400, deadline=None)
@given(QUERIES, OVERRIDES)
def test_a_case_that_is_read_is_answered_and_printed(query: dict[str, Any], overrides: dict[str, Any]) -> None:
    document = changed(("/query", query), ("/agreement", {**CASE["agreement"], **overrides}))
    found = read(document)
    event(f"{query['kind']}: {'refused' if found.case is None else 'answered'}")
    if found.case is None:
        return
    made = Made("0", "0", digest(document, FORMAT), found.hypothetical)
    printed = result(found.id, found.case.query, evaluate(found.case), made)
    VALIDATOR.validate(printed)
    assert json.loads(line(printed), parse_float=no_float) == printed
