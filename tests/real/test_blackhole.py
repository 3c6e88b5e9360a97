"""Thousands of targets that swallow every packet must not be felt by those that answer.

THREENINES_BLACKHOLES=10000 gives the full number; without, enough of them to be at once in flight by the hundred.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from servers import free_port, needed, serving, silent

from monitor.clock import system_clock
from monitor.store import results, tables
from monitor.store.database import looked
from sla.span import HOUR, Span
from sla.state import Cause, State

pytestmark = [pytest.mark.real, pytest.mark.needs_netns, pytest.mark.timeout(600)]

HOLES = int(os.environ.get("THREENINES_BLACKHOLES", "600"))
HEALTHY = 200 if HOLES > 5_000 else 40
WATCH_S = 150 if HOLES > 5_000 else 35
EVERY_S = 60 if HOLES > 5_000 else 15
NAMESPACE, INSIDE, OUTSIDE, HOLE = "tn-holes", "100.64.78.1", "100.64.78.2", "198.18.0.0/16"
LATE_MS, LAG_MS, RSS_MIB = 1_000, 100, 300
STALLED_SHARE = 0.002
"""Slots that may be lost (and are said to be) because the machine held the service up when a repeat should have ended."""
THREENINES = str(Path(sys.executable).parent / "threenines")
MAIN = """provider: {{name: Ops}}
data: {data}
operator: {{bind: "127.0.0.1:{port}"}}
vantages: {{main: {{canaries: ["127.0.0.1:{healthy}", "127.0.0.1:{canary}"]}}}}
"""


def ip(*words: str) -> None:
    subprocess.run([needed("ip"), *words], check=True, capture_output=True)


@pytest.fixture
def holes() -> Iterator[None]:
    """198.18.0.0/16 leads into a namespace that forwards nothing and says nothing."""
    if os.geteuid() != 0:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs root for a network namespace")
    subprocess.run([needed("ip"), "netns", "del", NAMESPACE], capture_output=True)
    ip("netns", "add", NAMESPACE)
    try:
        ip("link", "add", f"{NAMESPACE}0", "type", "veth", "peer", "name", f"{NAMESPACE}1", "netns", NAMESPACE)
        ip("addr", "add", f"{INSIDE}/30", "dev", f"{NAMESPACE}0")
        ip("link", "set", f"{NAMESPACE}0", "up")
        ip("-n", NAMESPACE, "addr", "add", f"{OUTSIDE}/30", "dev", f"{NAMESPACE}1")
        ip("-n", NAMESPACE, "link", "set", f"{NAMESPACE}1", "up")
        ip("route", "add", HOLE, "via", OUTSIDE)
        yield
    finally:
        ip("netns", "del", NAMESPACE)


def site(name: str, checks: list[str]) -> str:
    head = f"id: {name}\nname: {name}\ncustomer: {{id: {name}, name: {name}}}\ncontacts: [{{name: A, email: a@{name}.example}}]\n"
    return f"{head}components: [{{id: node, name: Node, kind: instance}}]\nchecks:\n" + "".join(checks)


def configured(folder: Path, healthy: int, canary: int) -> Path:
    """Sites of 200 checks each into the hole, and one of healthy ones."""
    (folder / "sites").mkdir()
    line = "  - {{id: c{}, component: node, kind: tcp, host: {}, port: {}, interval: {}s, repeat: 4s, deadline: 5s}}\n"
    for first in range(0, HOLES, 200):
        addresses = [f"198.18.{number // 250}.{number % 250 + 1}" for number in range(first, min(first + 200, HOLES))]
        checks = [line.format(number, address, 443, EVERY_S) for number, address in enumerate(addresses)]
        (folder / "sites" / f"hole{first}.yaml").write_text(site(f"hole{first}", checks))
    checks = [line.format(number, "127.0.0.1", healthy, 10).replace("5s", "2s") for number in range(HEALTHY)]
    (folder / "sites" / "healthy.yaml").write_text(site("healthy", checks))
    main = folder / "threenines.yaml"
    main.write_text(MAIN.format(data=folder / "data", port=free_port(), healthy=healthy, canary=canary))
    return main


async def test_those_that_answer_do_not_feel_those_that_never_will(holes: None, tmp_path: Path) -> None:
    async with serving(silent) as healthy, serving(silent) as canary:
        main = configured(tmp_path, healthy, canary)
        with (tmp_path / "log").open("wb") as log:
            process = psutil.Popen([THREENINES, "run", "--config", str(main)], stdout=log, stderr=log)
        try:
            await asyncio.sleep(WATCH_S)
            assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
            rss_mib, cpu_s = process.memory_info().rss / 2**20, sum(process.cpu_times()[:2])
        finally:
            if process.poll() is None:
                process.terminate()
            await asyncio.to_thread(process.wait, 30)
    good, bad = await asyncio.to_thread(seen, tmp_path / "data")
    late_ms, lag_ms = p99([look.late_ms for look in good]), p99([look.lag_ms for look in good])
    print(f"{len(bad)} black, {len(good)} healthy: late {late_ms} ms, lag {lag_ms} ms, {rss_mib:.0f} MiB, {cpu_s:.0f} s CPU")
    print(f"healthy {Counter(look.cause for look in good)}, black {Counter(look.cause for look in bad)}")
    assert sum(look.state is State.UP for look in good) >= 0.999 * len(good)
    assert not any(look.state is State.DOWN for look in good)
    causes = Counter(look.cause for look in bad)
    assert set(causes) <= {Cause.TCP_TIMEOUT, Cause.OVERLOADED}
    assert causes[Cause.OVERLOADED] <= STALLED_SHARE * len(bad), "a hanging target is down; we are overloaded by a stall only"
    assert late_ms <= LATE_MS
    assert lag_ms <= LAG_MS
    assert rss_mib <= RSS_MIB


def p99(values: Sequence[int]) -> int:
    return sorted(values)[max(0, int(len(values) * 0.99) - 1)]


@dataclass(frozen=True)
class Seen:
    """One look: how late it began, how late our loop was during it (ms), what it found and why."""

    late_ms: int
    lag_ms: int
    state: State
    cause: Cause | None


def seen(data: Path) -> tuple[list[Seen], list[Seen]]:
    """The looks at healthy and at black targets."""

    def read(db: sa.Connection) -> tuple[list[Seen], list[Seen]]:
        keys = sa.select(tables.check_def.c.no).join(tables.site, tables.site.c.no == tables.check_def.c.site_no)
        healthy = set(db.execute(keys.where(tables.site.c.key == "healthy")).scalars())
        good, bad = [], []
        for look in results.within(db, Span(0, system_clock() + HOUR)):
            lag_ms = results.detailed(db, look).lag_ms if look.check_no in healthy else 0
            (good if look.check_no in healthy else bad).append(Seen(look.at - look.slot, lag_ms, look.state, look.cause))
        return good, bad

    return looked(data, read)
