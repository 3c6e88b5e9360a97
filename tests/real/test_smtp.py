"""The smtp kind against a real mail server, and against peers that mean no good."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from servers import Serve, banner, free_port, garbage, serving, silent

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.kinds.smtp import Smtp
from probes.probe import Secret, SecretRef
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)

PASSWORD = "canary-secret"
REF = SecretRef("env:PASSWORD")


def context(pki: Path, variant: str = "good") -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pki / f"{variant}.pem")
    return made


def login(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    # handled=True would mean that somebody else answers, and nobody would.
    return AuthResult(success=(data.login, data.password) == (b"probe", PASSWORD.encode()), handled=False)


@asynccontextmanager
async def mail_server(at_once: ssl.SSLContext | None = None, **settings: Any) -> AsyncIterator[int]:
    """aiosmtpd, which has no mail to keep: nobody sends any."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(object(), hostname="mail.tenant.example", **settings), "127.0.0.1", 0, ssl=at_once
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def probe_of(port: int, pki: Path, **fields: Any) -> Smtp:
    return Smtp("localhost", port, ca_file=str(pki / "ca.pem"), **fields)


async def test_starttls_and_tls_and_a_login_are_up(runner: Runner, pki: Path) -> None:
    tls = context(pki)
    async with mail_server(tls_context=tls, authenticator=login) as port:
        bare = await runner.look(probe_of(port, pki), 10)
        assert bare.finding.state is State.UP, bare
        assert bare.finding.facts["smtp_starttls"] is True
        assert bare.finding.facts["smtp_status_code"] == 250
        assert bare.finding.facts["tls_version"] == "TLSv1.3"
        assert [name for name, _ in bare.phases] == ["resolve", "connect", "banner", "tls"]
        known = await runner.look(probe_of(port, pki, user="probe", password=REF), 10)
        assert known.finding.state is State.UP, known
        assert known.finding.facts["smtp_status_code"] == 235
        assert known.phases[-1][0] == "auth"
    async with mail_server(at_once=tls) as port:
        assert (await runner.look(probe_of(port, pki, mode="tls"), 10)).finding.state is State.UP
    async with mail_server() as port:
        plain = replace(probe_of(port, pki), mode="plain", insecure_plaintext=True)
        outcome = await runner.look(plain, 10)
        assert (outcome.finding.state, outcome.finding.facts["smtp_starttls"]) == (State.UP, False)
        missing = await runner.look(probe_of(port, pki), 10)
        assert missing.finding.cause is Cause.ASSERT_FAILED
        assert missing.finding.reason == "STARTTLS is not offered, wanted it"


@pytest.mark.parametrize(
    ("variant", "cause"), [("expired", Cause.CERT_EXPIRED), ("wronghost", Cause.CERT_NAME), ("stranger", Cause.CERT_CHAIN)]
)
async def test_the_certificate_is_judged(variant: str, cause: Cause, runner: Runner, pki: Path) -> None:
    async with mail_server(tls_context=context(pki, variant)) as port:
        assert (await runner.look(probe_of(port, pki), 10)).finding.cause is cause
    async with mail_server(at_once=context(pki, variant)) as port:
        assert (await runner.look(probe_of(port, pki, mode="tls"), 10)).finding.cause is cause


async def test_a_refused_login_is_blamed_by_whether_it_ever_worked(egress: Egress, pki: Path) -> None:
    word = "wrong-" + PASSWORD
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(word))
    async with mail_server(tls_context=context(pki), authenticator=login) as port:
        probe = probe_of(port, pki, user="probe", password=REF)
        never = await runner.look(probe, 10)
        assert never.finding.cause is Cause.CHECK_CONFIG
        assert "AUTH answered 535" in never.finding.reason
        assert PASSWORD not in repr(never)
        word = PASSWORD
        assert (await runner.look(probe, 10)).finding.state is State.UP
        lost = await runner.look(replace(probe, user="stranger"), 10)
        assert lost.finding.cause is Cause.AUTH_FAILED


async def test_no_password_is_sent_where_plain_is_not_offered(runner: Runner, pki: Path) -> None:
    async with mail_server(tls_context=context(pki), authenticator=login, auth_exclude_mechanism=["PLAIN"]) as port:
        outcome = await runner.look(probe_of(port, pki, user="probe", password=REF), 10)
    assert outcome.finding.cause is Cause.ASSERT_FAILED
    assert outcome.finding.reason == "AUTH PLAIN is not offered, wanted it"


async def test_a_closed_port_is_refused(runner: Runner, pki: Path) -> None:
    assert (await runner.look(probe_of(free_port(), pki), 5)).finding.cause is Cause.TCP_REFUSED


def script(*answers: bytes) -> Serve:
    """Says the first answer at once, and one more to each line it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer)
            await writer.drain()
            if not await reader.readline():
                return
        await reader.read()

    return serve


async def drip_lines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"2")
        await writer.drain()
        await asyncio.sleep(0.2)


async def flood_lines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"220-" + b"x" * 60 + b"\r\n")
        await writer.drain()


OFFER = b"250-mail\r\n250 STARTTLS\r\n"


@pytest.mark.parametrize(
    ("serve", "cause"),
    [
        pytest.param(silent, Cause.DEADLINE, id="silent"),
        pytest.param(drip_lines, Cause.DEADLINE, id="drip"),
        pytest.param(flood_lines, Cause.PROTO_MALFORMED, id="flood"),
        pytest.param(garbage, Cause.PROTO_MALFORMED, id="garbage"),
        pytest.param(banner, Cause.PROTO_MALFORMED, id="banner"),
        pytest.param(script(), Cause.DEADLINE, id="nothing"),
        pytest.param(script(b"220 hello\r\n"), Cause.DEADLINE, id="mute after banner"),
        pytest.param(script(b"554 go away\r\n"), Cause.SERVICE_ERROR, id="554"),
        pytest.param(script(b"421 busy canary-secret\r\n"), Cause.SERVICE_ERROR, id="421"),
        pytest.param(script(b"220 hi\r\n", b"502 what\r\n"), Cause.SERVICE_ERROR, id="no EHLO"),
        pytest.param(script(b"220 hi\r\n", OFFER, b"454 not now\r\n"), Cause.SERVICE_ERROR, id="no TLS today"),
        pytest.param(script(b"220 hi\r\n", OFFER, b"220 go\r\n250 injected\r\n"), Cause.PROTO_MALFORMED, id="injection"),
        pytest.param(script(b"220 hi\r\n", OFFER, b"220 go\r\n"), Cause.DEADLINE, id="mute in TLS"),
        pytest.param(script(b"220-a\r\n221 b\r\n"), Cause.PROTO_MALFORMED, id="two codes"),
    ],
)
async def test_a_hostile_peer_is_judged_in_time_and_leaves_nothing_behind(
    serve: Serve, cause: Cause, runner: Runner, pki: Path
) -> None:
    async with serving(serve) as port:
        before = len(os.listdir("/proc/self/fd"))
        began = time.monotonic()
        outcome = await runner.look(probe_of(port, pki, user="probe", password=REF), 1.5)
        assert time.monotonic() - began < 2.5
        for _ in range(40):
            if len(os.listdir("/proc/self/fd")) <= before:
                break
            await asyncio.sleep(0.05)
        assert len(os.listdir("/proc/self/fd")) <= before
    assert outcome.finding.cause is cause, outcome
    assert PASSWORD not in repr(outcome)
    assert outcome.finding.reason.isprintable()


async def test_a_peer_that_ends_the_connection_is_a_reset(runner: Runner, pki: Path) -> None:
    async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Closes at once."""

    async with serving(gone) as port:
        assert (await runner.look(probe_of(port, pki), 5)).finding.cause is Cause.TCP_RESET


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"mode": "plain"}, "mode: plain speaks in clear"),
        ({"user": "probe"}, "password: is missing"),
        ({"helo": "a b"}, "helo: must be"),
        ({"port": 0}, "port: must be 1 to 65535"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Smtp("localhost", **fields)
