"""vici's framing and messages, in both directions."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tunnel_words import ASSOCIATION, VICI, vici_message, vici_packet

from probes import vici
from probes.probe import Malformed

NAMES = st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), min_size=1, max_size=20)
TREES = st.recursive(
    st.dictionaries(NAMES, NAMES | st.lists(NAMES, max_size=3), max_size=4),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


def test_the_questions_are_the_bytes_of_the_protocol() -> None:
    assert vici.register("list-sa") == b"\x00\x00\x00\x09\x03\x07list-sa"
    assert vici.request("list-sas", {"ike": "hq"}) == b"\x00\x00\x00\x13\x00\x08list-sas\x03\x03ike\x00\x02hq"


@given(TREES)
def test_a_message_is_read_as_it_was_meant(tree: dict[str, object]) -> None:
    assert vici.message(vici_message(tree)) == tree


@given(st.integers(1, 40))
def test_packets_come_whole_however_they_are_cut(width: int) -> None:
    packets, found = vici.Packets(), []
    stream = b"".join(VICI)
    for at in range(0, len(stream), width):
        packets.feed(stream[at : at + width])
        while (packet := packets.take()) is not None:
            found.append(packet)
    assert [packet.kind for packet in found] == [vici.CONFIRM, vici.EVENT, vici.RESPONSE]
    assert found[1].name == vici.LIST_SA


def test_an_event_becomes_its_associations() -> None:
    assert vici.associations({"acme": ASSOCIATION}) == (
        vici.Association("acme", "ESTABLISHED", "2", (vici.Child("lan", "INSTALLED", 324, 652, 0, 0, 3),)),
    )
    fresh = vici.associations({"acme": {"child-sas": {"lan-1": {"name": "lan"}}}})[0].children[0]
    assert (fresh.idle_in_s, fresh.bytes_in) == (None, 0)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"\x02", "ends that never began"),
        (b"\x01\x01a", "ends inside a section"),
        (b"\x01\x01a" * 17, "deeper than 16"),
        (b"\x03\x01a\x00\x09b", "breaks off"),
        (b"\x03", "breaks off"),
        (b"\x04\x01a\x05\x00\x01b", "list breaks off"),
        (b"\x05\x00\x00", "type 5, wanted 1 to 4"),
        (b"\xff", "type 255"),
    ],
)
def test_a_message_that_does_not_add_up_is_malformed(broken: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        vici.message(broken)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (struct.pack("!I", vici.MAX_PACKET + 1), "wanted 1 to 524288"),
        (struct.pack("!I", 0), "packet of 0 bytes"),
        (vici_packet(vici.REQUEST), "type 0, wanted an answer"),
        (vici_packet(99), "type 99"),
        (struct.pack("!IBB", 2, vici.EVENT, 9), "breaks off"),
    ],
)
def test_a_packet_that_is_none_is_malformed(broken: bytes, said: str) -> None:
    packets = vici.Packets()
    packets.feed(broken)
    with pytest.raises(Malformed, match=said):
        packets.take()


@pytest.mark.parametrize(
    "tree",
    [{"acme": "text"}, {"acme": {"child-sas": []}}, {"acme": {"state": {}}}, {"a": {"child-sas": {"b": {"bytes-in": "many"}}}}],
)
def test_an_event_of_other_shape_is_malformed(tree: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        vici.associations(tree)
