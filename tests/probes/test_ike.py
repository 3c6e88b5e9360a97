"""Knocks are what RFC 7296 says, and of answers only well-formed ones that are ours count."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tunnel_words import ike_answer

from probes import ike
from probes.probe import Malformed

SPI = bytes(range(1, 9))


def test_the_knock_of_version_3_is_a_bare_header() -> None:
    assert ike.version_knock(SPI).hex() == "0102030405060708" + "00" * 8 + "00302208" + "00000000" + "0000001c"


def test_the_offer_adds_up_and_offers_a_cipher_that_nobody_knows() -> None:
    offer = ike.offer_knock(SPI, bytes(ike.CHANCE_SIZE))
    kinds = [kind for kind, _ in ike._payloads(offer[16], offer)]
    assert kinds == [ike.SA, ike.KE, ike.NONCE]
    assert int.from_bytes(offer[24:28], "big") == len(offer)
    assert (65_001).to_bytes(2, "big") in offer[28:60]


@pytest.mark.parametrize(("number", "name"), [(5, "INVALID_MAJOR_VERSION"), (14, "NO_PROPOSAL_CHOSEN"), (9999, "9999")])
def test_an_answer_tells_its_version_and_what_it_notifies(number: int, name: str) -> None:
    answer = ike.answer(ike_answer(SPI, number), SPI)
    assert answer == ike.Answer("2.0", (number,))
    assert answer is not None
    assert answer.said == name


def test_a_datagram_for_somebody_else_is_none_of_ours() -> None:
    assert ike.answer(ike_answer(bytes(8)), SPI) is None
    assert ike.answer(b"", SPI) is None


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (SPI, "IKE header of 8 bytes, wanted 28"),
        (ike_answer(SPI) + b"x", "says 36 bytes and has 37"),
        (ike_answer(SPI)[:19] + b"\x08" + ike_answer(SPI)[20:], "is a request"),
        (ike_answer(SPI)[:30] + b"\xff\xff" + ike_answer(SPI)[32:], "payload of 65535 bytes, wanted 4 to 8"),
        (ike_answer(SPI)[:30] + b"\x00\x03" + ike_answer(SPI)[32:], "payload of 3 bytes"),
        (ike_answer(SPI)[:16] + b"\x00" + ike_answer(SPI)[17:], "8 bytes after the last IKE payload"),
        (ike_answer(SPI)[:33] + b"\x09" + ike_answer(SPI)[34:], "notification breaks off"),
    ],
)
def test_what_does_not_add_up_is_malformed(broken: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        ike.answer(broken, SPI)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(tail: bytes) -> None:
    with contextlib.suppress(Malformed):
        ike.answer(SPI + tail, SPI)
