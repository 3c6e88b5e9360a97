"""Ours against ours: what a look costs, how late it begins and how much memory is held, under one load and another.

Growth asks whether many checks cost more a look than few; outage, whether hanging targets make the looks at healthy ones
dearer or later. Both loads are measured in every round; what counts is the ratio of the round.
"""

from __future__ import annotations

import re
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import ours
import targets
from processes import cpu_seconds, ended, started

WARM_S = 15
"""Beyond three intervals, in which every state is confirmed: by then its pages are published."""
LAG = re.compile(r'^threenines_schedule_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)
RUNS = re.compile(r"^threenines_probe_runs_total\{[^}]*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Load:
    """``checks`` looked at every ``every_s`` seconds; ``kinds`` take turns as their targets."""

    name: str
    kinds: tuple[str, ...]
    checks: int
    every_s: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``other`` against ``base``: the greatest good ratio of CPU a look, lag p99 (s) and memory (MiB) of ``other``."""

    name: str
    base: Load
    other: Load
    goal: float
    lag_s: float
    rss_mib: int


@dataclass(frozen=True, slots=True)
class Seen:
    """CPU milliseconds a look; the bound below which 99 of 100 looks began late (seconds); resident MiB."""

    cost_ms: float
    lag_p99_s: float
    rss_mib: float


HEALTHY = Load("1,000 checks", ("http",), 1_000, 10)
COMPARISONS = (
    Comparison("growth", HEALTHY, Load("10,000 checks", ("http",), 10_000, 10), goal=1.0, lag_s=0.1, rss_mib=250),
    Comparison("outage", HEALTHY, Load("half hanging", ("http", "hanging"), 1_000, 10), goal=1.2, lag_s=0.1, rss_mib=150),
)


def scraped(url: str) -> str:
    """The text of ``/metrics``."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def looks(text: str) -> float:
    """Looks that have ended."""
    return sum(float(count) for count in RUNS.findall(text))


def lags(text: str) -> Mapping[float, float]:
    """Looks by the greatest lag (seconds) with which they began, cumulated."""
    return {float(bound): float(count) for bound, count in LAG.findall(text)}


def p99(before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """The least bucket bound that holds 99 % of the looks between two scrapes."""
    grown = {bound: after[bound] - before.get(bound, 0) for bound in after}
    whole = grown[max(grown)]
    return min(bound for bound, count in grown.items() if count >= 0.99 * whole)


def measured(load: Load, at: targets.Targets, folder: Path, core: int, template: str) -> Seen | None:
    """Run ours under ``load`` in the empty ``folder``; None, with a line why, if it did not bear it."""
    urls = [f"{at.url(load.kinds[number % len(load.kinds)])}?check={number}" for number in range(load.checks)]
    command = ours.command(template, folder, urls, load.every_s, at)
    metrics = f"http://127.0.0.1:{ours.port(folder)}/metrics"
    log = folder / "log"
    with started([command], core, log) as processes:
        time.sleep(3 * load.every_s + WARM_S + load.checks / 500)
        if ended(processes):
            print(f"  {load.name}: ended by itself: {log.read_text()[-300:].strip()}", file=sys.stderr)
            return None
        first, used = scraped(metrics), cpu_seconds(processes)
        time.sleep(2 * load.every_s)
        spent, last = cpu_seconds(processes) - used, scraped(metrics)
        done = looks(last) - looks(first)
        if done < 0.9 * 2 * load.checks:
            print(f"  {load.name}: {done:.0f} looks, asked were {2 * load.checks}", file=sys.stderr)
            return None
        rss = sum(process.memory_info().rss for process in processes) / 2**20
    return Seen(spent * 1_000 / done, p99(lags(first), lags(last)), rss)


def told(comparison: Comparison, rounds: Sequence[tuple[Seen, Seen]]) -> str:
    """The comparison's result in one line."""
    base, other = comparison.base, comparison.other
    ratios = [two.cost_ms / one.cost_ms for one, two in rounds]
    sides = (base, [one for one, _ in rounds]), (other, [two for _, two in rounds])
    parts = [_side(load, seen) for load, seen in sides]
    return f"{comparison.name}: {'; '.join(parts)}; ratio {median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"


def _side(load: Load, seen: Sequence[Seen]) -> str:
    lag_ms = max(one.lag_p99_s for one in seen) * 1_000
    cost_ms = median(one.cost_ms for one in seen)
    return f"{load.name} {cost_ms:.2f} ms, lag p99 <= {lag_ms:.0f} ms, {max(one.rss_mib for one in seen):.0f} MiB"


def verdict(comparison: Comparison, rounds: Sequence[tuple[Seen, Seen]]) -> str:
    """``met``, or each goal that was missed."""
    ratio = median(two.cost_ms / one.cost_ms for one, two in rounds)
    lag = max(two.lag_p99_s for _, two in rounds)
    rss = max(two.rss_mib for _, two in rounds)
    missed = [
        f"{what} {got:.2f} > {goal:g}"
        for what, got, goal in (
            ("ratio", ratio, comparison.goal),
            ("lag p99 s", lag, comparison.lag_s),
            ("MiB", rss, comparison.rss_mib),
        )
        if got > goal
    ]
    return f"missed: {', '.join(missed)}" if missed else "met"


def compare(comparison: Comparison, at: targets.Targets, folder: Path, core: int, template: str, rounds: int) -> bool:
    """Measure, print, and say whether the goals were met."""
    pairs = []
    for number in range(rounds):
        seen = []
        for load in (comparison.base, comparison.other):
            place = folder / f"{comparison.name}-{number}-{len(seen)}"
            place.mkdir(parents=True)
            seen.append(measured(load, at, place, core, template))
        if seen[0] and seen[1]:
            pairs.append((seen[0], seen[1]))
    if len(pairs) < rounds:
        print(f"{comparison.name}: no verdict: not every round was borne", flush=True)
        return False
    print(told(comparison, pairs))
    said = verdict(comparison, pairs)
    print(f"  goal {comparison.goal:.2f}: {said}", flush=True)
    return said == "met"
