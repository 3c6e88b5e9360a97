from __future__ import annotations

import random
from datetime import timedelta

import pytest
from chains import Authority, made, now
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from monitor.clock import system_clock
from probes.revocation import SKEW_MS, by_answer, by_list, lists, must_staple, question, responders

pytestmark = pytest.mark.real

DAY = 86_400_000


@pytest.fixture(scope="module")
def asked(authority: Authority) -> tuple[x509.Certificate, x509.Certificate]:
    return authority.leaves["revoked"].cert, authority.inter.cert


def test_what_a_certificate_says_of_its_services(authority: Authority) -> None:
    both = authority.leaves["both"].cert
    assert (responders(both), lists(both), must_staple(both)) == ((authority.ocsp_url,), (authority.list_url,), False)
    assert (responders(authority.root.cert), lists(authority.root.cert)) == ((), ())
    assert must_staple(authority.leaves["muststaple"].cert)
    assert responders(made("x", ocsp_url="ldap://a.example/").cert) == ()


@pytest.mark.parametrize(
    ("mode", "word", "said"),
    [
        ("honest", "revoked", "says its issuer"),
        ("unknown", "unchecked", "responder does not know the certificate"),
        ("stale", "unchecked", "answer is out of date"),
        ("foreign", "unchecked", "answer is not signed by the issuer"),
        ("busy", "unchecked", "responder said try_later"),
        ("garbage", "unchecked", "answer is no OCSP"),
    ],
)
def test_an_answer_counts_if_it_is_signed_and_of_today(
    mode: str, word: str, said: str, authority: Authority, asked: tuple[x509.Certificate, x509.Certificate]
) -> None:
    standing = by_answer(authority.answer(question(*asked), mode), *asked, system_clock())
    assert standing.word == word
    assert said in standing.said


def test_an_answer_is_in_force_for_its_time_only(authority: Authority, asked: tuple[x509.Certificate, x509.Certificate]) -> None:
    answer, at = authority.answer(question(*asked), "honest"), system_clock() // 1000 * 1000
    words = [by_answer(answer, *asked, at + ms).word for ms in (-SKEW_MS - 3000, -SKEW_MS + 3000, DAY - 3000, DAY + 3000)]
    assert words == ["unchecked", "revoked", "revoked", "unchecked"]


def test_an_answer_for_another_certificate_decides_nothing(authority: Authority) -> None:
    good, revoked = authority.leaves["checked"].cert, authority.leaves["revoked"].cert
    answer = authority.answer(question(revoked, authority.inter.cert), "honest")
    assert by_answer(answer, good, authority.inter.cert, system_clock()).said == "answer is of another certificate"
    twin = made("Test Intermediate", authority.root, ca=True)  # the same name, another key
    assert by_answer(answer, revoked, twin.cert, system_clock()).said == "answer is of another certificate"


@pytest.mark.parametrize("key", [None, 2048, "ed25519"])
def test_every_kind_of_issuing_key_may_sign_for_itself(key: object) -> None:
    issuer = made("Issuer", ca=True, rsa_bits=2048 if key == 2048 else 0)
    leaf = made("leaf", issuer)
    if key == "ed25519":
        secret = ed25519.Ed25519PrivateKey.generate()
        builder = x509.CertificateBuilder(issuer.cert.subject, issuer.cert.subject, secret.public_key(), 9)
        cert = builder.not_valid_before(now()).not_valid_after(now() + timedelta(days=1)).sign(secret, None)
    else:
        secret, cert = issuer.key, issuer.cert
    builder_ = ocsp.OCSPResponseBuilder().add_response(
        leaf.cert, cert, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, now(), None, None, None
    )
    signed = builder_.responder_id(ocsp.OCSPResponderEncoding.NAME, cert).sign(
        secret, None if key == "ed25519" else hashes.SHA256()
    )
    answer = signed.public_bytes(Encoding.DER)
    assert by_answer(answer, leaf.cert, cert, system_clock()).word == "good"
    assert by_answer(answer, leaf.cert, cert, system_clock() + 2 * DAY).word == "unchecked"


def test_a_list_counts_if_it_is_the_issuers_and_of_today(authority: Authority) -> None:
    listed, other, inter = authority.leaves["listed"].cert, authority.leaves["unlisted"].cert, authority.inter.cert
    der, at = authority.revocation_list(), system_clock()
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    assert [by_list(data, listed, inter, at).word for data in (der, pem)] == ["revoked", "revoked"]
    assert by_list(der, other, inter, at).word == "good"
    for data, issuer, later in ((der, authority.root.cert, 0), (der, inter, 8 * DAY), (b"nothing", inter, 0)):
        assert by_list(data, listed, issuer, at + later).word == "unchecked"
    twin = made("Test Intermediate", authority.root, ca=True)
    assert by_list(der, listed, twin.cert, at).said == "revocation list is not the issuer's"


def test_bytes_that_are_nearly_an_answer_never_revoke(
    authority: Authority, asked: tuple[x509.Certificate, x509.Certificate]
) -> None:
    """3,000 mutations of a signed "good": none becomes "revoked", and none breaks us."""
    good, inter = authority.leaves["checked"].cert, authority.inter.cert
    answer, at, chance = authority.answer(question(good, inter), "honest"), system_clock(), random.Random(6)
    der = authority.revocation_list()
    for _ in range(3_000):
        for source, judge in ((answer, by_answer), (der, by_list)):
            data = bytearray(source)
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            assert judge(bytes(data), good, inter, at).word != "revoked"
