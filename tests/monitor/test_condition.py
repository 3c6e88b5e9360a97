from __future__ import annotations

from pathlib import Path

import pytest
from published import NOW, configuration, site

from monitor.condition import Condition, room
from monitor.metrics import Metrics
from monitor.store import announcements, audit, catalogue, exclusions
from monitor.store.database import Database
from monitor.web.pages import Pages
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Status
from sla.span import HOUR, Span

SPAN = Span(NOW - HOUR, NOW + HOUR)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path, NOW)


def values(text: bytes) -> dict[str, float]:
    samples = (line.rsplit(" ", 1) for line in text.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


async def test_what_was_decided_and_announced_is_told_at_the_next_reading(database: Database, tmp_path: Path) -> None:
    known = configuration(tmp_path, [site("a", "acme"), site("b", "globex")])
    metrics, pages = Metrics("1"), Pages()
    condition = Condition(database, metrics, pages)
    numbers = await database.write(lambda db: catalogue.enlist(db, known, NOW))
    await condition.read(known, NOW)
    before = values(b"".join(condition.parts()))
    proposed = Exclusion("", SPAN, "customer-network", reason="r", evidence=("ticket",))
    said = Announcement(NOW - HOUR, SPAN, Status.CONFIRMED, Impact.OUTAGE)
    entry = audit.Entry(audit.SERVICE, "exclusion.propose", "X-1", {})
    await database.write(lambda db: exclusions.file(db, numbers.sites["a"], proposed, Decision(NOW, Step.PROPOSED, "ann"), NOW))
    await database.write(lambda db: announcements.append(db, numbers.sites["b"], "M-1", (), said, NOW))
    await database.write(lambda db: audit.append(db, NOW, entry))
    pages.put("/", b"public", None, NOW - 7_000)
    pages.put("/p/x/", b"page", None, NOW - 9_000)
    pages.put("/p/y/", b"page", None, NOW - 8_000)
    assert values(b"".join(condition.parts())) == before
    await condition.read(known, NOW)
    after = values(b"".join(condition.parts()))
    assert before['sla_exclusions{customer="acme",site="a",status="proposed"}'] == 0
    assert after['sla_exclusions{customer="acme",site="a",status="proposed"}'] == 1
    assert after['sla_exclusions{customer="globex",site="b",status="proposed"}'] == 0
    assert after['sla_maintenance_active{customer="globex",site="b",impact="OUTAGE"}'] == 1
    own = values(metrics.render())
    assert own["threenines_audit_head_timestamp_seconds"] == NOW / 1000
    assert own['threenines_publish_last_success_timestamp_seconds{target="customers"}'] == NOW / 1000 - 9
    assert own['threenines_publish_last_success_timestamp_seconds{target="public"}'] == NOW / 1000 - 7
    assert own["threenines_store_size_bytes"] == room(database.path).taken > 0
    await condition.read(configuration(tmp_path, [site("b", "globex")]), NOW)
    assert not any('site="a"' in name for name in values(b"".join(condition.parts())))
    database.close()
