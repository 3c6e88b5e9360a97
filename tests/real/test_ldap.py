"""The ldap kind against OpenLDAP, and against peers that mean no good."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from servers import Serve, banner, bye, garbage, needed, reset, serving, silent
from slapd import BASE, PASSWORD, Slapd

from monitor.clock import monotonic, system_clock
from monitor.stage import ber
from monitor.watch.egress import Egress
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.stall import Stall
from probes.kinds.ldap import Ldap
from probes.probe import Secret, SecretRef
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[Slapd]:
    needed("slapd")
    running = Slapd(tmp_path_factory.mktemp("slapd"), pki)
    yield running
    running.server.stop()


@pytest.fixture
def probe(slapd: Slapd, pki: Path) -> Ldap:
    ref = SecretRef("env:PASSWORD")
    return Ldap("localhost", slapd.tls, ca_file=str(pki / "ca.pem"), user=f"cn=probe,{BASE}", password=ref, base=BASE)


def settled(before: int) -> bool:
    """Whether all look threads have ended and no more files are open than before."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        if not lookers() and len(os.listdir("/proc/self/fd")) <= before:
            return True
        time.sleep(0.02)
    return False


def lookers() -> int:
    return sum(thread.name == "look" for thread in threading.enumerate())


def canary_free(outcome: LookOutcome) -> bool:
    return PASSWORD not in repr(outcome)


async def test_each_mode_binds_and_finds_the_base(runner: Runner, slapd: Slapd, probe: Ldap) -> None:
    for mode, port in (("ldaps", slapd.tls), ("starttls", slapd.plain), ("plain", slapd.plain)):
        outcome = await runner.look(replace(probe, mode=mode, port=port, insecure_plaintext=True), 10)
        assert outcome.finding.state is State.UP, outcome
        assert outcome.finding.facts["ldap_entries"] == 1
        assert outcome.finding.facts["ldap_result_code"] == 0
        assert ("tls_version" in outcome.finding.facts) == (mode != "plain")
        wanted = {"connect", "bind", "search"} | ({"tls"} if mode != "plain" else set())
        assert wanted <= {name for name, _ in outcome.phases} <= wanted | {"resolve", "hello", "tls"}


async def test_an_address_is_a_name_too_and_the_certificate_must_bear_it(runner: Runner, probe: Ldap) -> None:
    assert (await runner.look(replace(probe, host="127.0.0.1"), 10)).finding.state is State.UP
    wrong = await runner.look(replace(probe, server_name="dc1.other.example"), 10)
    assert wrong.finding.cause is Cause.CERT_NAME


@pytest.mark.parametrize(
    ("changes", "cause", "words"),
    [
        ({"base": f"ou=branch,{BASE}"}, Cause.SERVICE_ERROR, "10 referral (not followed)"),
        ({"base": "dc=nowhere,dc=example"}, Cause.SERVICE_ERROR, "32 noSuchObject"),
        ({"base": "no name"}, Cause.SERVICE_ERROR, "34 invalidDNSyntax"),
        ({"where": {"objectClass": "person*)(cn=*"}, "scope": "sub"}, Cause.ASSERT_FAILED, "found 0 entries, wanted at least 1"),
        ({"where": {"uid": "u1"}, "scope": "sub", "min_entries": 2}, Cause.ASSERT_FAILED, "found 1 entries, wanted at least 2"),
        ({"where": {"uid": "u1", "sn": "U"}, "scope": "sub"}, None, ""),
        ({"where": {"sn": "U"}, "scope": "sub", "min_entries": 3}, None, ""),  # the size limit is reached, with entries
        ({"level": "bind", "base": None}, None, ""),
        ({"level": "rootdse", "base": None, "user": None, "password": None}, None, ""),
        ({"active_directory": True}, None, ""),  # OpenLDAP says nothing of being in step, and nothing is no accusation
    ],
)
async def test_each_answer_has_its_cause(
    changes: dict[str, object], cause: Cause | None, words: str, runner: Runner, probe: Ldap
) -> None:
    outcome = await runner.look(replace(probe, **changes), 10)  # type: ignore[arg-type]
    assert outcome.finding.cause is cause, outcome
    assert words in outcome.finding.reason
    assert canary_free(outcome)


@pytest.mark.parametrize(
    ("variant", "cause"), [("expired", Cause.CERT_EXPIRED), ("wronghost", Cause.CERT_NAME), ("stranger", Cause.CERT_CHAIN)]
)
async def test_a_certificate_that_was_swapped_is_named(
    variant: str, cause: Cause, runner: Runner, slapd: Slapd, probe: Ldap
) -> None:
    assert (await runner.look(probe, 10)).finding.state is State.UP
    slapd.show(variant)
    try:
        for mode, port in (("ldaps", slapd.tls), ("starttls", slapd.plain)):
            outcome = await runner.look(replace(probe, mode=mode, port=port), 10)
            assert outcome.finding.cause is cause, outcome
            assert canary_free(outcome)
    finally:
        slapd.show("good")


async def test_a_server_frozen_by_sigstop_is_a_deadline_and_costs_no_thread(runner: Runner, slapd: Slapd, probe: Ldap) -> None:
    for mode, port in (("ldaps", slapd.tls), ("starttls", slapd.plain)):
        frozen = replace(probe, mode=mode, port=port)
        assert (await runner.look(frozen, 10)).finding.state is State.UP  # known to live: not greeted, so the thread hangs
        before = len(os.listdir("/proc/self/fd"))
        slapd.server.freeze()
        try:
            first, began = await runner.look(frozen, 1), time.monotonic()
            assert first.finding.cause is Cause.DEADLINE, first
            assert await asyncio.to_thread(settled, before + 2), "the cut did not free the thread"
            assert time.monotonic() - began < 2
            again = asyncio.create_task(runner.look(frozen, 1))
            await asyncio.sleep(0.5)
            assert lookers() == 0, "a directory that hung is greeted before it gets a thread"
            assert (await again).finding.cause is Cause.DEADLINE
        finally:
            slapd.server.thaw()
        assert (await runner.look(frozen, 10)).finding.state is State.UP


def looking(egress: Egress, secret: Callable[[SecretRef], Secret]) -> Runner:
    return Runner(egress, system_clock, monotonic, Stall(monotonic), secret)


async def test_a_password_that_never_worked_is_our_mistake_and_rests_after_three(egress: Egress, probe: Ldap) -> None:
    now = "wrong-" + PASSWORD
    runner = looking(egress, lambda ref: Secret(now))
    for _ in range(3):
        outcome = await runner.look(probe, 10)
        assert outcome.finding.cause is Cause.CHECK_CONFIG
        assert "49 invalidCredentials" in outcome.finding.reason
        assert canary_free(outcome)
    rested = await runner.look(replace(probe, level="bind", base=None), 10)  # another check that shares it
    assert rested.finding.cause is Cause.PAUSED
    assert rested.phases == (), "nothing may be sent with a credential that rests"
    now = PASSWORD  # its content changes: a new credential
    assert (await runner.look(probe, 10)).finding.state is State.UP


async def test_a_password_that_worked_and_is_refused_is_the_directorys_outage(egress: Egress, slapd: Slapd, probe: Ldap) -> None:
    runner = looking(egress, lambda ref: Secret(PASSWORD))
    assert (await runner.look(probe, 10)).finding.state is State.UP
    stranger = replace(probe, user=f"cn=nobody,{BASE}")  # the same credential, refused: as after a lock
    causes = [(await runner.look(stranger, 10)).finding.cause for _ in range(4)]
    assert causes == [Cause.AUTH_FAILED] * 3 + [Cause.PAUSED]


async def drip_ber(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    for byte in b"\x30\x84\x00\x00\x00\x40" + bytes(64):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.3)


async def flood_ber(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"\x30\x84\x7f\xff\xff\xff" + bytes(8 << 20))
    await writer.drain()


def saying(answer: bytes) -> Serve:
    """A peer that says these bytes to whatever it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            writer.write(answer)
            await writer.drain()

    return serve


def answering(tag: int, code: int, text: bytes = b"", heard: list[bytes] | None = None) -> Serve:
    """A directory that answers every request under its own number with one result."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if heard is not None:
                heard.append(data)
            number = ber.Element(data[0], data[2:] if data[1] < 0x80 else data[3:]).children()[0]
            body = ber.integer(code, ber.ENUMERATED) + ber.encoded(4, b"") + ber.encoded(4, text)
            writer.write(ber.sequence(ber.encoded(2, number.content), ber.encoded(tag, body)))
            await writer.drain()

    return serve


BIND_DONE, EXTENDED_DONE = 0x61, 0x78
WRONG = {
    "extended, other id": bytes.fromhex("300c02017f78070a010004000400"),
    "bind, other id": bytes.fromhex("300c02017f61070a010004000400"),
    "broken off": bytes.fromhex("300602010161010a"),
    "no result": bytes.fromhex("30050201016100"),
    "deep": b"\x30\x82\x27\x10" + b"\x30\x80" * 5000,
}


@pytest.mark.parametrize(
    ("serve", "cause"),
    [
        pytest.param(silent, Cause.DEADLINE, id="silent"),
        pytest.param(drip_ber, Cause.DEADLINE, id="drip"),
        pytest.param(flood_ber, Cause.BODY_TOO_LARGE, id="flood"),
        pytest.param(bye, Cause.TCP_RESET, id="bye"),
        pytest.param(reset, Cause.TCP_RESET, id="reset"),
        pytest.param(garbage, Cause.PROTO_MALFORMED, id="garbage"),
        pytest.param(banner, Cause.PROTO_MALFORMED, id="banner"),
        *(pytest.param(saying(answer), Cause.PROTO_MALFORMED, id=name) for name, answer in WRONG.items()),
        pytest.param(answering(EXTENDED_DONE, 0), Cause.PROTO_MALFORMED, id="bind answered as extended"),
        pytest.param(answering(BIND_DONE, 49, PASSWORD.encode()), Cause.CHECK_CONFIG, id="refused, password quoted"),
        pytest.param(answering(BIND_DONE, 51), Cause.SERVICE_ERROR, id="busy"),
        pytest.param(answering(BIND_DONE, 0), Cause.PROTO_MALFORMED, id="search answered as bind"),
    ],
)
async def test_a_hostile_peer_is_judged_in_time_and_leaves_nothing_behind(serve: Serve, cause: Cause, runner: Runner) -> None:
    async with serving(serve) as port:
        before = len(os.listdir("/proc/self/fd"))
        ref = SecretRef("env:PASSWORD")
        probe = Ldap("127.0.0.1", port, "plain", True, user="cn=probe", password=ref, base=BASE)
        began = time.monotonic()
        outcome = await runner.look(probe, 1.5)
        assert time.monotonic() - began < 2.5
        assert await asyncio.to_thread(settled, before)
    assert outcome.finding.cause is cause, outcome
    assert canary_free(outcome)
    assert outcome.finding.reason.isprintable()


async def test_what_is_counted_under_tls_is_decrypted(runner: Runner, pki: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "good.pem")
    async with serving(flood_ber, context) as port:
        probe = Ldap("localhost", port, ca_file=str(pki / "ca.pem"), user="cn=p", password=SecretRef("env:P"), base=BASE)
        outcome = await runner.look(probe, 5)
    assert outcome.finding.cause is Cause.BODY_TOO_LARGE, outcome


async def test_what_ails_our_account_is_not_the_directorys_outage(runner: Runner) -> None:
    text = b"80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 775, v3839"
    async with serving(answering(BIND_DONE, 49, text)) as port:
        probe = Ldap("127.0.0.1", port, "plain", True, user="cn=probe", password=SecretRef("env:P"), base=BASE)
        finding = (await runner.look(probe, 5)).finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert "the account is locked" in finding.reason


async def test_starttls_that_is_not_offered_is_no_handshake_and_no_password_is_sent(runner: Runner, pki: Path) -> None:
    heard: list[bytes] = []
    async with serving(answering(EXTENDED_DONE, 2, b"", heard)) as port:
        probe = Ldap(
            "127.0.0.1", port, "starttls", ca_file=str(pki / "ca.pem"), user="cn=p", password=SecretRef("env:P"), base=BASE
        )
        finding = (await runner.look(probe, 5)).finding
    assert finding.cause is Cause.TLS_HANDSHAKE, finding
    assert "StartTLS refused: 2 protocolError" in finding.reason
    assert not any(PASSWORD.encode() in data for data in heard)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"base": None}, "base: is missing"),
        ({"user": "cn=a"}, "password: is missing"),
        ({"mode": "plain"}, "mode: plain sends the password in clear"),
        ({"where": {"a)(b": "c"}}, "where: must name attributes"),
        ({"level": "bind"}, "user: is missing"),
        ({"level": "rootdse"}, "base: level rootdse does not search"),
        ({"min_entries": 0}, "min_entries: must be 1 to 1000"),
        ({"port": 0}, "port: must be 1 to 65535"),
        ({"host": "2130706433"}, "host: must be"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
        Ldap(**({"host": "localhost", "base": BASE} | fields))  # type: ignore[arg-type]
