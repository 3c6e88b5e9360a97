"""IKEv2 (RFC 7296), as much of it as a knock needs: two messages that leave nothing behind at the peer, and their answers.

Never a whole IKE_SA_INIT: a peer keeps a half-open association for it, and strongSwan ignores for 30 s every set-up from
an address that has five of them. Who knocks so locks out the real peer behind the same address.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from probes.probe import Malformed

HEADER = struct.Struct("!8s8sBBBBII")
"""Initiator's SPI, responder's SPI, next payload, version, exchange, flags, message id, length."""
SPI_SIZE, NONCE_SIZE, KEY_SIZE = 8, 32, 256
CHANCE_SIZE = KEY_SIZE + NONCE_SIZE
NAT_PORT, MARKER = 4500, bytes(4)
"""Where ESP shares the port, four zero bytes tell that a message is IKE (RFC 3948, 2.2)."""
IKE_SA_INIT, INITIATOR, RESPONSE = 34, 0x08, 0x20
VERSION_2, VERSION_3 = 0x20, 0x30
NONE, SA, KE, NONCE, NOTIFY = 0, 33, 34, 40, 41
_LAST, _MORE = 0, 3
_ENCRYPTION, _PRF, _INTEGRITY, _GROUP = 1, 2, 3, 4
_PRIVATE_CIPHER, _HMAC_SHA2_256, _HMAC_SHA2_256_128, _MODP_2048 = 65_001, 5, 12, 14
NOTIFIES = {
    4: "INVALID_IKE_SPI",
    5: "INVALID_MAJOR_VERSION",
    7: "INVALID_SYNTAX",
    14: "NO_PROPOSAL_CHOSEN",
    17: "INVALID_KE_PAYLOAD",
    16390: "COOKIE",
}
"""What peers say to a knock."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A well-formed answer: the version its header bears, like "2.0", and the types of its notifications in order."""

    version: str
    notifies: tuple[int, ...]

    @property
    def said(self) -> str:
        """The first notification by name; empty without any."""
        return next((NOTIFIES.get(number, str(number)) for number in self.notifies), "")


def version_knock(spi: bytes) -> bytes:
    """A bare header of major version 3: a peer answers INVALID_MAJOR_VERSION (2.5) and keeps nothing."""
    return HEADER.pack(spi, bytes(SPI_SIZE), NONE, VERSION_3, IKE_SA_INIT, INITIATOR, 0, HEADER.size)


def offer_knock(spi: bytes, chance: bytes) -> bytes:
    """An IKE_SA_INIT with a cipher nobody knows: refused with NO_PROPOSAL_CHOSEN before a key is computed or anything kept.

    ``chance`` is random: the key share and the nonce, CHANCE_SIZE bytes.
    """
    wanted = ((_ENCRYPTION, _PRIVATE_CIPHER), (_PRF, _HMAC_SHA2_256), (_INTEGRITY, _HMAC_SHA2_256_128), (_GROUP, _MODP_2048))
    transforms = b"".join(
        struct.pack("!BBHBBH", _LAST if kind == _GROUP else _MORE, 0, 8, kind, 0, number) for kind, number in wanted
    )
    proposal = struct.pack("!BBHBBBB", _LAST, 0, 8 + len(transforms), 1, 1, 0, len(wanted)) + transforms
    key = struct.pack("!HH", _MODP_2048, 0) + chance[:KEY_SIZE]
    body = _payload(KE, proposal) + _payload(NONCE, key) + _payload(NONE, chance[KEY_SIZE:])
    return HEADER.pack(spi, bytes(SPI_SIZE), SA, VERSION_2, IKE_SA_INIT, INITIATOR, 0, HEADER.size + len(body)) + body


def answer(message: bytes, spi: bytes) -> Answer | None:
    """The answer in a datagram; None if it is not to us. Raises Malformed if it is, and does not follow IKE."""
    if message[:SPI_SIZE] != spi:
        return None
    if len(message) < HEADER.size:
        raise Malformed(f"IKE header of {len(message)} bytes, wanted {HEADER.size}")
    _, _, kind, version, _, flags, _, length = HEADER.unpack_from(message)
    if length != len(message):
        raise Malformed(f"IKE message says {length} bytes and has {len(message)}, wanted as many")
    if not flags & RESPONSE:
        raise Malformed("IKE message is a request, wanted an answer")
    notifies = tuple(_notify(body) for found, body in _payloads(kind, message) if found == NOTIFY)
    return Answer(f"{version >> 4}.{version & 15}", notifies)


def _payload(following: int, body: bytes) -> bytes:
    return struct.pack("!BBH", following, 0, 4 + len(body)) + body


def _payloads(kind: int, message: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, body) of each payload; the chain ends exactly where the message does."""
    at = HEADER.size
    while kind != NONE:
        if at + 4 > len(message):
            raise Malformed("IKE payload breaks off, wanted its header")
        following, _, size = struct.unpack_from("!BBH", message, at)
        if size < 4 or at + size > len(message):
            raise Malformed(f"IKE payload of {size} bytes, wanted 4 to {len(message) - at}")
        yield kind, message[at + 4 : at + size]
        kind, at = following, at + size
    if at != len(message):
        raise Malformed(f"{len(message) - at} bytes after the last IKE payload, wanted none")


def _notify(body: bytes) -> int:
    """The type of a notification (3.10): protocol, size of the SPI, type."""
    if len(body) < 4 or len(body) < 4 + body[1]:
        raise Malformed("IKE notification breaks off, wanted its type")
    return int.from_bytes(body[2:4], "big")
