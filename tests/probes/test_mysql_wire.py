from __future__ import annotations

import pytest

from probes.mysql_wire import Packets
from probes.probe import Malformed

COLUMN = b"\x03def\x00\x01t\x01t\x01c\x01c" + b"\x0c\x3f\x00\x04\x00\x00\x00\xfd\x00\x00\x00\x00\x00"


def packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


GREETING = packet(0, b"\x0a8.0.30\0" + b"x" * 60)
LOGGED_IN = packet(2, b"\0\0\0\2\0\0\0")
ROWS = b"".join(
    (
        packet(1, b"\1"),
        packet(2, COLUMN),
        packet(3, b"\xfe\0\0\2\0"),
        packet(4, b"\2ab"),
        packet(5, b"\xfb"),
        packet(6, b"\xfe\0\0\2\0"),
    )
)


@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_a_good_conversation_passes_however_it_arrives(piece: int) -> None:
    packets, said = Packets(), GREETING + LOGGED_IN + packet(1, b"\0\0\0\2\0\0\0") + ROWS + ROWS
    for at in range(0, len(said), piece):
        packets(said[at : at + piece])


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(packet(1, b"\xfe" + b"\xff" * 8), id="a count of eight bytes"),
        pytest.param(packet(1, b"\xfb/etc/passwd"), id="a question for a file of ours"),
        pytest.param(packet(1, b"\0\xfe\1\2\3\4\5"), id="an OK whose number is cut off"),
        pytest.param(packet(1, b"\1") + packet(2, b"\xfd\xff\xff\xff" + COLUMN), id="a column's name beyond its packet"),
        pytest.param(packet(1, b"\1") + packet(2, COLUMN[:-4]), id="a column cut off"),
        pytest.param(packet(1, b"\1") + packet(2, COLUMN) + packet(3, b"\xfe" + b"\xff" * 8 + b"a"), id="a negative length"),
        pytest.param(packet(1, b"\1") + packet(2, COLUMN) + packet(3, b"\5ab"), id="a value beyond its row"),
        pytest.param(packet(1, b"\1") + packet(2, COLUMN) + packet(3, b"\xfe\0"), id="an end cut off"),
        pytest.param(packet(1, b"\1") + packet(2, COLUMN) + packet(255, b"\1a"), id="so many rows that numbers begin anew"),
        pytest.param(packet(1, b""), id="nothing"),
        pytest.param(b"\xff\xff\xff\1", id="sixteen megabytes"),
    ],
)
def test_what_the_driver_could_not_bear_is_refused(said: bytes) -> None:
    packets = Packets()
    packets(GREETING + LOGGED_IN)
    with pytest.raises(Malformed):
        packets(said)


def test_an_error_is_the_drivers_to_read_and_ends_of_both_kinds_pass() -> None:
    Packets()(GREETING + packet(2, b"\xff\x15\x04#28000Access denied"))
    Packets()(packet(1, b"\1") + packet(2, COLUMN) + packet(3, b"\xfe\0\0\2\0\0\0\0\0"))


def test_a_login_without_end_is_refused_at_once() -> None:
    with pytest.raises(Malformed, match="more than 20 packets of a login"):
        Packets()(bytes(1 << 20))
