"""A statement as text for a terminal: the arithmetic line by line, the worst windows, outages and exclusions with who decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from reports.figures import goal_percent, percent, words
from reports.moments import moment
from sla.responsibility import cause_words
from sla.texts import decimal_text, until

_WIDTH = 34
MAINTENANCE = "scheduled_maintenance"
"""Under this word a result says what announced maintenance forgives."""
VERDICTS = {
    "met": "met: the goal was kept, whatever happened where nobody looked",
    "breached": "breached: more than the goal allows was down, even at best",
    "undetermined": "undetermined: what nobody saw decides, and nobody knows it",
    "pending": "pending: the window is not over yet, or began before the agreement",
}


def text(name: str, content: Mapping[str, Any]) -> str:
    """A statement of the site ``name``; ``content`` is what is published of it, and nothing else is said."""
    result, zone = content["result"], content["zone"]
    figures = result["figures"]
    goal = goal_percent(Fraction(figures["goal"]))
    parts = [
        [f"{name}, {figures['first']} .. {figures['last']} ({zone}): {VERDICTS[result['verdict']]}"],
        [f"goal: at least {goal}, judged by {result['judged_by'].replace('_', ' ')}"],
        ["", *_box(figures)],
        ["", *_worst(result["any_days"], result["rolling"])],
        ["", *_outages(result["outages"], content["components"], zone)],
        ["", *_exclusions(content["exclusions"], zone)],
        ["", f"engine {result['engine']}, time zones {result['tzdata']}, input {result['input_sha256']}"],
    ]
    return "\n".join(line for part in parts for line in part)


def _box(figures: Mapping[str, Any]) -> Iterator[str]:
    """The arithmetic: each line follows from those above it."""
    yield _row("A  period", f"{figures['period_seconds']} s")
    yield _row("B  observed downtime", f"{figures['downtime_observed_seconds']} s")
    shares = figures["downtime_excluded_seconds"]
    excluded = sum(map(Fraction, shares.values()), Fraction(0))
    yield _row("C  of it left out", f"{decimal_text(excluded)} s")
    yield from (_row("", f"{seconds} s: {_share_words(cause)}") for cause, seconds in shares.items())
    yield _row("D  counted downtime = B - C", f"{figures['downtime_counted_seconds']} s")
    yield _row("E  not measured", f"{figures['unknown_seconds']} s, coverage {_share(figures['coverage'])}")
    bounds = f"{_share(figures['availability_worst'])} .. {_share(figures['availability_best'])}"
    yield _row("F  availability = 1 - D / A", f"{_share(figures['availability'])}, for certain {bounds}")
    left = figures["error_budget_remaining_seconds"]
    yield _row("G  allowed = (1 - goal) x window", f"{figures['error_budget_seconds']} s, left G - D = {left} s")


def _share_words(cause: str) -> str:
    return "announced maintenance" if cause == MAINTENANCE else cause_words(cause)


def _row(what: str, value: str) -> str:
    return f"{what:{_WIDTH}} {value}"


def _share(ratio: str | None) -> str:
    return "none" if ratio is None else percent(Fraction(ratio))


def _worst(any_days: Mapping[str, Any], rolling: Mapping[str, Any]) -> Iterator[str]:
    worst = any_days["worst"]
    yield (
        f"worst of {any_days['windows']} windows of {any_days['days']} days: {worst['first']} .. {worst['last']}, "
        f"{worst['downtime_counted_seconds']} s counted, {_share(worst['availability'])}, {worst['verdict']}"
    )
    for verdict in ("breached", "undetermined"):
        if firsts := any_days[verdict]:
            yield f"  {verdict}: {len(firsts)} of them, the first begins on {firsts[0]}, the last on {firsts[-1]}"
    worst = rolling["worst"]
    yield (
        f"worst {rolling['hours']} hours in a row: from {worst['from']}, {worst['downtime_counted_seconds']} s counted, "
        f"{_share(worst['availability'])}, {worst['verdict']}"
    )


def _outages(outages: Sequence[Mapping[str, Any]], components: Mapping[str, str], zone: str) -> Iterator[str]:
    yield f"outages: {len(outages) or 'none'}"
    for outage in outages:
        start, end = until(outage["from"]), until(outage["to"])
        names = dict.fromkeys(components.get(name, name) for name in outage["components"])
        yield f"  {moment(start, zone, seconds=True)}, {words((end - start) // 1000)}: {', '.join(names)}"
        yield f"    counted {outage['counted_seconds']} s; at most {outage['outer_from']} .. {outage['outer_to']}"


def _exclusions(exclusions: Sequence[Mapping[str, Any]], zone: str) -> Iterator[str]:
    yield f"exclusions: {len(exclusions) or 'none'}"
    for one in exclusions:
        over = ", ".join(one["components"]) or "the whole site"
        party = f", {one['party']}" if one.get("party") else ""
        start, end = until(one["from"]), until(one["to"])
        yield f"  {one['id']}  {cause_words(one['cause'])}{party}: {over}"
        yield f"    {moment(start, zone, seconds=True)}, {words((end - start) // 1000)}. {one['reason']}"
        yield from (f"    {step['status']} by {step['by']}, {moment(until(step['at']), zone)}" for step in one["history"])
        if one["evidence"]:
            yield f"    evidence: {', '.join(one['evidence'])}"
