"""When certificates and licences end, as looks of the real service saw it, stands in what is published."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from published import NOW, site
from servers import free_port

from monitor.app import Service
from monitor.clock import monotonic, system_clock
from monitor.config.load import load
from monitor.desk.deeds import Request
from monitor.desk.people import Made, host, new_token
from monitor.ends import Ends
from monitor.ports import Result
from monitor.snapshot import Seen, expiry_of
from monitor.store import statements
from monitor.watch.schedule import Plan
from probes.probe import Fact
from sla.calendar import date_of
from sla.span import DAY
from sla.state import State
from sla.texts import instant_text

MAIN = 'provider: {{name: Example}}\noperator: {{bind: "127.0.0.1:{port}"}}\n'
SITE = """\
id: acme
name: Acme
components: [{{id: push, kind: certificate}}, {{id: web, kind: instance}}]
checks: [{{id: push, component: push, kind: certificate, file: "{file}", purpose: client}}]
"""
LEAF, CHAIN, LICENCE = (
    "certificate_not_after_timestamp_seconds.leaf",
    "ssl_earliest_cert_expiry",
    "license_not_after_timestamp_seconds",
)


def certificate(days: int) -> tuple[bytes, int]:
    """A certificate as PEM, and the instant that it ends."""
    now = datetime.fromtimestamp(system_clock() // 1000, UTC)
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days))
    made = builder.sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM), int(made.not_valid_after_utc.timestamp()) * 1000


async def test_a_statement_published_by_the_service_names_what_its_looks_saw(tmp_path: Path) -> None:
    pem, ends = certificate(200)
    (tmp_path / "push.pem").write_bytes(pem)
    path = tmp_path / "threenines.yaml"
    path.write_text(MAIN.format(port=free_port()))
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "acme.yaml").write_text(SITE.format(file=tmp_path / "push.pem"))
    ahead = [0]
    service = Service(path, load(path, {}), {}, lambda: system_clock() + ahead[0], monotonic)
    await service.start()
    try:
        async with asyncio.timeout(20):
            while not service.board.ends():  # noqa: ASYNC110  what is waited for is seen by a look
                await asyncio.sleep(0.05)
        today, ahead[0] = date_of("UTC", system_clock()), 2 * DAY
        made = await service.database.write(lambda db: new_token(db, host("root"), "Ben", ["operate"], system_clock()))
        assert isinstance(made, Made)
        asked = {"site": "acme", "period": f"{today}..{today}"}
        reply = await service.act(Request("statement.issue", asked, "root", made.secret), dry_run=False)
        assert reply.faults == ()
        (issued,) = service.database.look(lambda db: list(statements.every(db)))
        assert issued.about["ends"] == [{"component": "push", "kind": "certificate", "ends_at": instant_text(ends)}]
    finally:
        await service.stop()


def saw(ends: Ends, plan: Plan, **facts: Fact) -> None:
    named = {{"leaf": LEAF, "chain": CHAIN, "licence": LICENCE}[name]: value for name, value in facts.items()}
    ends.saw(plan, Result(NOW, plan.check_no, plan.location_no, NOW, 1.0, State.UP, facts=named))


def test_the_earliest_of_a_components_newest_ends_is_known_while_it_is_watched() -> None:
    web, ldap, spare = (Plan("a", check, "main", number, 1, 0) for number, check in enumerate(site("a", "acme").checks, 1))
    ends = Ends()
    ends.watch([web, ldap, spare])
    assert ends.known() == {}
    saw(ends, web, leaf=9, chain=5)
    saw(ends, ldap, chain=7)
    saw(ends, spare, licence=3, chain=2)
    assert ends.known() == {"a/web": 5_000, "a/ldap": 7_000, "a/spare": 3_000}
    saw(ends, web)  # nothing answered: what was seen last stands
    saw(ends, ldap, chain=8)
    assert ends.known() == {"a/web": 5_000, "a/ldap": 8_000, "a/spare": 3_000}
    ends.watch([web])
    assert ends.known() == {"a/web": 5_000}


def test_a_page_tells_the_earliest_end_that_its_newest_looks_saw_a_licences_too() -> None:
    looks = ({LICENCE: 7, CHAIN: 2}, {LEAF: 9, CHAIN: 8}, {})
    latest = {(no, 1): Result(NOW, no, 1, NOW, 1.0, State.UP, facts=facts) for no, facts in enumerate(looks, 1)}
    assert expiry_of([*latest, (4, 1)], Seen({}, {}, latest)) == 7_000
    assert expiry_of([(3, 1), (4, 1)], Seen({}, {}, latest)) is None
