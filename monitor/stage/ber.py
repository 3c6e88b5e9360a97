"""As much of BER (X.690) as LDAP needs: definite lengths, one-byte tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_LENGTH = 65_536
"""No message of the demo is longer; a length beyond it is refused before anything is read."""

BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x0A, 0x30, 0x31


@dataclass(frozen=True, slots=True)
class Element:
    """A tag (class, form and number in one byte) and its content."""

    tag: int
    content: bytes

    def children(self) -> tuple[Element, ...]:
        """The elements inside. Raises ValueError if the content is no series of elements."""
        return tuple(_elements(self.content))

    @property
    def number(self) -> int:
        """The content as a two's complement integer."""
        return int.from_bytes(self.content, "big", signed=True)

    @property
    def text(self) -> str:
        """The content as UTF-8. Raises ValueError if it is not."""
        return self.content.decode()


def encoded(tag: int, content: bytes) -> bytes:
    """``content`` under ``tag``."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A non-negative integer in as few bytes as hold its sign."""
    return encoded(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: str) -> bytes:
    """A text as an octet string."""
    return encoded(OCTETS, value.encode())


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    """Encoded parts in a constructed element."""
    return encoded(tag, b"".join(parts))


def long_form(first: int) -> int:
    """How many length bytes follow the first one; 0 in the short form. Raises ValueError for what LDAP forbids."""
    if first < 0x80:
        return 0
    more = first & 0x7F
    if not 1 <= more <= 4:
        raise ValueError(f"length of {more} bytes, wanted 1 to 4 (RFC 4511, 5.1: definite lengths only)")
    return more


def checked(size: int) -> int:
    """``size`` if an element may be that long. Raises ValueError otherwise."""
    if size > MAX_LENGTH:
        raise ValueError(f"element of {size} bytes, at most {MAX_LENGTH} are taken")
    return size


def _elements(data: bytes) -> Iterator[Element]:
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("element breaks off")
        tag, first = data[at], data[at + 1]
        more = long_form(first)
        begin = at + 2 + more
        size = checked(int.from_bytes(data[at + 2 : begin], "big") if more else first)
        if begin + size > len(data):
            raise ValueError("element breaks off")
        yield Element(tag, data[begin : begin + size])
        at = begin + size
