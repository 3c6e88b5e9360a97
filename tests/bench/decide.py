"""`python tests/bench/decide.py [sites]`: how long an approval takes until figure, page, JSON and metrics show it.

A service runs as a process of its own and watches so many sites of ten components, each looked at every minute; one of them has
an hour of downtime on each of the last twenty days. Each hour is proposed, and approved over the control socket: the answer
comes when everything shows it. After each answer the page and the metrics are read, and must say an hour less than before.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from urllib.request import urlopen

import httpx

from monitor.addresses import page_key
from monitor.app import service_key
from monitor.clock import system_clock
from monitor.config.load import load
from monitor.desk.people import Made, host, new_token
from monitor.desk.records import enlisted
from monitor.store import changes
from monitor.store.database import Database
from monitor.web.control import NAME
from sla.span import DAY, HOUR
from sla.state import State
from sla.texts import instant_text
from sla.timeline import Change

THREENINES = str(Path(sys.executable).parent / "threenines")
OUTAGES, COMPONENTS = 20, 10


@contextmanager
def listening() -> Iterator[int]:
    """A port that takes every connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        threading.Thread(target=lambda: [server.accept()[0].close() for _ in iter(int, 1)], daemon=True).start()
        yield server.getsockname()[1]


def written(folder: Path, sites: int, port: int, other: int, operator: int) -> None:
    """A configuration of ``sites`` sites whose checks all look at ``port``."""
    (folder / "sites").mkdir()
    canaries = f'vantages: {{main: {{canaries: ["127.0.0.1:{port}", "127.0.0.1:{other}"]}}}}\n'
    (folder / "threenines.yaml").write_text(f'provider: {{name: P}}\noperator: {{bind: "127.0.0.1:{operator}"}}\n{canaries}')
    parts = [f"c{number}" for number in range(COMPONENTS)]
    components = "".join(f"  - {{id: {part}, kind: instance}}\n" for part in parts)
    checks = "".join(f"  - {{id: {part}, component: {part}, kind: tcp, host: 127.0.0.1, port: {port}}}\n" for part in parts)
    for number in range(sites):
        key = f"s{number}"
        (folder / "sites" / f"{key}.yaml").write_text(
            f"id: {key}\nname: Site {number}\ncustomer: {{id: {key}, name: C {number}}}\n"
            f"contacts: [{{name: Ada, email: ada@c.example}}]\nagreement: {{zone: Europe/Berlin}}\n"
            f"components:\n{components}composition: {{all: [{', '.join(parts)}]}}\nchecks:\n{checks}"
        )


def filled(folder: Path, now: int) -> tuple[str, str]:
    """Everything up for 90 days, but the first site's first component for an hour a day; the tokens of two persons."""
    configuration = load(folder / "threenines.yaml", {})
    database = Database(configuration.data, now)
    begun = now - 90 * DAY
    numbers = database.writer.submit(lambda db: enlisted(db, configuration, begun)).result()
    additions = []
    for (site, check), number in numbers.checks.items():
        rows = [Change(begun, State.UP)]
        if (site, check) == ("s0", "c0"):
            for start in outages(now):
                rows += [Change(start, State.DOWN), Change(start + HOUR, State.UP)]
        additions.append(changes.Addition((number, numbers.locations["main"]), tuple(rows), ()))
    database.writer.submit(lambda db: changes.append(db, begun, additions)).result()
    secrets = []
    for name, scope in (("Anna", "operate"), ("Ben", "approve")):
        made = database.writer.submit(lambda db, n=name, s=scope: new_token(db, host("root"), n, (s,), now)).result()
        assert isinstance(made, Made)
        secrets.append(made.secret)
    database.close()
    return secrets[0], secrets[1]


def outages(now: int) -> list[int]:
    """Where the hours of downtime begin."""
    return [now // DAY * DAY - (number + 2) * DAY + 9 * HOUR for number in range(OUTAGES)]


def shown(base: str, page: str) -> tuple[float, float]:
    """Counted downtime of the first site in seconds, by the metrics and by the page's JSON."""
    with urlopen(f"{base}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    of_site = (line for line in lines if line.startswith("sla_downtime_counted_seconds{") and 'site="s0"' in line)
    said = next(line for line in of_site if "trailing_30d" in line)
    with urlopen(f"{base}{page}api/v1/snapshot", timeout=10) as answer:
        figures = json.load(answer)["groups"][0]["trailing"]["figures"]
    return float(said.rpartition(" ")[2]), float(figures["downtime_ms"]) / 1000


def decided(folder: Path, base: str, anna: str, ben: str, now: int) -> list[float]:
    """Milliseconds from each approval's question to its answer; fails if the metrics or the page do not show it then."""
    page = f"/p/{page_key(service_key(folder / 'data'), 's0', 0)}/"
    took = []
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(folder / "data" / NAME)), timeout=30) as client:

        def ask(deed: str, body: dict[str, object], secret: str) -> dict[str, object]:
            answer = client.post(f"http://control/deeds/{deed}", json=body, headers={"Authorization": f"Bearer {secret}"})
            found: dict[str, object] = answer.json()
            assert "refused" not in found, found
            return found

        before = OUTAGES * 3600.0
        assert shown(base, page) == (before, before)
        for number, start in enumerate(outages(now), 1):
            body = {"site": "s0", "from": instant_text(start), "to": instant_text(start + HOUR), "cause": "unmanaged_component",
                    "components": ["c0"], "party": "them", "reason": "theirs", "evidence": ["t:1"]}  # fmt: skip
            ask("exclusion.propose", body, anna)
            time.sleep(0.3)  # what the proposal itself renews is not measured
            begun = time.perf_counter()
            ask("exclusion.approve", {"id": f"X-{number}"}, ben)
            took.append((time.perf_counter() - begun) * 1000)
            before -= 3600
            assert shown(base, page) == (before, before), number
    return took


def main() -> None:
    """Measure and print."""
    sites = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with (
        tempfile.TemporaryDirectory() as name,
        listening() as port,
        listening() as other,
        socket.create_server(("127.0.0.1", 0)) as free,
    ):
        folder, operator, now = Path(name), free.getsockname()[1], system_clock()
        free.close()
        written(folder, sites, port, other, operator)
        anna, ben = filled(folder, now)
        process = subprocess.Popen([THREENINES, "run"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not (folder / "data" / NAME).exists():
                assert process.poll() is None, "the service did not come up"
                time.sleep(0.05)
            time.sleep(10)  # the first looks and the first pages
            took = decided(folder, f"http://127.0.0.1:{operator}", anna, ben, now)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    print(f"{sites} sites: approval until shown, of {len(took)}: {told(took)}")


def told(took: list[float]) -> str:
    """The median, the 99th percentile and the longest."""
    hundredths = quantiles(took, n=100, method="inclusive")
    return f"p50 {hundredths[49]:.0f} ms, p99 {hundredths[98]:.0f} ms, most {max(took):.0f} ms"


if __name__ == "__main__":
    main()
