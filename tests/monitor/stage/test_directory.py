"""The directory speaks LDAP as written in RFC 4511: byte for byte where a client depends on it."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stage import ber
from monitor.stage.directory import answers, speaks_ldap
from monitor.stage.listening import Listening
from monitor.stage.stage import DIRECTORY

ANONYMOUS_BIND = bytes.fromhex("300c020101600702010304008000")
BOUND = bytes.fromhex("300c02010161070a010004000400")
ROOTDSE = bytes.fromhex("302502010263200400" + "0a01000a0100020100020100010100" + "870b6f626a656374436c617373" + "3000")


def bind(name: str, password: str) -> ber.Element:
    simple = ber.encoded(0x80, password.encode())
    return ber.Element(0x60, ber.integer(3) + ber.octets(name) + simple)


def search(base: str, condition: bytes, *attributes: str, scope: int = 0) -> ber.Element:
    asked = ber.sequence(*map(ber.octets, attributes))
    limits = ber.integer(0) + ber.integer(0) + ber.encoded(ber.BOOLEAN, b"\x00")
    head = ber.octets(base) + ber.integer(scope, ber.ENUMERATED) + ber.integer(0, ber.ENUMERATED)
    return ber.Element(0x63, head + limits + condition + asked)


PRESENT = ber.encoded(0x87, b"objectClass")


def code(answer: bytes) -> int:
    (operation,) = ber.Element(0, answer).children()
    return operation.children()[0].number


def named(answer: bytes) -> dict[str, list[str]]:
    (entry,) = ber.Element(0, answer).children()
    attributes = entry.children()[1].children()
    return {pair.children()[0].text: [v.text for v in pair.children()[1].children()] for pair in attributes}


async def test_anonymous_bind_and_rootdse_over_the_wire() -> None:
    listening = Listening(speaks_ldap(DIRECTORY))
    await listening.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.port)
    writer.write(ANONYMOUS_BIND)
    assert await reader.readexactly(len(BOUND)) == BOUND
    writer.write(ROOTDSE + bytes.fromhex("30050201034200"))
    seen = ber.Element(0, await reader.read()).children()
    assert [message.children()[0].number for message in seen] == [2, 2]
    assert [message.children()[1].tag for message in seen] == [0x64, 0x65]
    writer.close()
    await listening.release()


@pytest.mark.parametrize(
    ("name", "password", "wanted"),
    [
        ("", "", 0),
        ("cn=probe,dc=acme,dc=example", "demo", 0),
        ("CN=probe,DC=acme,DC=example", "demo", 0),
        ("cn=probe,dc=acme,dc=example", "wrong", 49),
        ("cn=nobody", "demo", 49),
        ("cn=probe,dc=acme,dc=example", "", 49),
    ],
)
def test_bind_tells_right_from_wrong(name: str, password: str, wanted: int) -> None:
    assert [code(answer) for answer in answers(DIRECTORY, bind(name, password))] == [wanted]


def test_base_search_finds_the_entry_with_what_was_asked() -> None:
    entry, done = answers(DIRECTORY, search("dc=acme,dc=example", PRESENT))
    assert named(entry) == {"objectClass": ["top", "domain"], "dc": ["acme"]}
    assert code(done) == 0
    assert named(answers(DIRECTORY, search("dc=acme,dc=example", PRESENT, "DC"))[0]) == {"dc": ["acme"]}
    assert named(answers(DIRECTORY, search("dc=acme,dc=example", PRESENT, "1.1"))[0]) == {}


def test_equality_is_judged_and_what_is_not_spoken_is_refused() -> None:
    equal = ber.sequence(ber.octets("dc"), ber.octets("ACME"), tag=0xA3)
    other = ber.sequence(ber.octets("dc"), ber.octets("globex"), tag=0xA3)
    assert len(answers(DIRECTORY, search("dc=acme,dc=example", equal))) == 2
    assert [code(one) for one in answers(DIRECTORY, search("dc=acme,dc=example", other))] == [0]
    assert [code(one) for one in answers(DIRECTORY, search("dc=nowhere", PRESENT))] == [32]
    assert [code(one) for one in answers(DIRECTORY, search("", PRESENT, scope=2))] == [53]
    assert [code(one) for one in answers(DIRECTORY, ber.Element(0x77, b""))] == [2]


@given(st.binary(max_size=300))
def test_any_bytes_are_answered_or_refused_as_a_value_error(content: bytes) -> None:
    for tag in (0x60, 0x63):
        with contextlib.suppress(ValueError):
            answers(DIRECTORY, ber.Element(tag, content))
