"""vici, strongSwan's control protocol: the associations that the daemon holds. Only ever asked, never told anything.

Each packet is a length of four bytes, a type, for some types a name, and a message: sections, keys and lists in a flat row.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from probes.probe import Malformed
from probes.target import shown

MAX_PACKET = 512 << 10
"""The longest that the protocol allows."""
MAX_DEPTH = 16
REQUEST, RESPONSE, UNKNOWN_COMMAND, REGISTER, UNREGISTER, CONFIRM, UNKNOWN_EVENT, EVENT = range(8)
SECTION, SECTION_END, KEY, LIST, ITEM, LIST_END = range(1, 7)
LIST_SAS, LIST_SA = "list-sas", "list-sa"
UP_STATES = frozenset({"ESTABLISHED", "REKEYING"})
"""Of an IKE association: while it makes its successor it still carries the tunnel."""
CARRYING = frozenset({"INSTALLED", "UPDATING", "REKEYING"})
"""Of a child: its keys are in force."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; ``name`` is the event's, where the type has one."""

    kind: int
    name: str
    message: bytes


@dataclass(frozen=True, slots=True)
class Child:
    """A child association, which carries the data. Ages in seconds; ``idle_in_s`` None before the first packet came."""

    name: str
    state: str
    bytes_in: int
    bytes_out: int
    idle_in_s: int | None
    idle_out_s: int | None
    installed_s: int


@dataclass(frozen=True, slots=True)
class Association:
    """An IKE association of ``connection`` with its children."""

    connection: str
    state: str
    version: str
    children: tuple[Child, ...]


def register(event: str) -> bytes:
    """The packet that asks to hear ``event``."""
    return _packet(REGISTER, event, b"")


def request(command: str, arguments: Mapping[str, str]) -> bytes:
    """The packet that gives ``command``."""
    return _packet(REQUEST, command, b"".join(_key(name, value) for name, value in arguments.items()))


class Packets:
    """Collects bytes into packets. Raises Malformed for one that is longer than the protocol allows."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> None:
        """Bytes arrived."""
        self._rest += data

    def take(self) -> Packet | None:
        """The next packet, or None if it is not complete yet. Raises Malformed."""
        if len(self._rest) < 4:
            return None
        size = int.from_bytes(self._rest[:4], "big")
        if not 1 <= size <= MAX_PACKET:
            raise Malformed(f"vici packet of {size} bytes, wanted 1 to {MAX_PACKET}")
        if len(self._rest) < 4 + size:
            return None
        packet = _taken_apart(bytes(self._rest[4 : 4 + size]))
        del self._rest[: 4 + size]
        return packet


def message(data: bytes) -> Mapping[str, Any]:
    """The tree in a message: text, list of texts or tree by name. Raises Malformed."""
    here: dict[str, Any] = {}
    above: list[dict[str, Any]] = []
    for kind, name, value in _elements(data):
        if kind == SECTION_END:
            if not above:
                raise Malformed("vici section ends that never began")
            here = above.pop()
        elif kind == SECTION:
            if len(above) >= MAX_DEPTH:
                raise Malformed(f"vici sections deeper than {MAX_DEPTH}, wanted fewer")
            above.append(here)
            here[name] = here = {}
        else:
            here[name] = value
    if above:
        raise Malformed("vici message ends inside a section, wanted its end")
    return here


def associations(tree: Mapping[str, Any]) -> tuple[Association, ...]:
    """The associations in a ``list-sa`` event. Raises Malformed for what is none."""
    return tuple(_association(name, _tree(name, section)) for name, section in tree.items())


def _association(name: str, section: Mapping[str, Any]) -> Association:
    children = _tree("child-sas", section.get("child-sas", {}))
    state, version = _text(section, "state"), _text(section, "version")
    return Association(shown(name, 80), state, version, tuple(_child(_tree(key, child)) for key, child in children.items()))


def _child(section: Mapping[str, Any]) -> Child:
    return Child(
        _text(section, "name"),
        _text(section, "state"),
        _number(section, "bytes-in") or 0,
        _number(section, "bytes-out") or 0,
        _number(section, "use-in"),
        _number(section, "use-out"),
        _number(section, "install-time") or 0,
    )


def _tree(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"vici {shown(name, 40)} is no section, wanted one")
    return value


def _text(section: Mapping[str, Any], name: str) -> str:
    value = section.get(name, "")
    if not isinstance(value, str):
        raise Malformed(f"vici {name} is no value, wanted one")
    return shown(value, 80)


def _number(section: Mapping[str, Any], name: str) -> int | None:
    """A count or an age; None where it is not told."""
    text = _text(section, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Malformed(f'vici {name} is "{shown(text, 40)}", wanted a number')
    return int(text)


def _packet(kind: int, name: str, body: bytes) -> bytes:
    content = bytes([kind]) + _named(name) + body
    return struct.pack("!I", len(content)) + content


def _named(name: str) -> bytes:
    data = name.encode()
    return bytes([len(data)]) + data


def _key(name: str, value: str) -> bytes:
    data = value.encode()
    return bytes([KEY]) + _named(name) + struct.pack("!H", len(data)) + data


def _taken_apart(content: bytes) -> Packet:
    kind = content[0]
    if kind not in (RESPONSE, UNKNOWN_COMMAND, CONFIRM, UNKNOWN_EVENT, EVENT):
        raise Malformed(f"vici packet of type {kind}, wanted an answer or an event")
    if kind != EVENT:
        return Packet(kind, "", content[1:])
    name, at = _cut(content, 1, 1)
    return Packet(kind, name, content[at:])


def _elements(data: bytes) -> Iterator[tuple[int, str, str | list[str]]]:
    """(type, name, value) of each element, a list with all its items; empty where the type has none."""
    at = 0
    while at < len(data):
        kind, at = data[at], at + 1
        if kind not in (SECTION, SECTION_END, KEY, LIST):
            raise Malformed(f"vici element of type {kind}, wanted 1 to 4")
        name, value = "", cast("str | list[str]", "")
        if kind != SECTION_END:
            name, at = _cut(data, at, 1)
        if kind == KEY:
            value, at = _cut(data, at, 2)
        elif kind == LIST:
            value, at = _items(data, at)
        yield kind, name, value


def _items(data: bytes, at: int) -> tuple[list[str], int]:
    """The items of the list whose first element is at ``at``, and where it ends."""
    items = []
    while data[at : at + 1] == bytes([ITEM]):
        item, at = _cut(data, at + 1, 2)
        items.append(item)
    if data[at : at + 1] != bytes([LIST_END]):
        raise Malformed("vici list breaks off, wanted its end")
    return items, at + 1


def _cut(data: bytes, at: int, width: int) -> tuple[str, int]:
    """The text behind a length of ``width`` bytes at ``at``, and where it ends."""
    begin = at + width
    end = begin + int.from_bytes(data[at:begin], "big")
    if begin > len(data) or end > len(data):
        raise Malformed("vici element breaks off, wanted the whole of it")
    return data[begin:end].decode("utf-8", "replace"), end
