"""Signatures of our own, judged by two verifiers of others: what is signed holds, and what is changed or added breaks it."""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64encode
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from desk_world import SITE

from monitor.config.configuration import Signing
from monitor.config.load import ConfigurationErrors, load
from monitor.post.signature import SIGNED, signed
from probes.probe import SecretRef
from reports.mail import Calendar, Mail, rendered

HOW = Signing("p.example", "mail2026", SecretRef("env:KEY"))
ROOT = Path(__file__).resolve().parents[3]
MAILAUTH = ROOT / ".venv" / "node" / "node_modules" / "mailauth" / "lib" / "dkim" / "verify.js"
LETTER = rendered(
    Mail(
        message_id="b@p.example",
        sender=("Beispiel Überall", "notices@p.example"),
        recipient=("Ada", "ada@acme.example"),
        subject="[Wartung geändert] acme: Di, 1. Dez. 2026, 23:00 – ein langer Betreff, der über mehr als eine Zeile geht",
        date=1_795_527_440_000,
        language="de",
        plain="Grüße\n" * 30,
        html="<p>Grüße</p>\n",
        first="a@p.example",
        calendar=Calendar("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    )
)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def record(key: RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"


def by_dkimpy(letter: bytes, text: str) -> bool:
    return bool(dkim.verify(letter, dnsfunc=lambda name, timeout=5: text.encode()))


def by_mailauth(letters: list[bytes], text: str) -> list[list[str]]:
    if not MAILAUTH.exists():
        if os.environ.get("CI"):
            pytest.fail("mailauth is missing: sh .make/servers installs it")
        pytest.skip("mailauth is missing: only one verifier judged")
    script = Path(__file__).parent / "verify_dkim.mjs"
    asked = json.dumps([[b64encode(letter).decode(), text] for letter in letters])
    done = subprocess.run(["node", str(script), str(MAILAUTH)], input=asked, capture_output=True, text=True, check=True)
    found: list[list[str]] = json.loads(done.stdout)
    return found


def test_both_verifiers_believe_a_letter_as_it_is_and_no_other(key: RSAPrivateKey) -> None:
    letter, text = signed(LETTER, HOW, {"KEY": pem(key)}), record(key)
    assert letter.endswith(LETTER) and letter.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=p.example;")
    assert max(map(len, letter.split(b"\r\n"))) <= 998 and b"\n" not in letter.replace(b"\r\n", b"")
    spoilt = [letter.replace(b"Gr=C3=BC=C3=9Fe", b"Gr=C3=BC=C3=9Fer", 1)]
    for name in SIGNED:  # a second one above, where some readers look first
        spoilt.append(letter.replace(b"MIME-Version:", f"{name}: x@evil.example\r\nMIME-Version:".encode(), 1))
    assert all(one != letter for one in spoilt)
    assert by_dkimpy(letter, text) and not any(by_dkimpy(one, text) for one in spoilt)
    (good, changed, *added) = by_mailauth([letter, *spoilt], text)
    assert (good, changed) == (["pass"], ["neutral"]), "neutral: the text is not what was signed"
    assert added == [["fail"]] * len(SIGNED)
    stranger = record(generate_private_key(65537, 2048))
    assert not by_dkimpy(letter, stranger) and by_mailauth([letter], stranger) == [["fail"]]


def test_a_letter_without_a_thread_cannot_be_put_into_one(key: RSAPrivateKey) -> None:
    letter = signed(LETTER.replace(b"In-Reply-To", b"X-Was-1").replace(b"References", b"X-Was-2"), HOW, {"KEY": pem(key)})
    assert by_dkimpy(letter, record(key))
    assert not by_dkimpy(letter.replace(b"MIME-Version:", b"In-Reply-To: <z@evil>\r\nMIME-Version:", 1), record(key))


def test_without_a_wish_nothing_is_signed_and_without_a_key_nothing_goes_out() -> None:
    assert signed(LETTER, None, {}) is LETTER
    with pytest.raises(ValueError, match="KEY is not set"):
        signed(LETTER, HOW, {})
    with pytest.raises(ValueError, match="could not be signed"):
        signed(LETTER, HOW, {"KEY": "no key"})


def test_a_key_that_will_not_do_is_told_when_the_configuration_is_read(tmp_path: Path, key: RSAPrivateKey) -> None:
    (tmp_path / "threenines.yaml").write_text(
        'provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\n'
        'mail: {relay: "127.0.0.1:25", tls: none, from: notices@p.example, dkim: {selector: mail2026, key: "env:KEY"}}\n'
    )
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "acme.yaml").write_text(SITE)

    def told(**environ: str) -> str:
        with pytest.raises(ConfigurationErrors) as refused:
            load(tmp_path / "threenines.yaml", environ)
        return str(refused.value)

    short = pem(generate_private_key(65537, 1024))
    assert "expected an RSA key of at least 2,048 bits" in told(KEY=short)
    assert "expected an RSA key in PEM" in told(KEY="secret words") and "secret words" not in told(KEY="secret words")
    assert "environment variable KEY is not set" in told()
    mailing = load(tmp_path / "threenines.yaml", {"KEY": pem(key)}).mailing
    assert mailing is not None and mailing.signing == HOW
