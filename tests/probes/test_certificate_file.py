from __future__ import annotations

import random
import time

import pytest
from chains import made
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from probes.certificate_file import MAX_ROUNDS, NothingIn, most_rounds, opened, topic
from probes.probe import Malformed

ROOT = made("Root", ca=True)
LEAF = made("leaf", ROOT, topic="com.example.topic")
PEM, DER = LEAF.cert.public_bytes(Encoding.PEM), LEAF.cert.public_bytes(Encoding.DER)
P12 = pkcs12.serialize_key_and_certificates(b"x", LEAF.key, LEAF.cert, [ROOT.cert], BestAvailableEncryption(b"pass"))
OPEN_P12 = pkcs12.serialize_key_and_certificates(b"x", LEAF.key, LEAF.cert, None, NoEncryption())
LOCKED_KEY = LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pass"))


@pytest.mark.parametrize(
    ("data", "password", "certificates", "fits"),
    [
        (PEM, None, 1, None),
        (b"a line before\n" + PEM + ROOT.cert.public_bytes(Encoding.PEM), None, 2, None),
        (ROOT.cert.public_bytes(Encoding.PEM) + PEM + LEAF.private(), None, 2, True),
        (PEM + LOCKED_KEY, "pass", 1, True),
        (PEM + LOCKED_KEY, None, 1, None),
        (PEM + made("other").private(), None, 1, False),
        (DER, None, 1, None),
        (P12, "pass", 2, True),
        (OPEN_P12, None, 1, True),
    ],
)
def test_each_form_is_seen_and_the_certificate_of_the_key_comes_first(
    data: bytes, password: str | None, certificates: int, fits: bool | None
) -> None:
    kept = opened(data, "auto", password)
    assert (len(kept.chain), kept.key_fits) == (certificates, fits)
    assert kept.chain[0].certificate == LEAF.cert
    assert topic(kept.chain[0]) == "com.example.topic"


SHUT = [(P12, None), (P12, "other"), (b"", None), (b"-----BEGIN X-----", None), (DER[:-1], None)]


@pytest.mark.parametrize(("data", "password"), SHUT)
def test_what_cannot_be_opened_says_so(data: bytes, password: str | None) -> None:
    with pytest.raises(NothingIn):
        opened(data, "auto", password)
    with pytest.raises(NothingIn, match="no certificate in DER"):
        opened(data, "der", password)


@pytest.mark.parametrize("rounds", [1, 2_048, 100_000])
@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256()])
def test_the_rounds_that_a_file_asks_for_are_seen_before_they_are_counted(rounds: int, digest: hashes.HashAlgorithm) -> None:
    locked = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).hmac_hash(digest).build(b"pass")
    data = pkcs12.serialize_key_and_certificates(b"x", LEAF.key, LEAF.cert, [ROOT.cert], locked)
    assert most_rounds(data) == max(rounds, 2_048)  # the library's own number for the seal
    assert len(opened(data, "p12", "pass").chain) == 2


def test_a_file_that_asks_for_too_many_rounds_is_not_opened() -> None:
    locked = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(MAX_ROUNDS + 1).hmac_hash(hashes.SHA256()).build(b"pass")
    data = pkcs12.serialize_key_and_certificates(b"x", LEAF.key, LEAF.cert, None, locked)
    began = time.process_time()
    with pytest.raises(NothingIn, match="asks for 1000001 rounds of key derivation, wanted at most 1000000"):
        opened(data, "auto", "pass")
    assert time.process_time() - began < 0.1


NO_DER = [b"", b"\x30", b"\x30\x80", b"\x30\xff" + b"\xff" * 200, b"\x04\x02\x04\x00\x02\x01\x05" * 3, P12[:50]]


@pytest.mark.parametrize("data", NO_DER)
def test_what_is_no_der_has_what_rounds_it_has(data: bytes) -> None:
    assert most_rounds(data) in (0, 5)


def test_bytes_that_are_nearly_a_file_never_break_it() -> None:
    chance = random.Random(12)
    for good, password in ((PEM + LEAF.private(), None), (OPEN_P12, None)):
        for _ in range(1_500):
            data = bytearray(good)
            for _ in range(chance.randrange(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                opened(bytes(data), "auto", password)
            except (NothingIn, Malformed):
                continue
