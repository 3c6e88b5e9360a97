"""The engine says what the referee says: of every world, to every query, to the last digit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from painter_clock import date_of, read_instant, start
from printed import differences, printed
from worlds import CLOCKS, DAY, World, versioned, world, worlds

WORLDS = 1_000
APART = True
KINDS = {"window", "days", "month", "trailing", "any_days", "rolling", "daily", "burn", "forecast", "statement"}


@pytest.mark.timeout(600)
@settings(max_examples=WORLDS, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds)
def test_the_engine_and_the_painter_never_differ(drawn: World) -> None:
    for feature in sorted(features_of(drawn.case)):
        event(feature)
    assert {query["kind"] for query in (*drawn.short, *drawn.long)} >= KINDS
    for case, places in differences(drawn):
        pytest.fail("\n".join([json.dumps(case), *places[:10]]))


@pytest.mark.timeout(300)
def test_windows_under_several_versions_of_an_agreement_are_judged_each_by_its_own() -> None:
    several = 0
    for seed in range(WORLDS):
        drawn = versioned(world(Random(seed)))
        for case, places in differences(drawn):
            pytest.fail("\n".join([json.dumps(case), *places[:10]]))
        one = printed(drawn.cases()[0])
        several += one != printed({name: value for name, value in drawn.cases()[0].items() if name != "earlier"})
    assert several > WORLDS // 4


def features_of(case: dict[str, Any]) -> Iterator[str]:
    """The options, forms and words that a case uses."""
    for name, value in case["agreement"].items():
        yield f"{name}={value}" if isinstance(value, str) and not name.startswith("effective") else name
    for component in case["components"].values():
        yield from (form for form in ("outages", "changes", "results", "doubts", "initial", "applicable") if form in component)
        yield from (f"state {state}" for state in states_of(component))
    yield from tree_words(case.get("composition"))
    for exclusion in case.get("exclusions", []):
        steps = ",".join(step["status"] for step in exclusion["history"]) if "history" in exclusion else "assumption"
        yield f"exclusion {steps}"
        yield "exclusion of components" if exclusion["components"] else "exclusion of the site"
    for maintenance in case.get("maintenance", []):
        yield "maintenance of components" if maintenance["components"] else "maintenance of the site"
        for entry in maintenance["announcements"]:
            yield from (f"announced {entry['status']}", f"announced {entry['impact']}")
            yield "agreed" if "agreed_by" in entry else "not agreed"


def states_of(component: dict[str, Any]) -> Iterator[str]:
    for fact in (*component.get("changes", []), *component.get("outages", []), *component.get("results", [])):
        yield fact.get("state") or fact.get("status") or "down"
        if "recorded_at" in fact:
            yield "late"


def tree_words(node: Any) -> Iterator[str]:
    """The kinds of node in a tree."""
    if isinstance(node, dict):
        yield from (word for word in ("all", "at_least", "down_when", "degrading") if word in node)
        for child in node.get("all") or node.get("of") or [node["degrading"]]:
            yield from tree_words(child)


OFTEN = {
    *(f"zone={zone}" for zone, _ in CLOCKS),
    *("preset=sla-2020", "judged_by=month", "exclusion_effect=remove-from-period", "maintenance=excluded", "maintenance=counts"),
    *("unknown=remove-from-period", "down_then_unknown=stays-down", "degraded_impact=0.25", "degraded_impact=1", "goal=100%"),
    *("maintenance_notice_seconds", "service_hours", "effective_from", "effective_to"),
    *("outages", "changes", "results", "doubts", "initial", "applicable", "state late"),
    *(f"state {state}" for state in ("up", "down", "degraded", "unknown", "ok", "fail", "error")),
    *("all", "at_least", "down_when", "degrading"),
    *(f"exclusion {life}" for life in ("assumption", "", "proposed", "proposed,approved", "proposed,rejected")),
    *("exclusion proposed,approved,revoked", "exclusion of components", "exclusion of the site"),
    *("maintenance of components", "maintenance of the site", "agreed", "not agreed"),
    *(f"announced {word}" for word in ("CONFIRMED", "IN-PROCESS", "TENTATIVE", "CANCELLED", "COMPLETED")),
    *(f"announced {word}" for word in ("OUTAGE", "DEGRADED", "REDUCED-REDUNDANCY", "NO-IMPACT")),
}


def test_worlds_use_every_option_often() -> None:
    seen: Counter[str] = Counter()
    for seed in range(2_000):
        seen.update(set(features_of(world(Random(seed)).case)))
    assert {feature: seen[feature] for feature in OFTEN if seen[feature] < 40} == {}


def test_worlds_reach_every_verdict_and_every_kind_of_loss() -> None:
    seen: Counter[str] = Counter()
    for seed in range(400):
        for case in world(Random(seed)).cases():
            seen.update(set(outcomes(case["query"]["kind"], printed(case))))
    judged = ("window", "days", "month", "trailing", "any_days", "rolling", "statement")
    wanted = {f"{kind} {verdict}" for kind in judged for verdict in ("met", "breached", "undetermined", "pending")}
    wanted |= {
        f"{kind} {what}"
        for kind in ("window", "month")
        for what in ("excluded", "maintained", "no period", "unknown", "bounds apart")
    }
    wanted |= {f"forecast {which} {when}" for which in FORECASTS for when in ("on the grid", "between", "never")}
    wanted |= {
        "forecast relief",
        "forecast relief at two prices",
        "burn above 0",
        "statement outage",
        "statement outage in doubt",
        "trailing no today",
    }
    assert {outcome: seen[outcome] for outcome in wanted if seen[outcome] < 3} == {}


FORECASTS = ("budget_exhausted_at", "budget_regained_at", "breach_at")


def outcomes(kind: str, result: dict[str, Any]) -> Iterator[str]:
    """What is worth being met in a result."""
    if "verdict" in result:
        yield f"{kind} {result['verdict']}"
    if kind in ("window", "month"):
        causes = set(result["downtime_excluded_seconds"])
        yield from (f"{kind} {word}" for word, met in windows_outcomes(result, causes).items() if met)
    if kind == "forecast":
        rows = result["relief"]
        yield from ["forecast relief"] if rows else []
        yield from ["forecast relief at two prices"] if any(one["to"] == two["from"] for one, two in pairwise(rows)) else []
        for which in FORECASTS:
            yield f"forecast {which} {moment_of(result[which])}"
    if kind == "burn" and any(rate not in (None, "0/1") for rate in result["burn_rates"]):
        yield "burn above 0"
    for outage in result.get("outages", []):
        yield "statement outage"
        if (outage["outer_from"], outage["outer_to"]) != (outage["from"], outage["to"]):
            yield "statement outage in doubt"
    if kind == "trailing" and result["today"] is None:
        yield "trailing no today"


def windows_outcomes(result: dict[str, Any], causes: set[str]) -> dict[str, bool]:
    return {
        "excluded": bool(causes - {"scheduled_maintenance"}),
        "maintained": "scheduled_maintenance" in causes,
        "no period": result["availability"] is None,
        "unknown": result["unknown_seconds"] != "0",
        "bounds apart": result["downtime_best_seconds"] != result["downtime_worst_seconds"],
    }


def moment_of(instant: str | None) -> str:
    """Whether a forecast is an edge of a cell, or had to be computed inside one."""
    if instant is None:
        return "never"
    return "on the grid" if instant.endswith(("00:00.000Z", "30:00.000Z")) else "between"


def test_worlds_hold_dates_that_are_short_long_and_missing() -> None:
    lengths = {zone: set() for zone, _ in CLOCKS}
    for seed in range(200):
        drawn = world(Random(seed))
        zone = drawn.case["agreement"]["zone"]
        for query in drawn.short:
            if query["kind"] == "trailing":
                today = date_of(read_instant(query["at"]), zone)
                lengths[zone] |= {start(zone, day + DAY) - start(zone, day) for day in (today - DAY, today, today + DAY)}
    hours = {length / 3_600_000 for found in lengths.values() for length in found}
    assert hours >= {0, 23, 23.5, 24, 24.5, 25}
