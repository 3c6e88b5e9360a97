"""A real Prometheus scrapes the demo's service with our rules: every panel has data, labels are whole, others' rules work."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from files import RULES, panels, plain
from servers import needed
from world import Prometheus, World, prometheus, until_async, world

from monitor.store import announcements, catalogue
from sla.maintenance import Announcement, Impact, Status
from sla.span import DAY, HOUR, MINUTE, Span

pytestmark = pytest.mark.real

FOREIGN = Path(__file__).parent / "blackbox.yaml"
SECONDS = 120
_LABELLED = re.compile(r'[{,]site="([^"]*)",component="([^"]*)"')
_OF_SITE = re.compile(r'[{,]site="([^"]*)"')


async def announce(made: World, start: int, status: Status, impact: Impact = Impact.DEGRADED, key: str = "M-1") -> None:
    """Say of a maintenance of two hours from ``start`` on what became of it."""
    now = made.now()
    numbers = await made.service.database.write(lambda db: catalogue.enlist(db, made.service.configuration, now))
    said = Announcement(now, Span(start, start + 2 * HOUR), status, impact)
    await made.service.database.write(lambda db: announcements.append(db, numbers.sites["acme"], key, (), said, now))
    await made.service._look_around()


async def silent_panels(asked: Prometheus) -> list[str]:
    """The panels of which some query has no data."""
    return [f"{one}: {expr}" for one in panels() for expr in one.queries if not await asked.query(plain(expr, "10s"))]


async def unhealthy(asked: Prometheus) -> list[str]:
    groups = (await asked.ask("rules"))["groups"]
    return [f"{rule['name']}: {rule['health']}" for group in groups for rule in group["rules"] if rule["health"] != "ok"]


@pytest.mark.timeout(400)
async def test_every_query_of_every_panel_has_data_and_rules_made_for_blackbox_exporter_evaluate(tmp_path: Path) -> None:
    async with world(tmp_path) as made, prometheus(tmp_path / "prometheus", made.port, (*RULES, FOREIGN)) as asked:
        await made.approve(await made.propose(made.outage.start + MINUTE))
        await made.propose(made.outage.end)
        await announce(made, made.now() + DAY, Status.CONFIRMED)
        silent = ["nobody has looked yet"]

        async def all_have_data() -> bool:
            silent[:] = await silent_panels(asked)
            return not silent

        try:
            await until_async(all_have_data, SECONDS)
        except AssertionError:
            assert silent == []
        assert await unhealthy(asked) == []
        text = b"".join(made.service.scrape())
        is_clean(text)
        is_bounded(text)
        assert await asked.query("instance:probe_success:avg1m")
        await labels_are_whole(asked)
        await made.stage.fail("ldap")
        await until_async(lambda: complains(asked, "ProbeFailed", "acme/directory"), SECONDS)


async def complains(asked: Prometheus, alert: str, instance: str) -> bool:
    return [one["labels"]["instance"] for one in (await asked.firing()).get(alert, [])] == [instance]


def is_clean(text: bytes) -> None:
    """Valid for Prometheus, and no word of the configuration but ids: no address, path, person, subject of a certificate."""
    done = subprocess.run([needed("promtool"), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"")
    for planted in (b"127.0.0.1", b"http://", b"ca.pem", b"desk@", b"Acme", b"dc=acme", b"CN=", b"Ann", b"their link"):
        assert planted not in text


def is_bounded(text: bytes) -> None:
    """At most 40 series a component and agent, at most 90 a site beside its components."""
    checks: Counter[str] = Counter()
    sites: Counter[str] = Counter()
    for line in text.decode().splitlines():
        if (found := _LABELLED.search(line)) and not line.startswith("#"):
            checks[f"{found[1]}/{found[2]}"] += 1
        elif (found := _OF_SITE.search(line)) and not line.startswith("#"):
            sites[found[1]] += 1
    assert 10 < max(checks.values()) <= 40
    assert 50 < max(sites.values()) <= 90


async def labels_are_whole(asked: Prometheus) -> None:
    """What a check says of itself is kept, nothing is pushed aside, and what a service says bears its own name."""
    names = await asked.ask("labels")
    assert [name for name in names if name.startswith("exported_")] == []
    found = {sample["metric"]["instance"]: sample["metric"] for sample in await asked.query("probe_success")}
    assert found["acme/node-1"]["job"] == "threenines"
    assert (found["acme/node-1"]["site"], found["acme/node-1"]["component"]) == ("acme", "node-1")
    assert len(await asked.query('sla_availability_ratio{customer="acme",window="trailing_30d"}')) == 1
