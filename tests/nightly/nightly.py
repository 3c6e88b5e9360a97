"""`make nightly`: 100,000 random worlds, every query: engine and painter must say the same, the laws of recording
hold, and the verifier that outsiders get confirms every statement.

A world comes from its seed alone, so a seed is all that a report needs: `make nightly ARGS="--first 4711 --worlds 1"`
judges that one again. A first seed that nobody chose is drawn and printed. Leaves with 1 if there was a difference.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rich.progress import track

sys.path.extend(str(Path(__file__).parents[2] / name) for name in ("tests/sla", "tests/monitor/desk", "docs/verifier"))
import laws_of_recording
from outsider import confirmed_by_an_outsider
from printed import differences
from worlds import World, versioned, world

LAWS = (*laws_of_recording.LAWS, confirmed_by_an_outsider)
WORLDS = 100_000
AT_ONCE = 50
"""Worlds that a process judges before it reports: about a second."""


@dataclass(frozen=True, slots=True)
class Report:
    """Of some worlds: how many answers were compared, and for each seed that failed the case and where it differed."""

    answers: Counter[str]
    failed: dict[int, list[str]]


def judge(seeds: range) -> Report:
    """Compare the worlds of these seeds."""
    answers: Counter[str] = Counter()
    failed: dict[int, list[str]] = {}
    for seed in seeds:
        drawn = world(Random(seed))
        answers.update(query["kind"] for query in (*drawn.short, *drawn.long))
        if found := [*told(drawn), *told(versioned(drawn)), *broken(drawn, seed)]:
            failed[seed] = found
    return Report(answers, failed)


def told(drawn: World) -> list[str]:
    """Where engine and painter differ."""
    try:
        return [line for case, places in differences(drawn) for line in (json.dumps(case), *places[:10])]
    except Exception as fault:  # a world that makes somebody stumble is a finding like any other
        return [f"{type(fault).__name__}: {fault}"]


def broken(drawn: World, seed: int) -> Iterator[str]:
    """The laws that do not hold in a world."""
    for law in LAWS:
        try:
            law(drawn, seed)
        except Exception as fault:  # also an AssertionError, which is one
            yield f"{law.__name__}: {type(fault).__name__}: {fault}"


def reports(seeds: range, processes: int) -> Iterator[Report]:
    """All reports, as they come."""
    shares = [seeds[first : first + AT_ONCE] for first in range(0, len(seeds), AT_ONCE)]
    if processes == 1:
        yield from map(judge, shares)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(judge, shares)


def summed(found: Iterable[Report]) -> Report:
    """All reports as one; a failure is told at once."""
    whole = Report(Counter(), {})
    for report in found:
        whole.answers.update(report.answers)
        whole.failed.update(report.failed)
        for seed, lines in report.failed.items():
            print(f"seed {seed} differs:", *lines, sep="\n  ", flush=True)
    return whole


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make nightly", description="judge random worlds by engine and painter")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="how many (%(default)s)")
    parser.add_argument("--first", type=int, help="seed of the first; the others follow (drawn)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="(all cores: %(default)s)")
    return parser.parse_args()


def main() -> int:
    wanted = asked()
    first = secrets.randbelow(1 << 40) if wanted.first is None else wanted.first
    print(f"seeds {first} to {first + wanted.worlds - 1}, {wanted.processes} processes", flush=True)
    began = time.monotonic()
    found = reports(range(first, first + wanted.worlds), wanted.processes)
    shares = -(-wanted.worlds // AT_ONCE)
    whole = summed(track(found, "judging", total=shares, disable=not sys.stdout.isatty()))
    print(f"{wanted.worlds} worlds in {time.monotonic() - began:.0f} s, {len(whole.failed)} with differences")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(whole.answers.items())))
    return 1 if whole.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
