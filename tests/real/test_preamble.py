"""What is said before TLS, to the real servers of each protocol and to peers that only look like one."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from mariadb import MariaDb
from postgres import Postgres
from servers import Serve, Server, free_port, garbage, needed, serving, silent, started
from slapd import Slapd
from tds_server import SqlServer, error, packets, prelogin, sql_server
from test_smtp import context, mail_server

from monitor.watch.runner import Runner
from probes.kinds.certificate import Certificate
from probes.preamble import Protocol
from sla.state import Cause, State

pytestmark = pytest.mark.real

DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = required
ssl_cert = <{pki}/good.pem
ssl_key = <{pki}/good.pem
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = nopassword=y
}}
"""
PROSODY = """
pidfile = "{folder}/pid"
data_path = "{folder}/data"
daemonize = false
run_as_root = true
network_backend = "select"
modules_enabled = {{ "tls" }}
modules_disabled = {{ "s2s", "posix" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
s2s_ports = {{}}
c2s_require_encryption = true
authentication = "internal_plain"
log = {{ info = "{folder}/log" }}
certificates = "{pki}"
VirtualHost "localhost"
ssl = {{ certificate = "{pki}/good.pem"; key = "{pki}/good.pem" }}
"""


@pytest.fixture(scope="module")
def servers(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Protocol, int]]:
    """One server of each protocol, with the same certificate."""
    with ExitStack() as stack:
        slapd = Slapd(tmp_path_factory.mktemp("slapd"), pki)
        stack.callback(slapd.server.stop)
        postgres, mariadb = Postgres(pki), MariaDb(pki)
        stack.callback(postgres.stop)
        stack.callback(mariadb.stop)
        imap, pop3 = free_port(), free_port()
        mails = _dovecot(pki, imap, pop3)
        stack.callback(mails.stop)
        xmpp = _prosody(pki, tmp_path_factory.mktemp("prosody"))
        stack.callback(xmpp.stop)
        yield {
            "ldap": slapd.plain,
            "postgres": postgres.primary_port,
            "mysql": mariadb.source_port,
            "imap": imap,
            "pop3": pop3,
            "xmpp": xmpp.port,
        }


def _dovecot(pki: Path, imap: int, pop3: int) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="threenines-dovecot-"))
    folder.chmod(0o755)
    user = pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() else "nobody"
    group = subprocess.run(["id", "-gn", user], capture_output=True, text=True, check=True).stdout.strip()
    words = {"folder": folder, "pki": pki, "user": user, "group": group, "imap": imap, "pop3": pop3}
    (folder / "dovecot.conf").write_text(DOVECOT.format_map(words))
    return started([needed("dovecot"), "-F", "-c", str(folder / "dovecot.conf")], imap, folder)


def _prosody(pki: Path, folder: Path) -> Server:
    port = free_port()
    (folder / "data").mkdir()
    (folder / "prosody.cfg.lua").write_text(PROSODY.format(folder=folder, pki=pki, port=port))
    return started([needed("prosody"), "-F", "--config", str(folder / "prosody.cfg.lua")], port, folder)


def probe_of(protocol: Protocol, port: int, pki: Path) -> Certificate:
    return Certificate("localhost", port, starttls=protocol, ca_file=str(pki / "ca.pem"), revocation=False)


@pytest.mark.parametrize("protocol", ["ldap", "postgres", "mysql", "imap", "pop3", "xmpp"])
async def test_a_real_server_is_led_to_tls(protocol: Protocol, servers: dict[Protocol, int], runner: Runner, pki: Path) -> None:
    outcome = await runner.look(probe_of(protocol, servers[protocol], pki), 20)
    assert outcome.finding.state is State.UP, outcome
    assert outcome.finding.facts["certificate_key"] == "ec 256"
    assert [name for name, _ in outcome.phases] == ["resolve", "connect", "preamble", "tls"]


async def test_a_mail_server_is_led_to_tls_and_an_expired_one_is_told(runner: Runner, pki: Path) -> None:
    async with mail_server(tls_context=context(pki)) as port:
        assert (await runner.look(probe_of("smtp", port, pki), 10)).finding.state is State.UP
    async with mail_server(tls_context=context(pki, "expired")) as port:
        assert (await runner.look(probe_of("smtp", port, pki), 10)).finding.cause is Cause.CERT_EXPIRED
    async with mail_server() as port:
        finding = (await runner.look(probe_of("smtp", port, pki), 10)).finding
        assert (finding.cause, finding.reason) == (Cause.ASSERT_FAILED, "STARTTLS is not offered, wanted it")


@pytest.mark.parametrize("cut", [None, 100])
async def test_a_sql_server_is_led_to_tls_inside_its_packets(cut: int | None, runner: Runner, pki: Path) -> None:
    async with sql_server(SqlServer({}, context(pki), cut=cut)) as port:
        outcome = await runner.look(probe_of("mssql", port, pki), 10)
        assert outcome.finding.state is State.UP, outcome
        assert [name for name, _ in outcome.phases] == ["resolve", "connect", "preamble", "tls"]
    async with sql_server(SqlServer({}, context(pki, "expired"))) as port:
        expired = await runner.look(probe_of("mssql", port, pki), 10)
        assert (expired.finding.cause, expired.finding.facts["certificate_key"]) == (Cause.CERT_EXPIRED, "ec 256")


async def test_ldaps_needs_no_preamble(runner: Runner, pki: Path, tmp_path: Path) -> None:
    slapd = await asyncio.to_thread(Slapd, tmp_path / "slapd", pki)
    try:
        assert (await runner.look(probe_of("none", slapd.tls, pki), 10)).finding.state is State.UP
        await asyncio.to_thread(slapd.show, "wronghost")
        assert (await runner.look(probe_of("none", slapd.tls, pki), 10)).finding.cause is Cause.CERT_NAME
        assert (await runner.look(probe_of("ldap", slapd.plain, pki), 10)).finding.cause is Cause.CERT_NAME
    finally:
        await asyncio.to_thread(slapd.server.stop)


def saying_to_each(*answers: bytes) -> Serve:
    """Says the first answer at once and one more to whatever it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer)
            await writer.drain()
            if not await reader.read(4096):
                return
        await reader.read()

    return serve


GREETING = b"\x0a8.0.30\0\x01\0\0\0saltsalt\0\xff\xf7\x08\x02\0\xff\xc1\x15" + bytes(10) + b"a" * 12 + b"\0"
NO_TLS_MYSQL = len(GREETING).to_bytes(3, "little") + b"\0" + GREETING
FEATURES = b"<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
SAID: list[tuple[Protocol, tuple[bytes, ...], Cause]] = [
    ("smtp", (b"554 go away\r\n",), Cause.SERVICE_ERROR),
    ("smtp", (b"220 hi\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n"), Cause.PROTO_MALFORMED),
    ("imap", (b"* BYE busy\r\n",), Cause.SERVICE_ERROR),
    ("imap", (b"* OK hi\r\n", b"* CAPABILITY X\r\na NO not now\r\n"), Cause.SERVICE_ERROR),
    ("imap", (b"* OK hi\r\n", b"a OK go\r\n* injected\r\n"), Cause.PROTO_MALFORMED),
    ("imap", (b"220 a mail server of another kind\r\n",), Cause.PROTO_MALFORMED),
    ("pop3", (b"-ERR busy\r\n",), Cause.SERVICE_ERROR),
    ("pop3", (b"+OK hi\r\n", b"-ERR no TLS\r\n"), Cause.SERVICE_ERROR),
    ("pop3", (b"+OK hi\r\n", b"+OK go\r\n+OK injected\r\n"), Cause.PROTO_MALFORMED),
    ("ldap", (b"", bytes.fromhex("300c02010178070a013504000400")), Cause.SERVICE_ERROR),
    (
        "ldap",
        (b"", bytes.fromhex("3084000000100201017884000000070a013504000400")),
        Cause.SERVICE_ERROR,
    ),
    ("ldap", (b"", bytes.fromhex("300c02010178070a010004000400") + b"more"), Cause.PROTO_MALFORMED),
    ("ldap", (b"", bytes.fromhex("300c02010165070a010004000400")), Cause.PROTO_MALFORMED),
    ("ldap", (b"", b"\x30\x84\xff\xff\xff\xff"), Cause.PROTO_MALFORMED),
    ("postgres", (b"", b"N"), Cause.ASSERT_FAILED),
    ("postgres", (b"", b"E\0\0\0\x08no"), Cause.SERVICE_ERROR),
    ("postgres", (b"", b"Sinjected"), Cause.PROTO_MALFORMED),
    ("postgres", (b"", b"HTTP/1.1 400"), Cause.PROTO_MALFORMED),
    ("mysql", (NO_TLS_MYSQL,), Cause.ASSERT_FAILED),
    ("mysql", (b"\x0e\0\0\0\xff\x10\x04#08004Too m",), Cause.SERVICE_ERROR),
    ("mysql", (b"\x02\0\0\0\x09x",), Cause.PROTO_MALFORMED),
    ("mssql", (b"", packets(prelogin(2))), Cause.ASSERT_FAILED),
    ("mssql", (b"", packets(error(17809))), Cause.SERVICE_ERROR),
    ("mssql", (b"", packets(prelogin(1)) + b"injected"), Cause.PROTO_MALFORMED),
    ("mssql", (b"", packets(b"no options")), Cause.PROTO_MALFORMED),
    ("xmpp", (b"", b"<stream:stream><stream:features></stream:features>"), Cause.ASSERT_FAILED),
    ("xmpp", (b"", FEATURES, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), Cause.SERVICE_ERROR),
    ("xmpp", (b"", FEATURES, b"<proceed/><injected/>"), Cause.PROTO_MALFORMED),
    ("xmpp", (b"", b"x" * 20_000), Cause.PROTO_MALFORMED),
]


@pytest.mark.parametrize(("protocol", "answers", "cause"), SAID)
async def test_a_no_and_a_trick_have_their_causes(
    protocol: Protocol, answers: tuple[bytes, ...], cause: Cause, runner: Runner, pki: Path
) -> None:
    async with serving(saying_to_each(*answers)) as port:
        finding = (await runner.look(probe_of(protocol, port, pki), 3)).finding
    assert finding.cause is cause, finding
    assert finding.reason.isprintable()


@pytest.mark.parametrize("protocol", ["smtp", "imap", "pop3", "ldap", "postgres", "mysql", "mssql", "xmpp"])
async def test_silence_and_garbage_end_in_time(protocol: Protocol, runner: Runner, pki: Path) -> None:
    async with serving(silent) as port:
        mute = (await runner.look(probe_of(protocol, port, pki), 0.5)).finding
    async with serving(garbage) as port:
        noisy = (await runner.look(probe_of(protocol, port, pki), 0.5)).finding
    assert mute.cause is Cause.DEADLINE
    assert noisy.cause in (Cause.PROTO_MALFORMED, Cause.TCP_RESET), noisy
