"""An LDAP directory that answers bind, base search and unbind (RFC 4511)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.stage import ber
from monitor.stage.listening import Talk

Entry = Mapping[str, Sequence[str]]

BIND, BIND_DONE, UNBIND, SEARCH, SEARCH_ENTRY, SEARCH_DONE, EXTENDED_DONE = 0x60, 0x61, 0x42, 0x63, 0x64, 0x65, 0x78
SUCCESS, PROTOCOL_ERROR, NO_SUCH_OBJECT, INVALID_CREDENTIALS, UNWILLING = 0, 2, 32, 49, 53
SIMPLE, PRESENT, EQUALITY = 0x80, 0x87, 0xA3
BASE_OBJECT = 0
NO_ATTRIBUTES = "1.1"


@dataclass(frozen=True, slots=True)
class Directory:
    """Entries by their name in lower case (the rootDSE is ``""``) and the passwords of those who may bind."""

    entries: Mapping[str, Entry]
    passwords: Mapping[str, str]


def speaks_ldap(directory: Directory) -> Talk:
    """A talk that answers LDAP messages until unbind or the end."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (message := await _message(reader)) is not None:
            number, request = message.children()[:2]
            if request.tag == UNBIND:
                return
            for part in answers(directory, request):
                writer.write(ber.sequence(ber.integer(number.number), part))
            await writer.drain()

    return talk


def answers(directory: Directory, request: ber.Element) -> tuple[bytes, ...]:
    """The protocol operations that answer ``request``. Raises ValueError if it does not follow the protocol."""
    if request.tag == BIND:
        return (_result(BIND_DONE, _bound(directory, request)),)
    if request.tag == SEARCH:
        return _found(directory, request)
    return (_result(EXTENDED_DONE, PROTOCOL_ERROR),)


def _bound(directory: Directory, request: ber.Element) -> int:
    _, name, credentials = request.children()[:3]
    if credentials.tag != SIMPLE:
        return UNWILLING
    if not name.content and not credentials.content:
        return SUCCESS
    wanted = directory.passwords.get(name.text.lower())
    return SUCCESS if wanted is not None and wanted == credentials.text else INVALID_CREDENTIALS


def _found(directory: Directory, request: ber.Element) -> tuple[bytes, ...]:
    base, scope, _, _, _, types_only, condition, wanted = request.children()[:8]
    if scope.number != BASE_OBJECT or condition.tag not in (PRESENT, EQUALITY):
        return (_result(SEARCH_DONE, UNWILLING),)
    entry = directory.entries.get(base.text.lower())
    if entry is None:
        return (_result(SEARCH_DONE, NO_SUCH_OBJECT),)
    if not _matches(entry, condition):
        return (_result(SEARCH_DONE, SUCCESS),)
    names = [part.text for part in wanted.children()]
    return (_entry(base.text, entry, names, any(types_only.content)), _result(SEARCH_DONE, SUCCESS))


def _matches(entry: Entry, condition: ber.Element) -> bool:
    held = {name.lower(): [value.lower() for value in values] for name, values in entry.items()}
    if condition.tag == PRESENT:
        return condition.text.lower() in held
    name, value = condition.children()[:2]
    return value.text.lower() in held.get(name.text.lower(), ())


def _entry(name: str, entry: Entry, wanted: Sequence[str], types_only: bool) -> bytes:
    """The entry with the attributes asked for; none named, or ``*``, means all of them."""
    asked = {text.lower() for text in wanted}
    everything = not asked or "*" in asked
    attributes = [
        ber.sequence(ber.octets(key), ber.sequence(*(() if types_only else map(ber.octets, values)), tag=ber.SET))
        for key, values in entry.items()
        if (everything or key.lower() in asked) and NO_ATTRIBUTES not in asked
    ]
    return ber.sequence(ber.octets(name), ber.sequence(*attributes), tag=SEARCH_ENTRY)


def _result(tag: int, code: int) -> bytes:
    return ber.sequence(ber.integer(code, ber.ENUMERATED), ber.octets(""), ber.octets(""), tag=tag)


async def _message(reader: asyncio.StreamReader) -> ber.Element | None:
    """The next LDAP message, or None at the end. Raises ValueError if it is none, EOFError if it breaks off."""
    tag = await reader.read(1)
    if not tag:
        return None
    if tag[0] != ber.SEQUENCE:
        raise ValueError(f"got tag {tag[0]:#x}, wanted an LDAP message")
    first = (await reader.readexactly(1))[0]
    more = ber.long_form(first)
    size = ber.checked(int.from_bytes(await reader.readexactly(more), "big") if more else first)
    return ber.Element(tag[0], await reader.readexactly(size))
