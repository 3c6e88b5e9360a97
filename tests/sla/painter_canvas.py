"""How large the picture is and how fine its cells: so fine that nothing ever happens inside one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import gcd
from typing import Any

from painter_clock import DAY, date_of, dates, open_spans, read_instant, start
from painter_facts import FOREVER, Canvas, ending, stroke, when

HOUR_MS = 3_600_000


def canvas_of(case: dict, rules: dict[str, Any], queries: list[dict[str, Any]]) -> tuple[Canvas, list[bool]]:
    """The canvas from the earliest to the latest instant of the case, and a mask of the cells outside service hours."""
    instants = set(instants_of(case))
    lengths = {length for query in queries for length in durations(query)}
    for query in queries:
        instants.update(asked_instants(rules, query))
    instants = {at for at in instants if at < FOREVER // 2}
    if "service_hours" not in rules:
        canvas = stretch(instants, lengths)
        return canvas, canvas.row(False)
    zone = rules["zone"]
    days = dates(date_of(min(instants), zone) - DAY, date_of(max(instants), zone) + DAY)
    spans = list(open_spans(zone, rules["service_hours"], days))
    canvas = stretch(instants.union(*spans), lengths)
    mask = canvas.row(True)
    for begin, end in spans:
        stroke(mask, canvas.cells(begin, end), False)
    return canvas, mask


def stretch(instants: set[int], lengths: set[int]) -> Canvas:
    """Cells as long as the greatest common divisor of all distances."""
    begin = min(instants)
    step = gcd(*(at - begin for at in instants), *lengths)
    return Canvas(begin, step, (max(instants) - begin) // step + 1)


def durations(query: dict[str, Any]) -> Iterator[int]:
    """Lengths that are laid against the grid."""
    if query["kind"] in ("rolling", "forecast", "statement"):
        yield query["hours"] * HOUR_MS
    for seconds in query.get("lookback_seconds", []):
        yield seconds * 1000


def instants_of(case: dict) -> Iterator[int]:
    """Whenever something happens to a component or is left out."""
    for component in case["components"].values():
        facts = [fact for form in ("changes", "doubts", "outages", "results", "applicable") for fact in component.get(form, [])]
        for fact in facts:
            yield when(fact)
            yield ending(fact) if "to" in fact else when(fact) + component.get("hold_seconds", 0) * 1000
    for exclusion in case.get("exclusions", []):
        yield from (when(exclusion), ending(exclusion))
    for maintenance in case.get("maintenance", []):
        for entry in maintenance["announcements"]:
            yield from (when(entry), read_instant(entry["from"]), read_instant(entry["to"]))


def asked_instants(rules: dict[str, Any], query: dict[str, Any]) -> Iterator[int]:
    """The edges of all windows that the query is about, and of what is observed."""
    for name in ("from", "to", "at", "as_of"):
        if name in query:
            yield read_instant(query[name])
    for name in ("effective_from", "effective_to"):
        if name in rules:
            yield read_instant(rules[name])
    for day in query["dates"]:
        yield from date_span(rules, day)
    if query["kind"] == "statement":
        yield date_span(rules, query["asked_dates"][0])[0] - query["hours"] * HOUR_MS
    if query["kind"] == "forecast":
        yield from (read_instant(query["at"]) + sign * query["hours"] * HOUR_MS for sign in (-1, 1))
    for seconds in query.get("lookback_seconds", []):
        yield read_instant(query["at"]) - seconds * 1000


def date_span(rules: dict[str, Any], day: date) -> tuple[int, int]:
    """A local date as a span, maybe empty."""
    return start(rules["zone"], day), start(rules["zone"], day + DAY)


def in_force_span(rules: dict[str, Any], as_of: int) -> tuple[int, int]:
    """While the agreement was in force and somebody looked."""
    begin = read_instant(rules["effective_from"]) if "effective_from" in rules else -FOREVER
    end = read_instant(rules["effective_to"]) if "effective_to" in rules else FOREVER
    return begin, min(end, as_of)
