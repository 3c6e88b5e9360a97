"""What laws about figures are told with: a world asked, a case changed in one respect, figures as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from painter_clock import read_instant, show_instant
from printed import printed
from worlds import world

Case = dict[str, Any]
Test = TypeVar("Test", bound=Callable[..., None])
LENGTHS = (
    *("period_seconds", "downtime_observed_seconds", "downtime_counted_seconds"),
    *("downtime_best_seconds", "downtime_worst_seconds", "unknown_seconds"),
)

WORLDS = 1_000
law: Callable[[Test], Test] = settings(
    max_examples=WORLDS, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
"""A law holds in a thousand worlds, the same in every run."""


@cache
def figures_of_worlds() -> list[dict[str, Any]]:
    """All figures in what is printed for a thousand worlds (a statement has no others): for laws about one answer."""
    drawn = (world(Random(seed)) for seed in range(WORLDS))
    asked = (ask(one.case, query) for one in drawn for query in (*one.short, *one.long) if query["kind"] in WITH_FIGURES)
    return [figures for answer in asked for figures in all_figures(answer)]


WITH_FIGURES = ("window", "days", "month", "trailing", "any_days", "rolling")


def ask(case: Case, query: dict[str, Any]) -> dict[str, Any]:
    return printed({**case, "query": query})


def number(figures: dict[str, Any], name: str) -> Fraction:
    """One of the figures as a number: seconds, or a ratio."""
    return Fraction(figures[name])


def excluded(figures: dict[str, Any]) -> dict[str, Fraction]:
    return {cause: Fraction(lost) for cause, lost in figures["downtime_excluded_seconds"].items()}


def all_figures(answer: Any) -> Iterator[dict[str, Any]]:
    """All figures anywhere in an answer."""
    if isinstance(answer, dict):
        if "availability" in answer:
            yield answer
        for inner in answer.values():
            yield from all_figures(inner)
    elif isinstance(answer, list):
        for inner in answer:
            yield from all_figures(inner)


def with_terms(case: Case, **terms: Any) -> Case:
    """The case under other terms; None: without that term."""
    told = {**case["agreement"], **terms}
    return {**case, "agreement": {name: value for name, value in told.items() if value is not None}}


def with_component(case: Case, name: str, told: dict[str, Any]) -> Case:
    return {**case, "components": {**case["components"], name: told}}


def with_exclusion(case: Case, exclusion: dict[str, Any]) -> Case:
    return {**case, "exclusions": [*case.get("exclusions", []), exclusion]}


def mapped(document: Any, change: Callable[[str], str]) -> Any:
    """The document with each of its texts changed."""
    if isinstance(document, dict):
        return {name: mapped(value, change) for name, value in document.items()}
    if isinstance(document, list):
        return [mapped(value, change) for value in document]
    return change(document) if isinstance(document, str) else deepcopy(document)


def frozen(case: Case, at: int, open_: bool) -> Case:
    """The case with outages begun by ``at``: those not over by then go on, or end there."""
    told = {}
    for name, component in case["components"].items():
        begun = [one for one in component["outages"] if read_instant(one["from"]) <= at]
        over = [one for one in begun if one["to"] is not None and read_instant(one["to"]) <= at]
        running = [{**one, "to": None if open_ else show_instant(at)} for one in begun if one not in over]
        told[name] = {"outages": over + [one for one in running if one["to"] is None or read_instant(one["from"]) < at]}
    return {**case, "components": told}


def spent(case: Case, begin: int, end: int) -> Fraction:
    window = {"kind": "window", "from": show_instant(begin), "to": show_instant(end)}
    return number(ask(case, window), "downtime_counted_seconds")
