"""`make bench`: CPU a look of ours against Prometheus with blackbox_exporter, paced, as ratios of rounds.

Each round measures ours, the peer and the floor, in an order that rotates. A system runs on one core and its targets on
the other; its CPU is user and system time of its whole process tree; looks are counted at the target.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import floor
import loads
import ours
import peer
import psutil
import targets
from processes import busy_seconds, cpu_seconds, ended, started

OURS = ".venv/bin/threenines run --config DIR/threenines.yaml"
MAX_SPREAD = 0.15
"""A floor that spreads more says that the machine was busy with something else."""
MAX_OTHERS = 0.15
"""Whoever shares the core so much makes each look dearer: caches are cold, and what was to be done before is done late."""
ENOUGH = 0.9
"""Share of the asked looks that must have been counted: a system that does less would look cheap."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """``checks`` looked at every ``every_s`` seconds; ``goal`` is the greatest ratio ours : peer that is good."""

    name: str
    kind: str
    checks: int
    every_s: int
    goal: float

    @property
    def pace(self) -> int:
        """Looks a second."""
        return self.checks // self.every_s


@dataclass(frozen=True, slots=True)
class Round:
    """CPU milliseconds a look; None where a system was not measured or did not do its looks."""

    ours: float | None
    peer: float | None
    floor: float
    others: float = 0.0
    """The greatest share of the measured core that neither system used, while one of them was measured."""


@dataclass(frozen=True, slots=True)
class Window:
    """Looks counted in some seconds, CPU milliseconds of each, and the share of the core that went to others."""

    looks: int
    cost_ms: float
    others: float


QUICK = (Scenario("http", "http", checks=500, every_s=5, goal=0.35),)
FULL = (
    Scenario("http", "http", checks=1_000, every_s=10, goal=0.35),
    Scenario("tls", "tls", checks=1_000, every_s=10, goal=0.65),
    Scenario("tcp", "tcp", checks=1_000, every_s=10, goal=0.35),
    Scenario("dns", "dns", checks=1_000, every_s=10, goal=0.5),
    Scenario("http-600", "http", checks=6_000, every_s=10, goal=0.2),
    Scenario("tls-600", "tls", checks=6_000, every_s=10, goal=0.6),
)


WARM_S = 5
"""Beyond one interval: by then the first looks are made."""
SETTLED, MOST_WINDOWS = 0.8, 6
"""Then windows are measured until one costs no less than this share of the one before: states are confirmed and their pages
published, which takes the longer the busier the machine is."""


def spread(values: Sequence[float]) -> float:
    """(greatest - least) / median."""
    return (max(values) - min(values)) / median(values)


def line(scenario: Scenario, rounds: Sequence[Round]) -> str:
    """The scenario's result in one line."""
    head = f"{scenario.name} pace {scenario.pace}/s:"
    parts = []
    for name, costs in (("ours", [one.ours for one in rounds]), ("prometheus+blackbox", [one.peer for one in rounds])):
        known = [cost for cost in costs if cost is not None]
        parts.append(f"{name} {median(known):.2f} ms" if known else f"{name} not measured")
    ratios = [one.ours / one.peer for one in rounds if one.ours and one.peer]
    if ratios:
        parts.append(f"ratio {median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})")
    return f"{head} {', '.join(parts)}"


def verdict(scenario: Scenario, rounds: Sequence[Round]) -> str:
    """``met``, ``missed`` or why neither can be said."""
    others = max(one.others for one in rounds)
    if others > MAX_OTHERS:
        return f"no verdict: others took {others:.0%} of the core, more than {MAX_OTHERS:.0%}; the machine was busy"
    wide = spread([one.floor for one in rounds])
    if wide > MAX_SPREAD:
        return f"no verdict: the floor spreads {wide:.0%}, more than {MAX_SPREAD:.0%}; the machine was busy"
    ratios = [one.ours / one.peer for one in rounds if one.ours and one.peer]
    if len(ratios) < len(rounds):
        return "no verdict: not every round measured both"
    return f"goal {scenario.goal:.2f}: {'met' if median(ratios) <= scenario.goal else 'missed'}"


class Bench:
    """One scenario on this machine: which cores, which targets, how long."""

    def __init__(self, scenario: Scenario, at: targets.Targets, folder: Path, core: int, measure_s: float) -> None:
        self._scenario, self._targets, self._folder = scenario, at, folder
        self._core, self._measure_s = core, measure_s
        self._others = 0.0
        self._urls = [f"{at.url(scenario.kind)}?check={number}" for number in range(scenario.checks)]

    def round(self, number: int, template: str | None, with_peer: bool) -> Round:
        """Measure all three, beginning with another one each time."""
        cost: dict[str, float | None] = {"ours": None, "peer": None, "floor": None}
        order = ("ours", "peer", "floor")
        self._others = 0.0
        for step in range(len(order)):
            name = order[(number + step) % len(order)]
            folder = self._folder / f"{name}-{number}"
            folder.mkdir()
            if name == "floor":
                cost[name] = self._floor()
            elif name == "peer" and with_peer:
                cost[name] = self._cost(name, peer.commands(folder, self._urls, self._scenario.every_s, self._targets.ca_file))
            elif name == "ours" and template:
                command = ours.command(template, folder, self._urls, self._scenario.every_s, self._targets)
                cost[name] = self._cost(name, [command])
        assert cost["floor"] is not None
        return Round(cost["ours"], cost["peer"], cost["floor"], self._others)

    def _floor(self) -> float:
        pace = str(min(self._scenario.pace, 200))
        command = [sys.executable, floor.__file__, str(self._targets.ports["http"]), pace, "4", str(self._core)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def _cost(self, name: str, commands: Sequence[Sequence[str]]) -> float | None:
        """CPU milliseconds a look once it no longer falls; None, with a line why, if the looks were not done."""
        log = self._folder / f"{name}.log"
        with started(commands, self._core, log) as processes:
            time.sleep(self._scenario.every_s + WARM_S)
            seen = [self._window(processes)]
            while len(seen) < MOST_WINDOWS and (len(seen) < 2 or seen[-1].cost_ms < SETTLED * seen[-2].cost_ms):
                seen.append(self._window(processes))
            if ended(processes):
                print(f"  {name} ended by itself: {log.read_text()[-300:].strip()}", file=sys.stderr)
                return None
        self._others = max(self._others, seen[-1].others)
        wanted = self._scenario.pace * self._measure_s
        if seen[-1].looks < ENOUGH * wanted:
            print(f"  {name} did {seen[-1].looks} looks, asked were {wanted:.0f}", file=sys.stderr)
            return None
        return seen[-1].cost_ms

    def _window(self, processes: Sequence[psutil.Process]) -> Window:
        """What happens now in ``measure_s``."""
        kind = self._scenario.kind
        before, used, busy = self._targets.count(kind), cpu_seconds(processes), busy_seconds(self._core)
        time.sleep(self._measure_s)
        looks, spent = self._targets.count(kind) - before, cpu_seconds(processes) - used
        others = (busy_seconds(self._core) - busy - spent) / self._measure_s
        return Window(looks, spent * 1_000 / max(looks, 1), others)


def arguments() -> argparse.Namespace:
    """The command line."""
    names = sorted({scenario.name for scenario in FULL} | {comparison.name for comparison in loads.COMPARISONS})
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one scenario, three rounds, two minutes")
    parser.add_argument("--rounds", type=int, default=0, help="rounds a scenario (default: 3 quick, 5 else)")
    parser.add_argument("--ours", default=OURS, help=f"command line of ours, DIR is its folder (default: {OURS})")
    parser.add_argument("--scenario", choices=names, help="this one alone")
    parser.add_argument("--only", choices=["peer", "ours"], help="measure one of the two, and the floor")
    return parser.parse_args()


def main() -> int:
    """Measure and print; 1 if a goal was missed, 69 if the machine has only one core."""
    asked = arguments()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("two cores are needed: one for the system, one for its targets", file=sys.stderr)
        return 69
    if asked.only != "ours" and not peer.installed():
        print("prometheus and prometheus-blackbox-exporter are not installed: ours is measured alone", file=sys.stderr)
    rounds = asked.rounds or (3 if asked.quick else 5)
    with tempfile.TemporaryDirectory() as name, targets.running(Path(name), cores[1]) as at:
        good = [
            against_peer(scenario, at, Path(name) / str(number), cores[0], asked, rounds)
            for number, scenario in enumerate(QUICK if asked.quick else FULL)
            if asked.scenario in (None, scenario.name)
        ]
        good += [
            loads.compare(comparison, at, Path(name), cores[0], asked.ours, min(rounds, 3))
            for comparison in loads.COMPARISONS
            if asked.scenario in (None, comparison.name) and not asked.quick and asked.only != "peer"
        ]
    return 0 if all(good) else 1


def against_peer(
    scenario: Scenario, at: targets.Targets, folder: Path, core: int, asked: argparse.Namespace, rounds: int
) -> bool:
    """Measure one scenario in ``rounds``, print it, and say whether no goal was missed."""
    folder.mkdir()
    bench = Bench(scenario, at, folder, core, measure_s=max(10, scenario.every_s))
    template = None if asked.only == "peer" else asked.ours
    with_peer = asked.only != "ours" and peer.installed()
    measured = [bench.round(turn, template, with_peer) for turn in range(rounds)]
    said = verdict(scenario, measured)
    print(line(scenario, measured))
    print(f"  {said}; floor {median(one.floor for one in measured):.3f} ms", flush=True)
    return not said.endswith("missed")


if __name__ == "__main__":
    sys.exit(main())
