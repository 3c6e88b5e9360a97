"""WireGuard's peers out of the interface's answer and of a dump; the private keys in both stay where they are."""

from __future__ import annotations

import pytest
from tunnel_words import DUMP, KEY, SECRET_KEY, UAPI

from probes import wireguard
from probes.probe import Malformed

PEER = wireguard.Peer(KEY, 1_795_520_485, 652, 1316)


def test_the_interface_tells_its_peers() -> None:
    assert wireguard.told(UAPI.split(b"\n")[:-2]) == (PEER,)


def test_the_dump_tells_the_same() -> None:
    assert wireguard.dumped(DUMP) == (PEER,)
    assert wireguard.dumped(b"") == ()


def test_a_peer_that_never_shook_hands_has_zero() -> None:
    assert wireguard.told([b"public_key=" + b"00" * 32])[0].handshake_s == 0


@pytest.mark.parametrize("text", ["", "short", KEY[:-1], KEY + "=", SECRET_KEY, KEY.replace("b", "ü")])
def test_a_key_that_is_none_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^peer: must be a public key") as raised:
        wireguard.checked_key("peer", text)
    assert not text or text not in str(raised.value)


@pytest.mark.parametrize(
    "lines",
    [
        [b"no equals " + SECRET_KEY.encode()],
        [b"errno=1"],
        [b"public_key=" + SECRET_KEY.encode()[:-1]],
        [b"public_key=00", b"rx_bytes=" + SECRET_KEY.encode()],
        [b"public_key=\xff\xff"],
    ],
)
def test_an_answer_that_is_none_is_malformed_and_repeats_nothing(lines: list[bytes]) -> None:
    with pytest.raises(Malformed) as raised:
        wireguard.told(lines)
    assert SECRET_KEY[:20] not in str(raised.value)


@pytest.mark.parametrize("broken", [b"a\tb\n", DUMP.replace(b"652", b"many"), DUMP.replace(b"\t5\n", b"\n")])
def test_a_dump_of_other_columns_is_malformed_and_repeats_nothing(broken: bytes) -> None:
    with pytest.raises(Malformed) as raised:
        wireguard.dumped(broken)
    assert SECRET_KEY[:20] not in str(raised.value)
