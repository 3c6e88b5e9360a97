"""A secret of an operator's appears nowhere, whatever the peer that was shown it says of it: not in what is stored, shown,
counted, logged or printed. Every kind is held to it: one that is not in ``CASES`` fails here."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import sqlite3
import sys
import traceback
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hostile import RECORDED, VICTIMS, own_number
from memory import PEER, MemoryEgress, MemoryLoop, Peer
from servers import free_port
from tds_server import done, error, greeting, packets, prelogin
from test_hostile_sockets import played

from monitor.clock import monotonic, system_clock
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.probe import Finding, Secret
from probes.registry import kinds

pytestmark = pytest.mark.real
SECRET = "kanarienvogel-7r5"
FORMS = {
    SECRET,
    SECRET.encode().hex(),
    *(base64.b64encode(before + SECRET.encode())[4:-4].decode() for before in (b"abc", b"abcd", b"abcde")),
}
"""As it is, and as protocols dress it: the middle of its base64, wherever it begins."""
ENVIRONMENT = {"CANARY": SECRET, "CANARY_BEAT": f"{SECRET}-{SECRET}"}
THREENINES = str(Path(sys.executable).parent / "threenines")
S = SECRET.encode()


def _mirror(query: bytes, answer: bytes) -> bytes:
    """What the peer heard, in what it says."""
    return answer.replace(b"@HEARD@", query)


def _ldap(code: int) -> bytes:
    text = b"invalid: " + S
    inner = b"\x0a\x01" + bytes([code]) + b"\x04\x00\x04" + bytes([len(text)]) + text
    operation = b"\x61" + bytes([len(inner)]) + inner
    return b"\x30" + bytes([len(operation) + 3]) + b"\x02\x01\x01" + operation


def _pg_error(code: bytes) -> bytes:
    body = b"SFATAL\0C" + code + b"\0Mpassword " + S + b" is wrong\0D" + S + b"\0\0"
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


def _my(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


MOVED = b"HTTP/1.1 302 " + S + b"\r\nLocation: https://u:" + S + b"@evil.example/" + S + b"?t=" + S + b"\r\n\r\n"
BROKEN = b"HTTP/1.1 500 " + S + b"\r\nX-Token: " + S + b"\r\nContent-Length: 17\r\n\r\n" + S[:17].ljust(17)
PLAIN = "mode: plain, insecure_plaintext: true"
LOGIN = "user: probe, password: env:CANARY"
HTTP_FIELDS = f'url: "http://127.0.0.1:PORT/?token={SECRET}"'
DENIED = b"\xff\x15\x04#28000Access denied for " + S


@dataclass(frozen=True)
class Case:
    """Fields of a check that hold the secret, and peers that were shown it and talk of it."""

    fields: str
    peers: Sequence[Peer] = ()


MIRROR = Peer((b"", b"@HEARD@", b"@HEARD@", b"@HEARD@"), _mirror)
HELLO, OFFER = RECORDED["aiosmtpd"][:2]
GREETING = RECORDED["mariadb"][0]
TDS_AGREED = packets(prelogin(2))
CASES: dict[str, Case] = {
    "instance": Case(
        f'{HTTP_FIELDS}, headers: {{Authorization: "Bearer {SECRET}"}}, json: [{{pointer: /a, equals: 1}}]',
        (MIRROR, Peer((b"", MOVED)), Peer((b"", BROKEN)), Peer((b"", b"HTTP/1.1 200 x\r\n\r\n{@HEARD@"), _mirror)),
    ),
    "saml": Case(f"{HTTP_FIELDS}, entity_id: https://e.example", (MIRROR, Peer((b"", MOVED)), Peer((b"", BROKEN)))),
    "ldap": Case(
        f"host: 127.0.0.1, port: PORT, {PLAIN}, {LOGIN}, level: bind",
        (MIRROR, Peer((b"", _ldap(49)), own_number), Peer((b"", _ldap(80)), own_number), Peer((b"", b"\x30\x05" + S))),
    ),
    "database": Case(
        f"engine: postgresql, host: 127.0.0.1, port: PORT, database: mdm, insecure_plaintext: true, {LOGIN}",
        (
            MIRROR,
            Peer((b"", b"R\0\0\0\x08\0\0\0\3", _pg_error(b"28P01"))),
            Peer((b"", b"R\0\0\0\x08\0\0\0\3", _pg_error(b"XX000"))),
            Peer((b"", b"R\0\0\0\x08\0\0\0\3", b"@HEARD@"), _mirror),
        ),
    ),
    "database, mysql": Case(
        f"engine: mysql, host: 127.0.0.1, port: PORT, database: mdm, insecure_plaintext: true, {LOGIN}",
        (
            Peer((GREETING, _my(2, DENIED))),
            Peer((GREETING, _my(2, b"\xfemysql_clear_password\0"), _my(4, DENIED))),
            Peer((GREETING, b"@HEARD@"), _mirror),
        ),
    ),
    "database, mssql": Case(
        f"engine: mssql, host: 127.0.0.1, port: PORT, database: mdm, insecure_plaintext: true, {LOGIN}",
        (
            MIRROR,
            Peer((b"", TDS_AGREED, packets(error(18456, f"Login failed for {SECRET}") + done(2)))),
            Peer((b"", TDS_AGREED, packets(greeting()), packets(error(50000, SECRET) + done(2)))),
            Peer((b"", TDS_AGREED, b"@HEARD@"), _mirror),
            Peer((b"", TDS_AGREED, packets(greeting()), b"@HEARD@"), _mirror),
        ),
    ),
    "smtp": Case(
        f"host: 127.0.0.1, port: PORT, {PLAIN}, {LOGIN}",
        (
            MIRROR,
            Peer((HELLO, OFFER, b"535 5.7.8 " + S + b" is wrong\r\n")),
            Peer((HELLO, OFFER, b"454-@HEARD@454 " + S + b"\r\n"), _mirror),
            Peer((HELLO, OFFER, b"@HEARD@"), _mirror),
            Peer((b"220 " + S + b"\r\n", b"550 " + S + b"\r\n")),
        ),
    ),
    "licensing": Case(
        f'method: http_json, {HTTP_FIELDS}, seats_pointer: /s, used_pointer: /u, secret_headers: {{X-Key: "env:CANARY"}}',
        (MIRROR, Peer((b"", MOVED)), Peer((b"", BROKEN)), Peer((b"", b"HTTP/1.1 200 x\r\n\r\n{@HEARD@"), _mirror)),
    ),
    "load_balancer": Case(
        f'vip: {{{HTTP_FIELDS}}}, nodes: ["127.0.0.1:PORT"], '
        'nitro: {url: "http://127.0.0.1:PORT", user: probe, password: "env:CANARY", vserver: lb, insecure_plaintext: true}',
        (MIRROR, Peer((b"", MOVED)), Peer((b"", BROKEN)), Peer((b"", b"HTTP/1.1 200 x\r\n\r\n{@HEARD@"), _mirror)),
    ),
    "journey": Case(
        f'steps: [{{name: login, {HTTP_FIELDS}, secret_form: {{p: "env:CANARY"}}, contains: never}}]',
        (MIRROR, Peer((b"", MOVED)), Peer((b"", BROKEN)), Peer((b"", b"HTTP/1.1 200 x\r\n\r\n@HEARD@"), _mirror)),
    ),
    "heartbeat": Case('source: {push: "env:CANARY_BEAT"}, every: 10s, grace: 10s'),
    # Kinds that are told no secret.
    "vpn": Case("data: {host: 127.0.0.1, port: PORT}, knock: {host: 127.0.0.1, port: PORT}", (MIRROR,)),
    "icmp": Case("host: 192.0.2.1"),
    "tcp": Case("host: 127.0.0.1, port: PORT, matches: never", (MIRROR,)),
    "dns": Case('servers: ["127.0.0.1:PORT"], name: tenant.example'),
    "certificate": Case("host: 127.0.0.1, port: PORT", (MIRROR,)),
}
MAIN = """provider: {{name: Ops}}
data: {data}
operator: {{bind: "127.0.0.1:{operator}"}}
public: {{bind: "127.0.0.1:{public}"}}
gateway: {{bind: "127.0.0.1:{gateway}"}}
vantages: {{main: {{canaries: ["127.0.0.1:{operator}", "127.0.0.1:{public}"]}}}}
"""
SITE = """id: acme
name: Acme
customer: {id: acme, name: Acme}
contacts: [{name: Ada, email: ada@acme.example}]
components: [{id: part, name: Part, kind: instance}]
checks:
"""
PACE = "component: part, interval: 60s, deadline: 2s"


def holds(text: str | bytes) -> set[str]:
    """The forms of the secret that a text holds."""
    plain = text if isinstance(text, bytes) else text.encode()
    return {form for form in FORMS if form.encode() in plain}


def test_every_kind_is_held_to_it() -> None:
    covered = {name.partition(",")[0] for name in CASES}
    assert covered == set(kinds()), "a kind's case is its fields with the secret and peers that talk of it"


def written(path: Path) -> bytes:
    return path.read_bytes()


def stored(path: Path) -> str:
    """All that the store holds but the checks themselves, whose address and headers are the operator's own words."""
    with sqlite3.connect(path) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "".join(repr(db.execute(f"SELECT * FROM {name}").fetchall()) for name in tables if name != "check_version")


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[tuple[Path, int, int, int]]:
    """A configuration with a check for every case and peer: its path, the ports of both listeners, how many checks."""
    ports, checks = (free_port(), free_port()), []
    async with AsyncExitStack() as stack:
        for name, case in CASES.items():
            places = [await stack.enter_async_context(played(peer)) for peer in case.peers] + [free_port()]
            for port in places:
                kind = name.partition(",")[0]
                fields = case.fields.replace("PORT", str(port))
                checks.append(f"  - {{id: check-{len(checks)}, kind: {kind}, {PACE}, {fields}}}\n")
        (folder / "sites").mkdir()
        (folder / "sites" / "acme.yaml").write_text(SITE + "".join(checks))
        main = folder / "threenines.yaml"
        main.write_text(MAIN.format(data=folder / "data", operator=ports[0], public=ports[1], gateway=free_port()))
        yield main, *ports, len(checks)


async def called(*words: str) -> tuple[int, str]:
    """A command's exit code and all that it printed."""
    environment = os.environ | ENVIRONMENT
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(THREENINES, *words, stdout=pipe, stderr=pipe, env=environment)
    out, err = await process.communicate()
    return process.returncode or 0, (out + err).decode()


async def got(url: str) -> str:
    def fetched() -> str:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    return await asyncio.to_thread(fetched)


async def all_measured(metrics: str, checks: int) -> str:
    """The text of ``/metrics`` once every check has ended a look."""
    for _ in range(150):
        try:
            text = await got(metrics)
        except OSError:
            text = ""
        runs = [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("threenines_probe_runs_total{")]
        if sum(runs) >= checks:
            return text
        await asyncio.sleep(0.2)
    raise AssertionError(text[-2000:])


async def test_a_service_shows_stores_and_logs_no_secret(tmp_path: Path) -> None:
    async with watched(tmp_path) as (main, operator, public, checks):
        log = (tmp_path / "log").open("wb")
        process = await asyncio.create_subprocess_exec(
            THREENINES, "run", "--config", str(main), stdout=log, stderr=log, env=os.environ | ENVIRONMENT
        )
        try:
            seen = {"metrics": await all_measured(f"http://127.0.0.1:{operator}/metrics", checks)}
            for page in ("/", "/public/", "/public/index.json"):
                try:
                    seen[page] = await got(f"http://127.0.0.1:{operator}{page}")
                except OSError:
                    assert page.endswith(".json")
            seen["public"] = await got(f"http://127.0.0.1:{public}/")
        finally:
            process.terminate()
            await process.wait()
            log.close()
    assert not holds(written(tmp_path / "log"))
    stored_ = stored(tmp_path / "data" / "threenines.db")
    assert "wanted" in stored_, "the reasons must be there"
    assert not holds(stored_)
    assert not {name: holds(text) for name, text in seen.items() if holds(text)}


@pytest.mark.parametrize("form", [(), ("--json",), ("--nagios",)])
async def test_a_look_on_the_command_line_prints_no_secret(form: tuple[str, ...], tmp_path: Path) -> None:
    async with watched(tmp_path) as (main, _, _, checks):
        code, printed = await called("check", "acme", "--config", str(main), *form)
    assert code == (2 if form == ("--nagios",) else 1), printed
    assert form == ("--nagios",) or printed.count("check-") >= checks
    assert not holds(printed)


class _Telling(Runner):
    """Keeps what the looks raised."""

    def _blamed(self, fault: Exception, *rest: Any) -> Finding:
        self.raised.append("".join(traceback.format_exception(fault)))
        return super()._blamed(fault, *rest)

    raised: list[str]


@pytest.mark.parametrize("name", VICTIMS)
def test_what_looks_raise_and_all_behind_it_holds_no_secret(name: str, pki: Path) -> None:
    """Exceptions may be logged some day, with all that they were raised from."""
    victim, raised = VICTIMS[name], []
    peers = list(islice(victim.bad(pki, random.Random(f"{name} raises")), 150))

    async def one(peer: Peer, egress: MemoryEgress) -> None:
        PEER.set(peer)
        runner = _Telling(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(SECRET))
        runner.raised = raised
        await runner.look(victim.make(4444, pki), 5)

    async def looks() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        egress = MemoryEgress(Resolver([("127.0.0.1", 9)]), monotonic, connects_per_s=1_000_000)
        await asyncio.gather(*(one(peer, egress) for peer in peers))

    with asyncio.Runner(loop_factory=MemoryLoop) as loop:
        loop.run(looks())
    assert raised
    assert not [text for text in raised if holds(text)]
