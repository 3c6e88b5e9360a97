from __future__ import annotations

import random
from datetime import timedelta

import pytest
from chains import made, now
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from monitor.clock import system_clock
from probes.chain import UNREADABLE, Link, covers, earliest, facts, links, name_fault, strength_fault, verified, whose
from probes.probe import Malformed
from sla.state import Cause

DAY = 86_400_000


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("mdm.acme.example", "MDM.acme.example", True),
        ("mdm.acme.example.", "mdm.acme.example", True),
        ("*.acme.example", "mdm.acme.example", True),
        ("*.acme.example", "acme.example", False),
        ("*.acme.example", "a.mdm.acme.example", False),
        ("*.example", "acme.example", False),
        ("m*.acme.example", "mdm.acme.example", False),
        ("*", "acme", False),
    ],
)
def test_a_star_stands_for_exactly_the_left_most_label(pattern: str, name: str, fits: bool) -> None:
    assert covers(pattern, name) is fits


def test_an_address_must_be_named_as_one() -> None:
    leaf = Link.of(made("a", names=("localhost", "127.0.0.1", "2001:db8::1")).cert)
    assert name_fault(leaf, "127.0.0.1") is None
    assert name_fault(leaf, "2001:db8::1") is None
    assert name_fault(leaf, "127.0.0.2") == (
        Cause.CERT_NAME,
        "certificate is for localhost, 127.0.0.1, 2001:db8::1, wanted 127.0.0.2",
    )
    assert name_fault(Link.of(made("a", names=("127.0.0.1",)).cert), "localhost") is not None


def signed_by_itself(key: object) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7)  # type: ignore[attr-defined]
    builder = builder.not_valid_before(now()).not_valid_after(now() + timedelta(days=1))
    return builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())  # type: ignore[attr-defined, arg-type]


@pytest.mark.parametrize(
    ("key", "words", "weak"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "ec 256", None),
        (ec.generate_private_key(ec.SECP192R1()), "ec 192", "ec 192 key, refused by current clients"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519", None),
        (dsa.generate_private_key(2048), "dsa", "dsa key, refused by current clients"),
    ],
)
def test_keys_are_named_and_weak_ones_refused(key: object, words: str, weak: str | None) -> None:
    link = Link.of(signed_by_itself(key))
    assert link.key == words
    assert (strength_fault([link]) or (None, None))[1] == weak


def test_the_path_and_the_link_that_ends_first() -> None:
    root = made("Root", ca=True, end=3650)
    inter = made("Inter", root, ca=True, end=3)
    leaf = made("leaf", inter)
    roots = [root.cert.public_bytes(Encoding.DER)]
    at = system_clock()
    shown = links([leaf.cert, *leaf.above])
    path, fault = verified(shown, roots, at)
    assert fault is None
    assert [link.certificate for link in path] == [leaf.cert, inter.cert, root.cert]
    assert whose(earliest(path), path) == "issuer's certificate CN=Inter"
    assert whose(path[0], path) == "certificate"
    assert facts(shown)["certificate_not_after_timestamp_seconds.intermediate"] == inter.cert.not_valid_after_utc.timestamp()
    for later_d, code, place in ((4, Cause.CERT_EXPIRED, 1), (-41, Cause.CERT_NOT_YET_VALID, 2)):
        path, fault = verified(shown, roots, at + later_d * DAY)
        assert path == ()
        assert fault is not None
        assert fault[0] is code
        assert fault[1].startswith(f"certificate {place} of the chain refused")
    assert verified(shown, [], at)[1][0] is Cause.CERT_CHAIN  # type: ignore[index]


def test_a_name_that_breaks_lines_is_shown_escaped() -> None:
    pair = made("evil\nGET / HTTP/1.1", names=("localhost",))
    assert "\n" not in str(facts(links([pair.cert])))


def test_bytes_that_are_nearly_a_certificate_are_read_or_malformed() -> None:
    """4,000 mutations: the library takes some of them, and then every word of them must be readable or refused."""
    chance, taken = random.Random(4), 0
    root = made("Root", ca=True)
    good = made("good", root, ocsp_url="http://a.example", list_url="http://b.example", staple=True)
    roots = [root.cert.public_bytes(Encoding.DER)]
    der = good.cert.public_bytes(Encoding.DER)
    for _ in range(4_000):
        data = bytearray(der)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            found = x509.load_der_x509_certificate(bytes(data))
        except UNREADABLE:
            continue
        taken += 1
        try:
            told = facts(links([found]))
            assert bytes(data) == der or verified(links([found]), roots, system_clock())[1] is not None
        except Malformed:
            continue
        assert all(str(value).isprintable() for value in told.values())
        name_fault(Link.of(found), "localhost")
    assert taken > 500
