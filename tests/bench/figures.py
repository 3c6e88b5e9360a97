"""`python tests/bench/figures.py`: what the figures of a site cost, from its facts and from its packed form in SQLite.

A site has three years, 200 outages, and a doubt before and behind each. The sites are drawn anew ``--drawn`` times and
kept under ``--sites`` numbers.
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter, process_time
from zoneinfo import reset_tzpath

from sla.account import Terms, account
from sla.agreement import Agreement
from sla.any_days import any_days, date_windows
from sla.calendar import span
from sla.case import AskAnyDays, Case, CaseComponent, Changes, Known
from sla.compact import pack, unpack
from sla.composition import Leaf
from sla.counted import Counted
from sla.evaluate import evaluate
from sla.facts import levels
from sla.rolling import rolling
from sla.span import DAY, HOUR, MINUTE, Span
from sla.standing import Question, Standing
from sla.state import State
from sla.timeline import Change, Doubt

DATES = date(2024, 1, 1), date(2026, 12, 31)
ZONES = ("UTC", "Europe/Berlin", "America/Chicago", "Australia/Sydney")
OUTAGES, ROUNDS, GROWTH_ROUNDS, LENGTH = 200, 20, 10, 720 * HOUR


def drawn(chance: random.Random, zone: str) -> CaseComponent:
    """One site's component; its outages make half of all sites break 99.9 % in some window."""
    whole = span(zone, *DATES)
    rows: list[Change | Doubt] = [Change(whole.start - DAY, State.UP)]
    for number in range(OUTAGES):
        begun = whole.start + number * (whole.length // OUTAGES) + chance.randrange(4 * DAY)
        ended = begun + chance.randrange(MINUTE, 10 * MINUTE)
        rows += [Change(begun, State.DOWN), Change(ended, State.UP)]
        rows += [Doubt(begun - MINUTE, begun, State.DOWN, State.UP), Doubt(ended - MINUTE, ended, State.DOWN, State.UP)]
    return CaseComponent(Changes(tuple(Known(row.start if isinstance(row, Doubt) else row.at, row) for row in rows)))


def counted(component: CaseComponent, agreement: Agreement, within: Span) -> Counted:
    """What counts of a site, from its facts."""
    return account(Terms(agreement, Leaf("site")), {"site": levels(component, None, False)}, within).counted


def microseconds(act: Callable[[], object]) -> float:
    """What the quickest of some rounds of ``act`` took."""
    took = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        act()
        took.append(perf_counter() - begun)
    return min(took) * 1e6


def one_site(chance: random.Random) -> list[str]:
    """What each step costs for one site."""
    agreement, component = Agreement(zone="Europe/Berlin"), drawn(chance, "Europe/Berlin")
    within = span(agreement.zone, *DATES)
    windows, weighed = date_windows(agreement.zone, *DATES, 30), counted(component, agreement, within)
    standing = Standing.of(Question(agreement, windows, within, LENGTH), weighed)
    changed = Span(weighed.worst.starts[100], weighed.worst.ends[100])
    part = counted(component, agreement, changed)
    packed = pack(weighed)
    steps: Sequence[tuple[str, Callable[[], object]]] = (
        ("facts to what counts", lambda: counted(component, agreement, within)),
        ("any_days", lambda: any_days(weighed, agreement, windows)),
        ("rolling", lambda: rolling(weighed, agreement, within, LENGTH)),
        ("unpack", lambda: unpack(packed)),
        ("case to any_days", lambda: evaluate(Case(agreement, {"site": component}, AskAnyDays(*DATES, 30)))),
        ("one outage changed, windows that it meets", lambda: standing.changed(changed, part)),
    )
    return [f"{name}: {microseconds(act):.0f} us" for name, act in steps] + [f"packed: {len(packed)} bytes"]


def kept(database: sqlite3.Connection, sites: int, many: int, chance: random.Random) -> None:
    """Write ``sites`` rows of what counts; ``many`` of them are drawn, the others are the same again."""
    database.execute("CREATE TABLE counted (site INTEGER PRIMARY KEY, zone TEXT NOT NULL, packed BLOB NOT NULL)")
    rows = []
    for number in range(many):
        zone = ZONES[number % len(ZONES)]
        rows.append((zone, pack(counted(drawn(chance, zone), Agreement(zone=zone), span(zone, *DATES)))))
    database.executemany("INSERT INTO counted VALUES (?, ?, ?)", ((site, *rows[site % many]) for site in range(sites)))
    database.commit()


def judged(database: sqlite3.Connection, sites: int) -> Counter[str]:
    """Both kinds of windows of the first ``sites`` sites, read from the database: how many have which verdict."""
    said: Counter[str] = Counter()
    for zone, packed in database.execute("SELECT zone, packed FROM counted WHERE site < ? ORDER BY site", (sites,)):
        agreement, weighed = Agreement(zone=zone), unpack(packed)
        said[any_days(weighed, agreement, date_windows(zone, *DATES, 30)).verdict.value] += 1
        rolling(weighed, agreement, span(zone, *DATES), LENGTH)
    return said


def batch(database: sqlite3.Connection, sites: int) -> str:
    """What all sites cost together."""
    begun, worked = perf_counter(), process_time()
    said = judged(database, sites)
    took, worked = perf_counter() - begun, process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{sites} sites from SQLite: {took:.2f} s, CPU {worked / sites * 1e6:.0f} us a site, peak {peak} MiB, {dict(said)}"


def growth(database: sqlite3.Connection, sites: int) -> str:
    """CPU a site with a hundredth and a tenth of the sites and with all: the least of rounds that take turns."""
    sizes = sites // 100, sites // 10, sites
    least = dict.fromkeys(sizes, float("inf"))
    for number in range(GROWTH_ROUNDS):
        for size in sizes[: 3 if number < 2 else 2]:
            worked = process_time()
            judged(database, size)
            least[size] = min(least[size], (process_time() - worked) / size * 1e6)
    return "growth: " + ", ".join(f"{size} sites {us:.0f} us each, {us / least[sizes[0]]:.2f}" for size, us in least.items())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=10_000, help="at least 100")
    parser.add_argument("--drawn", type=int, default=100)
    parser.add_argument("--seed", type=int, default=9)
    asked = parser.parse_args()
    reset_tzpath(())
    chance = random.Random(asked.seed)
    for line in one_site(chance):
        print(line)
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "figures.db") as database:
        kept(database, asked.sites, asked.drawn, chance)
        print(batch(database, asked.sites))
        print(growth(database, asked.sites))


if __name__ == "__main__":
    main()
