"""The saml kind against a web server with metadata that is good, stale, foreign, forged or hostile."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree
from saml_documents import ENTITY_ID, bomb, federation, metadata
from servers import banner, drip, free_port, garbage, reset, serving, silent
from signxml import XMLSigner  # type: ignore[attr-defined]

from monitor.watch.runner import Runner
from probes.kinds.saml import Saml
from sla.state import Cause, State

pytestmark = pytest.mark.real


@asynccontextmanager
async def shown(text: str | bytes, status: int = 200, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A web server that shows one document; gives its address."""
    body = text.encode() if isinstance(text, str) else text

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\nLocation: https://login.example/?t=canary\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async with serving(serve, tls) as port:
        yield f"{'https' if tls else 'http'}://localhost:{port}/metadata"


def signed(document: str, pki: Path, key: str) -> bytes:
    pem = (pki / f"{key}.pem").read_bytes()
    private = serialization.load_pem_private_key(pem[pem.index(b"-----BEGIN PRIVATE") :], None)
    pem_key = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signer = XMLSigner(signature_algorithm="ecdsa-sha256", c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    root = signer.sign(
        etree.fromstring(document.encode()), reference_uri="#e1", key=pem_key, cert=pem.decode().split("-----BEGIN PRIVATE")[0]
    )
    whole: bytes = etree.tostring(root)
    return whole


def with_the_signature_moved(good: bytes, evil: str) -> bytes:
    """A document that bears a true signature at its root, of a part that is not the first."""
    part = etree.fromstring(good)
    signature = part.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    root = etree.fromstring(federation().encode())
    root.append(etree.fromstring(evil.replace('ID="e1"', 'ID="e2"').encode()))
    root.append(part)
    root.insert(0, signature)
    whole: bytes = etree.tostring(root)
    return whole


async def test_good_metadata_is_up_with_its_facts(runner: Runner, pki: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "good.pem")
    async with shown(metadata([pki / "good.pem"]), tls=context) as url:
        probe = Saml(ENTITY_ID, url, sso_hosts=("idp.tenant.example",), ca_file=str(pki / "ca.pem"))
        outcome = await runner.look(probe, 10)
    finding = outcome.finding
    assert finding.state is State.UP, finding
    assert (finding.facts["saml_signing_certificates"], finding.facts["saml_entity_id"]) == (1, ENTITY_ID)
    assert isinstance(finding.facts["saml_valid_until_timestamp_seconds"], int)
    assert finding.facts["tls_version"] == "TLSv1.3"
    assert [notice.code for notice in finding.notices] == ["metadata_unsigned"]
    assert [name for name, _ in outcome.phases] == ["resolve", "connect", "tls", "processing", "transfer"]


async def judged(runner: Runner, document: str | bytes, **fields: Any) -> Any:
    async with shown(document) as url:
        began = time.monotonic()
        finding = (await runner.look(Saml(ENTITY_ID, url, **fields), 5)).finding
        assert time.monotonic() - began < 6
    assert finding.reason.isprintable()
    return finding


@pytest.mark.parametrize(
    ("certificates", "more", "cause", "words"),
    [
        (["expired"], {}, Cause.CERT_EXPIRED, "every signing certificate has expired"),
        (["soon"], {}, Cause.EXPIRES_SOON, "signing certificate ends in"),
        ([], {}, Cause.ASSERT_FAILED, "no signing certificate"),
        (["good"], {"days": -1}, Cause.ASSERT_FAILED, "validUntil passed at"),
        (["good"], {"entity_id": "https://evil.example/md"}, Cause.ASSERT_FAILED, "metadata is of https://evil.example/md"),
        (["good"], {"location": None}, Cause.ASSERT_FAILED, "no SingleSignOnService"),
        (["good"], {"location": "http://idp.tenant.example/sso"}, Cause.ASSERT_FAILED, "is not https"),
        (["good"], {"location": "https://evil.example/sso"}, Cause.ASSERT_FAILED, "endpoint is on evil.example"),
        (["good"], {"location": "https://[/sso"}, Cause.ASSERT_FAILED, "wanted an address"),
        (["good"], {"descriptor": "SPSSODescriptor"}, Cause.ASSERT_FAILED, "no role idp"),
    ],
)
async def test_each_fault_has_its_cause(
    certificates: list[str], more: dict[str, Any], cause: Cause, words: str, runner: Runner, pki: Path
) -> None:
    document = metadata([pki / f"{name}.pem" for name in certificates], **more)
    finding = await judged(runner, document, sso_hosts=("idp.tenant.example",))
    assert finding.cause is cause, finding
    assert words in finding.reason


async def test_what_lasts_longest_counts_and_the_earlier_one_is_a_notice(runner: Runner, pki: Path) -> None:
    finding = await judged(runner, metadata([pki / "soon.pem", pki / "good.pem"]))
    assert finding.state is State.UP
    assert [notice.code for notice in finding.notices] == ["metadata_unsigned", "rollover"]


async def test_a_service_provider_and_a_member_of_a_federation_are_found(runner: Runner, pki: Path) -> None:
    other = metadata([pki / "good.pem"], entity_id="https://other.example/md")
    provider = metadata([], descriptor="SPSSODescriptor")
    assert (await judged(runner, federation(other, federation(provider)), role="sp")).state is State.UP
    missing = await judged(runner, federation(other, other))
    assert (missing.cause, missing.reason) == (Cause.ASSERT_FAILED, f"metadata is of 2 others, wanted {ENTITY_ID}")


async def test_only_what_the_right_key_signed_is_believed(runner: Runner, pki: Path) -> None:
    document, by = metadata([pki / "good.pem"]), {"signed_by": str(pki / "wronghost.pem")}
    good = signed(document, pki, "wronghost")
    up = await judged(runner, good, **by)
    assert (up.state, up.notices) == (State.UP, ()), up
    assert (await judged(runner, document, **by)).cause is Cause.ASSERT_FAILED
    forged = await judged(runner, signed(document, pki, "stranger"), **by)
    assert forged.cause is Cause.ASSERT_FAILED
    assert "signature does not hold" in forged.reason
    changed = good.replace(b"https://idp.tenant.example/sso", b"https://evil.example/sso")
    assert (await judged(runner, changed, **by)).cause is Cause.ASSERT_FAILED
    wrapped = federation(metadata([pki / "good.pem"], location="https://evil.example/sso"), good.decode())
    assert (await judged(runner, wrapped, **by)).cause is Cause.ASSERT_FAILED
    moved = with_the_signature_moved(good, metadata([pki / "good.pem"], location="https://evil.example/sso"))
    believed = await judged(runner, moved, sso_hosts=("idp.tenant.example",), **by)
    assert believed.state is State.UP, "what stands beside the signed part must not be read"
    by_expired = {"signed_by": str(pki / "expired.pem")}
    assert (await judged(runner, signed(document, pki, "expired"), **by_expired)).state is State.UP, "the key counts"
    assert (await judged(runner, good, signed_by=str(pki / "none.pem"))).cause is Cause.CHECK_CONFIG


@pytest.mark.parametrize(
    ("document", "cause"),
    [
        ("<html><body>Sign in</body></html>", Cause.PROTO_MALFORMED),
        ("", Cause.PROTO_MALFORMED),
        ("<!DOCTYPE html><p>Sign in", Cause.PROTO_MALFORMED),
        (bomb(), Cause.PROTO_MALFORMED),
        ('<!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>', Cause.PROTO_MALFORMED),
        ("<a>" * 100_000 + "</a>" * 100_000, Cause.PROTO_MALFORMED),
        ("<?xml version='1.0' encoding='nonsense'?><a/>", Cause.PROTO_MALFORMED),
        ("<a>" + "x" * (1 << 20) + "</a>", Cause.BODY_TOO_LARGE),
        (federation(), Cause.PROTO_MALFORMED),
    ],
    ids=range(9),
)
async def test_a_hostile_document_is_malformed(document: str, cause: Cause, runner: Runner, pki: Path) -> None:
    assert (await judged(runner, document)).cause is cause
    assert (await judged(runner, document, signed_by=str(pki / "good.pem"))).cause in (cause, Cause.ASSERT_FAILED)


async def test_a_document_type_is_refused_before_good_metadata(runner: Runner, pki: Path) -> None:
    finding = await judged(runner, "<!DOCTYPE x>" + metadata([pki / "good.pem"]))
    assert (finding.cause, "DTDForbidden" in finding.reason) == (Cause.PROTO_MALFORMED, True)


@pytest.mark.parametrize("status", [404, 302])
async def test_another_status_is_no_metadata_and_tokens_of_a_redirect_are_not_told(status: int, runner: Runner) -> None:
    async with shown("", status) as url:
        finding = (await runner.look(Saml(ENTITY_ID, url), 5)).finding
    assert finding.cause is (Cause.HTTP_STATUS if status == 404 else Cause.HTTP_REDIRECT)
    assert "canary" not in finding.reason


@pytest.mark.parametrize(
    ("serve", "cause"),
    [
        (silent, Cause.DEADLINE),
        (drip, Cause.DEADLINE),
        (reset, Cause.TCP_RESET),
        (garbage, Cause.PROTO_MALFORMED),
        (banner, Cause.PROTO_MALFORMED),
    ],
)
async def test_a_hostile_server_is_judged_in_time_and_leaves_nothing_behind(serve: Any, cause: Cause, runner: Runner) -> None:
    async with serving(serve) as port:
        before = len(os.listdir("/proc/self/fd"))
        outcome = await runner.look(Saml(ENTITY_ID, f"http://localhost:{port}/"), 1.5)
        for _ in range(40):
            if len(os.listdir("/proc/self/fd")) <= before:
                break
            await asyncio.sleep(0.05)
        assert len(os.listdir("/proc/self/fd")) <= before
    assert outcome.finding.cause is cause, outcome


async def test_a_file_is_judged_like_an_address_and_one_that_is_missing_is_our_mistake(
    runner: Runner, pki: Path, tmp_path: Path
) -> None:
    path = tmp_path / "metadata.xml"
    path.write_text(metadata([pki / "good.pem"]))
    assert (await runner.look(Saml(ENTITY_ID, file=str(path)), 5)).finding.state is State.UP
    assert (await runner.look(Saml(ENTITY_ID, file=str(tmp_path / "none")), 5)).finding.cause is Cause.CHECK_CONFIG
    assert (await runner.look(Saml(ENTITY_ID, f"http://localhost:{free_port()}/"), 5)).finding.cause is Cause.TCP_REFUSED


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "url: must be given or file, got neither"),
        ({"url": "https://a.example", "file": "/x"}, "got both"),
        ({"url": "https://u:p@a.example"}, "url: must have no user"),
        ({"file": "x"}, "file: must be an absolute path"),
        ({"file": "/x", "sso_hosts": ("127.1",)}, "sso_hosts: must be"),
        ({"file": "/x", "degraded_days": -1}, "degraded_days: must be 0 to 3650"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Saml(ENTITY_ID, **fields)
