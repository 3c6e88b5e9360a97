from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from chains import PASSPHRASE, TOPIC, Authority, Responder, made
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from servers import Server, banner, drip, flood, free_port, garbage, needed, reset, serving, silent, started

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.kinds.certificate import Certificate
from probes.kinds.instance import Instance
from probes.kinds.tcp import Tcp
from probes.probe import Finding, Secret, SecretRef
from sla.state import Cause, State

pytestmark = pytest.mark.real

VARIANTS = {
    "good": None,
    "soon": None,
    "expired": Cause.CERT_EXPIRED,
    "notyet": Cause.CERT_NOT_YET_VALID,
    "wronghost": Cause.CERT_NAME,
    "selfsigned": Cause.CERT_CHAIN,
    "stranger": Cause.CERT_CHAIN,
}


@pytest.mark.parametrize("variant", VARIANTS)
async def test_an_https_look_names_what_ails_the_certificate(
    variant: str, runner: Runner, tls_servers: dict[str, Server], pki: Path
) -> None:
    url = f"https://localhost:{tls_servers[variant].port}/"
    outcome = await runner.look(Instance(url=url, ca_file=str(pki / "ca.pem")), 20)
    assert outcome.finding.cause is VARIANTS[variant], outcome
    if VARIANTS[variant] is None:
        assert outcome.finding.facts["tls_version"] == "TLSv1.3"
        assert [name for name, _ in outcome.phases] == ["resolve", "connect", "tls", "processing", "transfer"]


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_certificate_look_has_its_facts_even_if_it_is_refused(
    variant: str, runner: Runner, tls_servers: dict[str, Server], pki: Path
) -> None:
    probe = Certificate(host="localhost", port=tls_servers[variant].port, ca_file=str(pki / "ca.pem"))
    finding = (await runner.look(probe, 20)).finding
    wanted = Cause.EXPIRES_SOON if variant == "soon" else VARIANTS[variant]
    assert finding.cause is wanted, finding
    assert finding.facts["certificate_key"] == "ec 256"
    assert isinstance(finding.facts["ssl_earliest_cert_expiry"], int)


@pytest.mark.parametrize("serve", [silent, banner, reset])
@pytest.mark.parametrize("kind", [Certificate, Tcp])
async def test_who_speaks_no_tls_is_down_by_its_handshake(kind: type, serve: object, runner: Runner, pki: Path) -> None:
    async with serving(serve) as port:  # type: ignore[arg-type]
        more = {"tls": True} if kind is Tcp else {}
        probe = kind(host="localhost", port=port, ca_file=str(pki / "ca.pem"), **more)
        finding = (await runner.look(probe, 1.5)).finding
    assert finding.cause is (Cause.DEADLINE if serve is silent else Cause.TLS_HANDSHAKE), finding


async def test_a_look_cut_inside_the_handshake_leaves_no_socket(runner: Runner, pki: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    async with serving(silent) as port:
        probe = Instance(url=f"https://localhost:{port}/", ca_file=str(pki / "ca.pem"))
        looks = [asyncio.create_task(runner.look(probe, 30)) for _ in range(10)]
        await asyncio.sleep(0.5)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
    for _ in range(50):
        await asyncio.sleep(0.05)
        if len(os.listdir("/proc/self/fd")) <= before:
            break
    assert len(os.listdir("/proc/self/fd")) <= before


async def test_an_unreadable_ca_file_is_our_fault(runner: Runner) -> None:
    finding = (await runner.look(Instance(url="https://localhost/", ca_file="/nonexistent.pem"), 5)).finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)


async def test_a_server_frozen_by_sigstop_is_a_deadline(runner: Runner, pki: Path, tls_servers: dict[str, Server]) -> None:
    server = tls_servers["good"]
    server.freeze()
    try:
        probe = Instance(url=f"https://localhost:{server.port}/", ca_file=str(pki / "ca.pem"))
        finding = (await runner.look(probe, 1)).finding
    finally:
        server.thaw()
    assert finding.cause is Cause.DEADLINE


# -- a whole chain below an intermediate, each leaf ill in its own way

ENDPOINTS: dict[str, tuple[Cause | None, str]] = {
    "good": (None, ""),
    "rsa": (None, ""),
    "bare": (None, ""),
    "ends20": (None, ""),
    "ends10": (None, ""),
    "ends5": (Cause.EXPIRES_SOON, "certificate ends in 5.0 days"),
    "lateinter": (Cause.EXPIRES_SOON, "issuer's certificate CN=Late Intermediate ends in 5.0 days"),
    "expired": (Cause.CERT_EXPIRED, "certificate 0 of the chain refused"),
    "oldinter": (Cause.CERT_EXPIRED, "certificate 1 of the chain refused"),
    "notyet": (Cause.CERT_NOT_YET_VALID, "certificate 0 of the chain refused"),
    "wronghost": (Cause.CERT_NAME, "certificate is for other.example, wanted localhost"),
    "nosan": (Cause.CERT_NAME, "certificate names no host, wanted localhost"),
    "wildcard": (Cause.CERT_NAME, "certificate is for *.tenant.example, wanted localhost"),
    "nochain": (Cause.CERT_CHAIN, "unable to get local issuer certificate"),
    "selfsigned": (Cause.CERT_CHAIN, "self-signed certificate"),
    "weakkey": (Cause.CERT_CHAIN, "rsa 1024 key, refused by current clients"),
    "client": (Cause.CERT_CHAIN, "certificate is not meant for a server"),
    "tls11": (Cause.TLS_HANDSHAKE, "best version is TLSv1.1, wanted at least TLSv1.2"),
}


def s_server(authority: Authority, leaf: str, *more: str) -> Server:
    openssl, port, folder = needed("openssl"), free_port(), authority.folder
    chain = ["-cert_chain", str(folder / f"{leaf}.chain")] if (folder / f"{leaf}.chain").read_bytes() else []
    cert = ["-cert", str(folder / f"{leaf}.pem"), *chain, "-www", "-quiet", *more]
    return started([openssl, "s_server", "-accept", f"127.0.0.1:{port}", *cert], port, folder)


@pytest.fixture(scope="module")
def endpoints(authority: Authority) -> Iterator[dict[str, Server]]:
    weak, old = ("-cipher", "DEFAULT:@SECLEVEL=0"), ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    running = {leaf: s_server(authority, leaf, *(weak if leaf == "weakkey" else ())) for leaf in ENDPOINTS if leaf != "tls11"}
    running["tls11"] = s_server(authority, "rsa", *old)
    running["static"] = s_server(authority, "rsa", "-tls1_2", "-cipher", "AES256-GCM-SHA384")
    yield running
    for server in running.values():
        server.stop()


def probe_of(authority: Authority, port: int, **fields: Any) -> Certificate:
    return Certificate("localhost", port, ca_file=str(authority.folder / "ca.pem"), **{"revocation": False, **fields})


@pytest.mark.parametrize("leaf", ENDPOINTS)
async def test_every_ailment_of_a_chain_has_its_cause_and_the_expiry_is_told_all_the_same(
    leaf: str, runner: Runner, authority: Authority, endpoints: dict[str, Server]
) -> None:
    finding = (await runner.look(probe_of(authority, endpoints[leaf].port), 20)).finding
    cause, words = ENDPOINTS[leaf]
    assert finding.cause is cause, finding
    assert words in finding.reason
    pair = authority.leaves["rsa" if leaf == "tls11" else leaf]
    assert finding.facts["certificate_not_after_timestamp_seconds.leaf"] == pair.cert.not_valid_after_utc.timestamp()
    sent = min(one.not_valid_after_utc.timestamp() for one in (pair.cert, *pair.above))
    assert finding.facts["ssl_earliest_cert_expiry"] == sent
    codes = [notice.code for notice in finding.notices]
    expiring = {
        "ends20": ["expires_soon"],
        "ends10": ["expires_urgent"],
        "ends5": ["expires_urgent"],
        "lateinter": ["expires_urgent"],
    }
    assert codes == expiring.get(leaf, [])
    if finding.state is not State.DOWN and leaf != "bare":
        assert (
            finding.facts["certificate_not_after_timestamp_seconds.root"] == authority.root.cert.not_valid_after_utc.timestamp()
        )


async def test_a_suite_without_forward_secrecy_is_advice(
    runner: Runner, authority: Authority, endpoints: dict[str, Server]
) -> None:
    finding = (await runner.look(probe_of(authority, endpoints["static"].port), 20)).finding
    assert (finding.state, [notice.code for notice in finding.notices]) == (State.UP, ["weak_crypto"])
    newer = (await runner.look(probe_of(authority, endpoints["static"].port, min_tls="1.3"), 20)).finding
    assert newer.cause is Cause.TLS_HANDSHAKE


@pytest.mark.parametrize(
    ("serve", "causes"),
    [
        (silent, {Cause.DEADLINE}),
        (drip, {Cause.TLS_HANDSHAKE}),
        (flood, {Cause.TLS_HANDSHAKE}),
        (garbage, {Cause.TLS_HANDSHAKE}),
        (banner, {Cause.TLS_HANDSHAKE}),
        (reset, {Cause.TLS_HANDSHAKE}),
    ],
)
async def test_hostile_endpoints_are_judged_in_time(serve: Any, causes: set[Cause], runner: Runner, authority: Authority) -> None:
    async with serving(serve) as port:
        finding = (await runner.look(probe_of(authority, port), 1)).finding
    assert finding.cause in causes, finding


# -- revocation


@pytest.fixture
async def trusting(egress: Egress) -> AsyncIterator[Runner]:
    """A runner whose gate takes the loopback for a public place: the responder named in the certificates is there."""
    gate = Egress(Resolver([]), monotonic, connects_per_s=10_000, foreign=lambda address, port: None)
    yield Runner(gate, system_clock, monotonic, Stall(monotonic), lambda ref: Secret("canary-secret"))
    gate.close()


async def looked(runner: Runner, authority: Authority, leaf: str, deadline_s: float = 20, **fields: Any) -> Finding:
    pair = authority.leaves[leaf]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bundle = authority.folder / f"{leaf}.bundle"
    bundle.write_bytes((authority.folder / f"{leaf}.pem").read_bytes() + (authority.folder / f"{leaf}.chain").read_bytes())
    tls.load_cert_chain(bundle)
    assert pair.above
    async with serving(silent, tls) as port:
        return (await runner.look(probe_of(authority, port, **{"revocation": True, **fields}), deadline_s)).finding


@pytest.mark.parametrize(
    ("leaf", "mode", "cause", "word"),
    [
        ("checked", "honest", None, "good"),
        ("revoked", "honest", Cause.CERT_REVOKED, "revoked"),
        ("checked", "unknown", None, "unchecked"),
        ("revoked", "stale", None, "unchecked"),
        ("revoked", "foreign", None, "unchecked"),
        ("revoked", "busy", None, "unchecked"),
        ("revoked", "garbage", None, "unchecked"),
        ("revoked", "broken", None, "unchecked"),
        ("revoked", "reset", None, "unchecked"),
        ("revoked", "silent", None, "unchecked"),
        ("listed", "honest", Cause.CERT_REVOKED, "revoked"),
        ("unlisted", "honest", None, "good"),
        ("listed", "stale", None, "unchecked"),
        ("both", "honest", None, "good"),
        ("both", "garbage", None, "good"),
        ("good", "honest", None, "unchecked"),
    ],
)
async def test_only_a_signed_word_of_today_revokes(
    leaf: str, mode: str, cause: Cause | None, word: str, trusting: Runner, authority: Authority, responder: Responder
) -> None:
    responder.mode = mode
    finding = await looked(trusting, authority, leaf, 2 if mode == "silent" else 20)
    assert (finding.cause, finding.facts["revocation"]) == (cause, word), finding
    unchecked = ["revocation_unchecked"] if word == "unchecked" else []
    assert [notice.code for notice in finding.notices] == unchecked
    assert responder.asked == (2 if (leaf, mode) == ("both", "garbage") else 0 if leaf == "good" else 1)


async def test_a_responder_that_the_target_names_inside_our_network_is_not_asked(
    runner: Runner, authority: Authority, responder: Responder
) -> None:
    finding = await looked(runner, authority, "revoked")
    assert finding.state is State.UP
    assert "a target named port" in finding.notices[0].text
    assert responder.asked == 0
    named_by_us = await looked(runner, authority, "revoked", ocsp_url=authority.ocsp_url)
    assert named_by_us.cause is Cause.CERT_REVOKED
    assert (await looked(runner, authority, "revoked", revocation=False)).notices == ()


async def test_a_stapled_answer_is_enough(trusting: Runner, authority: Authority, responder: Responder, tmp_path: Path) -> None:
    from probes.revocation import question

    for leaf, mode, cause, asked in (
        ("checked", "honest", None, 0),
        ("muststaple", "honest", None, 0),
        ("revoked", "honest", Cause.CERT_REVOKED, 0),
        ("revoked", "stale", Cause.CERT_REVOKED, 1),
    ):
        responder.asked = 0
        staple = tmp_path / f"{leaf}-{mode}.der"
        staple.write_bytes(authority.answer(question(authority.leaves[leaf].cert, authority.inter.cert), mode))
        server = await asyncio.to_thread(s_server, authority, leaf, "-status_file", str(staple))
        try:
            finding = (await trusting.look(probe_of(authority, server.port, revocation=True), 20)).finding
        finally:
            await asyncio.to_thread(server.stop)
        assert (finding.cause, finding.facts["ocsp_stapled"], responder.asked) == (cause, True, asked), (leaf, mode, finding)
        assert finding.notices == ()
    bare = await looked(trusting, authority, "muststaple")
    assert [notice.text for notice in bare.notices] == ["certificate must be stapled, and is not"]


# -- files

REF = SecretRef("env:PASSWORD")


async def file_finding(runner: Runner, path: Path, **fields: Any) -> Finding:
    outcome = await runner.look(Certificate(file=str(path), **fields), 10)
    assert PASSPHRASE not in repr(outcome)
    return outcome.finding


async def test_a_push_certificate_is_known_by_its_topic(runner: Runner, authority: Authority) -> None:
    path = authority.push()
    finding = await file_finding(runner, path, password=REF, purpose="apns", topic=TOPIC)
    assert (finding.state, finding.notices) == (State.UP, ())
    assert finding.facts["apns_topic"] == TOPIC
    other = await file_finding(runner, authority.push("com.example.other"), password=REF, purpose="apns", topic=TOPIC)
    assert other.cause is Cause.ASSERT_FAILED
    assert "enrolled devices would be lost" in other.reason
    for end, state, codes in (
        (50, State.UP, ["expires_soon"]),
        (20, State.UP, ["expires_urgent"]),
        (13, State.DEGRADED, ["expires_urgent"]),
        (-1, State.DOWN, []),
    ):
        finding = await file_finding(runner, authority.push(end=end), password=REF, purpose="apns")
        assert (finding.state, [notice.code for notice in finding.notices]) == (state, codes), end
    assert finding.cause is Cause.CERT_EXPIRED


async def test_a_file_that_cannot_be_opened_is_our_mistake(egress: Egress, authority: Authority, tmp_path: Path) -> None:
    wrong = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret("wrong-" + PASSPHRASE))
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "text.cer").write_bytes(b"hello")
    key = made("nobody")
    (tmp_path / "key.pem").write_bytes(key.private())
    for path, fields in (
        (authority.push(), {"password": REF}),
        (authority.push(), {}),
        (tmp_path / "none.pem", {}),
        (tmp_path / "empty.pem", {}),
        (tmp_path / "text.cer", {}),
        (tmp_path / "key.pem", {}),
        (tmp_path, {}),
    ):
        finding = await file_finding(wrong, path, **fields)
        assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG), (path, finding)


async def test_pem_and_cer_are_judged_by_dates_names_keys_and_trust(runner: Runner, authority: Authority, tmp_path: Path) -> None:
    async def cause_of(leaf: str, **fields: Any) -> Cause | None:
        return (await file_finding(runner, authority.folder / f"{leaf}.pem", **fields)).cause

    ca = str(authority.folder / "ca.pem")
    assert await cause_of("good", names=("localhost",)) is None
    assert await cause_of("good", names=("localhost", "mdm.acme.example")) is Cause.CERT_NAME
    assert await cause_of("wildcard", names=("*.tenant.example", "mdm.tenant.example")) is None
    assert await cause_of("expired") is Cause.CERT_EXPIRED
    assert await cause_of("notyet") is Cause.CERT_NOT_YET_VALID
    assert await cause_of("weakkey") is Cause.CERT_CHAIN
    assert await cause_of("client") is Cause.CERT_CHAIN
    assert await cause_of("client", purpose="client") is None
    assert await cause_of("ends5") is Cause.EXPIRES_SOON
    assert await cause_of("ends5", degraded_days=2, urgent_days=3, notice_days=4) is None
    assert await cause_of("good", ca_file=ca) is Cause.CERT_CHAIN  # without its intermediate no client gets to the root
    assert (await file_finding(runner, authority.folder / "ca.pem", purpose="ca")).state is State.UP
    whole = tmp_path / "whole.pem"
    whole.write_bytes((authority.folder / "good.chain").read_bytes() + (authority.folder / "good.pem").read_bytes())
    sorted_by_key = await file_finding(runner, whole, ca_file=ca, names=("localhost",))
    assert sorted_by_key.state is State.UP, sorted_by_key
    cer = tmp_path / "good.cer"
    cer.write_bytes(authority.leaves["good"].cert.public_bytes(serialization.Encoding.DER))
    assert (await file_finding(runner, cer)).state is State.UP


async def test_a_key_that_is_not_the_certificates_is_told(runner: Runner, authority: Authority, tmp_path: Path) -> None:
    good, other = authority.leaves["good"], authority.leaves["rsa"]
    locked = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    path = tmp_path / "mixed.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", good.key, None, [other.cert], locked))
    finding = await file_finding(runner, path, password=REF)
    assert finding.cause is Cause.CERT_CHAIN
    assert finding.reason == "key in the file belongs to none of its certificates, wanted it to"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "host: must be given or file, got neither"),
        ({"host": "a.example", "file": "/x"}, "host: must be given or file, got both"),
        ({"file": "x.pem"}, "file: must be an absolute path"),
        ({"host": "a.example", "names": ("b.example",)}, "names: is for a file"),
        ({"file": "/x", "topic": "t"}, "topic: is of push certificates"),
        ({"host": "a.example", "ocsp_url": "ldap://x"}, "ocsp_url: must begin with http"),
        ({"host": "a.example", "degraded_days": -1}, "degraded_days: must be 0 to 3650"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Certificate(**fields)
