"""`python tests/bench/statements.py [sites]`: what the statements of a month cost, and one of a large site over 13 months.

A thousand sites of ten components with six outages each are published for June as `statement issue --all` does it, one commit
a site; then one statement of 13 months of a site of 60 components. Figures, content and commit are in it; no PDF.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.desk.bundle import bundle
from monitor.desk.issue import Outcome, Wish, issue
from monitor.desk.people import host
from monitor.desk.records import enlisted
from monitor.desk.statement import Asked
from monitor.store import changes, statements
from monitor.store.catalogue import Catalogue
from monitor.store.database import Database
from reports.statement_document import document
from reports.statement_forms import forms
from sla.span import DAY, MINUTE
from sla.state import Cause, State
from sla.texts import instant
from sla.timeline import Change, Doubt

BEGUN, NOW = instant("2025-06-01T00:00:00Z"), instant("2026-07-03T00:00:00Z")
OUTAGES = 6
LARGE, YEAR = 60, "2025-06-01..2026-06-30"


def configured(folder: Path, sites: int) -> Configuration:
    """``sites`` sites of ten components and one, ``large``, of sixty."""
    (folder / "sites").mkdir()
    (folder / "threenines.yaml").write_text(
        'provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\n'
        'vantages: {main: {canaries: ["192.0.2.1:53", "198.51.100.1:53"]}}\n'
    )
    for key, many in [*((f"s{number}", 10) for number in range(sites)), ("large", LARGE)]:
        parts = [f"c{number}" for number in range(many)]
        components = "".join(f"  - {{id: {part}, kind: instance}}\n" for part in parts)
        checks = "".join(f"  - {{id: {part}, component: {part}, kind: tcp, host: 192.0.2.1, port: 443}}\n" for part in parts)
        (folder / "sites" / f"{key}.yaml").write_text(
            f"id: {key}\nname: {key}\ncustomer: {{id: {key}, name: {key}}}\n"
            f"contacts: [{{name: A, email: a@c.example}}]\nagreement: {{zone: Europe/Berlin}}\n"
            f"components:\n{components}composition: {{all: [{', '.join(parts)}]}}\nchecks:\n{checks}"
        )
    return load(folder / "threenines.yaml", {})


def recorded(database: Database, numbers: Catalogue, chance: Random) -> None:
    """All up, but for some minutes now and then; the large site's parts six times each in thirteen months."""
    additions = []
    for (_, _), number in numbers.checks.items():
        said, doubts = [Change(BEGUN, State.UP)], []
        for _ in range(OUTAGES):
            start = BEGUN + chance.randrange(int(390 * DAY / MINUTE)) * MINUTE
            said += [Change(start, State.DOWN, Cause.TCP_TIMEOUT), Change(start + chance.randrange(1, 15) * MINUTE, State.UP)]
            doubts.append(Doubt(start - MINUTE, start, State.DOWN, State.UP))
        said = list({one.at: one for one in said}.values())
        additions.append(changes.Addition((number, numbers.locations["main"]), tuple(said), tuple(doubts)))
    database.writer.submit(lambda c: changes.append(c, NOW - DAY, additions)).result(120)


def published(database: Database, site: str, period: str) -> float:
    """CPU seconds of publishing one statement, in a commit of its own."""
    begun = time.process_time()
    found = database.writer.submit(lambda c: issue(c, host("root"), Wish(site, Asked.of(period), NOW), NOW)).result(60)
    assert isinstance(found, Outcome) and found.fresh, found
    return time.process_time() - begun


def written(database: Database, site: str, period: str) -> float:
    """CPU seconds of all forms but PDF of a published statement, from the store on."""
    begun = time.process_time()
    evidence = database.look(lambda c: bundle(c, statements.versions(c, site, period)))
    assert len(forms(document(evidence))) == 7
    return time.process_time() - begun


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and CPU seconds for all sites' month; CPU seconds to publish the large one's year, and to write it."""

    month_s: float
    month_cpu_s: float
    year_cpu_s: float
    forms_cpu_s: float


def measured(folder: Path, sites: int) -> Cost:
    """Publish all of it."""
    configuration = configured(folder, sites)
    database = Database(configuration.data, BEGUN)
    try:
        numbers = database.writer.submit(lambda c: enlisted(c, configuration, BEGUN)).result(120)
        recorded(database, numbers, Random(7))
        begun = time.perf_counter()
        month = sum(published(database, f"s{number}", "2026-06") for number in range(sites))
        took = time.perf_counter() - begun
        return Cost(took, month, published(database, "large", YEAR), written(database, "large", YEAR))
    finally:
        database.close()


def main() -> None:
    """Measure and print."""
    sites = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as name:
        cost = measured(Path(name), sites)
    print(f"{sites} statements of a month: {cost.month_s:.1f} s, {cost.month_cpu_s:.1f} s CPU (goal: 60 s for 1,000)")
    print(
        f"13 months of {LARGE} components: {cost.year_cpu_s:.2f} s CPU to publish (goal: 1 s), all forms {cost.forms_cpu_s:.2f} s"
    )


if __name__ == "__main__":
    main()
