"""The stage speaks the real protocols, and each part can be taken away and given back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import dns.asyncquery
import dns.message
import dns.rcode
import httpx
import pytest

from monitor.clock import system_clock
from monitor.stage.stage import HOST_NAME, Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path, system_clock)
    await stage.start()
    yield stage
    await stage.stop()


async def get(url: str, ca_file: Path | None = None) -> httpx.Response:
    trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=str(ca_file)) if ca_file else False
    async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=10) as client:
        return await client.get(url)


async def refused(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def gone(stage: Stage, part: str) -> bool:
    """Refused; behind the tunnel silent, as it is behind a real one that is away."""
    if part != "vpn":
        return await refused(*stage.addresses[part])
    try:
        async with asyncio.timeout(1):
            await refused(*stage.addresses[part])
    except TimeoutError:
        return True
    return False


async def test_nodes_say_up_over_https_with_the_stages_own_ca(stage: Stage) -> None:
    for name in ("node-1", "node-2"):
        answer = await get(f"https://127.0.0.1:{stage.addresses[name][1]}/health", stage.ca_file)
        assert (answer.status_code, answer.json()) == (200, {"status": "UP", "node": name})


async def test_the_vip_balances_and_says_503_when_no_node_is_left(stage: Stage) -> None:
    url = f"http://127.0.0.1:{stage.addresses['vip'][1]}/health"
    assert {(await get(url)).json()["node"] for _ in range(4)} == {"node-1", "node-2"}
    await stage.fail("node-1")
    assert {(await get(url)).json()["node"] for _ in range(4)} == {"node-2"}
    await stage.fail("node-2")
    assert (await get(url)).status_code == 503
    await stage.mend("node-1")
    async with asyncio.timeout(30):
        while (await get(url)).status_code != 200:  # noqa: ASYNC110 - the balancer tells nobody what it sees
            await asyncio.sleep(0.1)


async def ask(stage: Stage, name: str, kind: str, tcp: bool) -> dns.message.Message:
    host, port = stage.addresses["dns"]
    query = dns.message.make_query(name, kind)
    if tcp:
        return await dns.asyncquery.tcp(query, host, 10, port)
    return await dns.asyncquery.udp(query, host, 10, port)


@pytest.mark.parametrize("tcp", [False, True])
async def test_the_zone_is_answered_over_udp_and_tcp(stage: Stage, tcp: bool) -> None:
    found = await ask(stage, "www.acme.example", "A", tcp)
    assert found.answer[0][0].to_text() == "192.0.2.10"
    assert "AA" in found.to_text()
    assert (await ask(stage, "acme.example", "SOA", tcp)).answer[0][0].to_text().startswith("ns.acme.example.")
    missing = await ask(stage, "nowhere.acme.example", "A", tcp)
    assert missing.rcode() == dns.rcode.NXDOMAIN
    assert missing.authority[0].rdtype.name == "SOA"
    no_data = await ask(stage, "www.acme.example", "AAAA", tcp)
    assert (no_data.rcode(), no_data.answer) == (dns.rcode.NOERROR, [])
    assert (await ask(stage, "other.example", "A", tcp)).rcode() == dns.rcode.REFUSED


async def test_the_certificate_is_trusted_by_name_and_short_lived(stage: Stage) -> None:
    host, port = stage.addresses["certificate"]
    trust = ssl.create_default_context(cafile=str(stage.ca_file))
    _, writer = await asyncio.open_connection(host, port, ssl=trust, server_hostname=HOST_NAME)
    certificate = writer.get_extra_info("peercert")
    writer.close()
    lifetime_s = ssl.cert_time_to_seconds(certificate["notAfter"]) - ssl.cert_time_to_seconds(certificate["notBefore"])
    assert 9 * 86_400 < lifetime_s < 11 * 86_400


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_no_private_key_stays_on_disk_but_the_locked_one(stage: Stage, tmp_path: Path) -> None:
    assert sorted(names(tmp_path)) == ["ca.pem", "push.p12"]
    assert stage.push_file.stat().st_mode & 0o077 == 0


async def test_the_licence_tells_seats_and_expiry(stage: Stage) -> None:
    document = (await get(f"http://127.0.0.1:{stage.addresses['licence'][1]}/licence")).json()
    assert document["seats"] == {"total": 250, "used": 181}
    assert document["expires"].endswith("Z")


async def test_every_part_is_gone_while_failed_and_answers_on_the_same_port_after(stage: Stage) -> None:
    before = dict(stage.addresses)
    for part, where in before.items():
        await stage.fail(part)
        assert await gone(stage, part), part
        await stage.mend(part)
        assert not await refused(*where), part
    assert dict(stage.addresses) == before


async def test_failing_the_dns_refuses_datagrams_too(stage: Stage) -> None:
    await stage.fail("dns")
    with pytest.raises((ConnectionRefusedError, dns.exception.Timeout)):
        await dns.asyncquery.udp(dns.message.make_query("acme.example", "SOA"), *_where(stage))
    await stage.mend("dns")
    assert (await ask(stage, "acme.example", "SOA", tcp=False)).answer


def _where(stage: Stage) -> tuple[str, float, int]:
    host, port = stage.addresses["dns"]
    return host, 1.0, port


async def test_failing_cuts_connections_that_are_open(stage: Stage) -> None:
    reader, writer = await asyncio.open_connection(*stage.addresses["ldap"])
    await asyncio.sleep(0.1)
    await stage.fail("ldap")
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionResetError):
            assert await reader.read() == b""
            raise ConnectionResetError
    writer.close()


async def test_rubbish_ends_a_connection_and_nothing_else(stage: Stage) -> None:
    for host, port in stage.addresses.values():
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\xff\x00rubbish\r\n\r\n" * 20)
        writer.write_eof()
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
        writer.close()
    assert json.loads((await get(f"http://127.0.0.1:{stage.addresses['vip'][1]}/health")).content)["status"] == "UP"


async def test_a_part_there_is_not_is_an_error(stage: Stage) -> None:
    with pytest.raises(KeyError):
        await stage.fail("printer")


async def test_a_stage_stops_twice_and_has_no_addresses_then(tmp_path: Path) -> None:
    stage = Stage(tmp_path, system_clock)
    await stage.start()
    await stage.stop()
    await stage.stop()
    with pytest.raises(RuntimeError):
        _ = stage.addresses
