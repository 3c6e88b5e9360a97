"""ICMP echoes (RFC 792, RFC 4443) as a ping socket takes and gives them: the kernel writes identifier and checksum."""

from __future__ import annotations

import struct

HEADER = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence number."""
_REQUEST, _REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}


def request(version: int, number: int, payload: bytes) -> bytes:
    """Echo request ``number`` (0 to 65535) of IP ``version``."""
    return HEADER.pack(_REQUEST[version], 0, 0, 0, number) + payload


def number_of(version: int, message: bytes, payload: bytes) -> int | None:
    """The number of the echo that ``message`` answers; None if it answers none of ours."""
    if len(message) < HEADER.size or message[HEADER.size :] != payload:
        return None
    kind, code, _, _, number = HEADER.unpack_from(message)
    return int(number) if (kind, code) == (_REPLY[version], 0) else None
