"""WireGuard's peers: from the cross-platform interface (``get=1``), or from a file with ``wg show all dump``.

Both also hold private keys. Nothing here repeats a line; of what was read only the named peer's numbers are kept.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from probes.probe import Malformed

ASK = b"get=1\n\n"
MAX_LINES = 50_000
"""A peer has about ten lines."""
KEY_SIZE = 32
_DUMP_PEER, _DUMP_INTERFACE = 9, 5
"""Columns of a row with the interface's name before: of a peer, and of the interface itself."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer by its public key (base64): its last handshake in seconds UTC, 0 if there was none, and bytes both ways."""

    key: str
    handshake_s: int
    bytes_in: int
    bytes_out: int


def checked_key(field: str, text: str) -> str:
    """``text`` itself. Raises ValueError if it is no public key in base64, without repeating it: it may be the private one."""
    try:
        good = len(text) == 44 and len(base64.b64decode(text, validate=True)) == KEY_SIZE
    except (binascii.Error, ValueError):
        good = False
    if not good:
        raise ValueError(f"{field}: must be a public key like those of `wg show`: 44 characters of base64 (got another text)")
    return text


def told(lines: Iterable[bytes]) -> tuple[Peer, ...]:
    """The peers in the answer to ``get=1``, without its last empty line. Raises Malformed."""
    peers: list[dict[bytes, bytes]] = []
    for line in lines:
        name, equals, value = line.partition(b"=")
        if not equals:
            raise Malformed("WireGuard gave a line without =, wanted key=value")
        if name == b"errno" and value != b"0":
            raise Malformed("WireGuard refused to tell, wanted errno=0")
        if name == b"public_key":
            peers.append({})
        if peers:
            peers[-1][name] = value
    return tuple(_peer(peer) for peer in peers)


def dumped(text: bytes) -> tuple[Peer, ...]:
    """The peers in a dump of all interfaces. Raises Malformed."""
    rows = [line.split(b"\t") for line in text.splitlines() if line]
    if any(len(row) not in (_DUMP_PEER, _DUMP_INTERFACE) for row in rows):
        raise Malformed("file has rows of other columns, wanted those of `wg show all dump`")
    return tuple(_dumped(rows))


def _dumped(rows: Iterable[list[bytes]]) -> Iterator[Peer]:
    for row in rows:
        if len(row) == _DUMP_PEER:
            _, key, _, _, _, handshake, came, went, _ = row
            yield Peer(key.decode("utf-8", "replace"), _number(handshake), _number(came), _number(went))


def _peer(lines: dict[bytes, bytes]) -> Peer:
    try:
        key = base64.b64encode(bytes.fromhex(lines[b"public_key"].decode("ascii"))).decode()
    except ValueError:
        raise Malformed("WireGuard gave a public key that is no hex, wanted 64 digits") from None
    numbers = (_number(lines.get(name, b"0")) for name in (b"last_handshake_time_sec", b"rx_bytes", b"tx_bytes"))
    return Peer(key, *numbers)


def _number(text: bytes) -> int:
    if not text.isdigit() or len(text) > 20:
        raise Malformed("WireGuard gave a number that is none, wanted digits")
    return int(text)
