from __future__ import annotations

import struct

import pytest

from probes.probe import Malformed
from probes.tds_tokens import MAX_ROWS, answer

PUBLISHED_GREETING = bytes.fromhex(
    "e31b0001066d0061007300740065007200066d0061007300740065007200ab58004516000002002500430068006100"
    "6e00670065006400200064006100740061006200610073006500200063006f006e007400650078007400200074006f00200027006d00"
    "610073007400650072 0027002e00000000000000e3080007050904d0003400e31700020a750073005f0065006e0067006c00690073006800"
    "00e3130004043400300039003600043400300039003600ab5c0047160000010027004300680061006e0067006500640020006c00610 06e00"
    "67007500610067006500200073006500740074006900 6e006700200074006f002000750073005f0065006e0067006c006900730068002e00"
    "000000000000ad360001720900021 64d006900630072006f0073006f00660074002000530051004c00200053006500720076006500720000"
    "0000000000 0000fd000000000000000000000000".replace(" ", "")
)
"""The example of an answer to a login in MS-TDS 4.4: changes, infos, an acknowledgement of 7.2, an end."""
PUBLISHED_ROW = bytes.fromhex(
    "81010000000000 2000a703000904d00034036200610072 00d10300666f6ffd1000c1000100000000000000".replace(" ", "")
)
"""The example of an answer to a statement in MS-TDS: one column "bar" of varchar(3), one row, an end."""
END = b"\xfd\0\0\0\0" + bytes(8)


def columns(count: int, kind: int = 0xE7, size: int = 120) -> bytes:
    one = struct.pack("<IHBH5sB", 0, 9, kind, size, bytes(5), 1) + b"c\0"
    return b"\x81" + struct.pack("<H", count) + one * count


def text(value: str) -> bytes:
    raw = value.encode("utf-16-le")
    return struct.pack("<H", len(raw)) + raw


def test_the_published_login_is_a_session() -> None:
    assert len(PUBLISHED_GREETING) == 0x161 - 8
    said = answer(PUBLISHED_GREETING)
    assert (said.logged_in, said.errors, said.route, said.rows) == (True, [], False, [])


def test_the_published_row_is_read() -> None:
    assert answer(PUBLISHED_ROW).rows == [("foo",)]


def test_rows_of_both_forms_and_what_is_null() -> None:
    dense = b"\xd1" + text("a") + b"\xff\xff" + text("ü€😀")
    sparse = b"\xd2\x05" + text("b")
    assert answer(columns(3) + dense + sparse + END).rows == [("a", None, "ü€😀"), (None, "b", None)]


def test_what_a_look_has_no_use_for_is_passed_over() -> None:
    between = b"\xa9\2\0\1\0" + b"\x79\0\0\0\0" + b"\xae\x0a\1\0\0\0\1\xff" + b"\xe4\2\0\0\0ab" + b"\xff\0\0\0\0" + bytes(8)
    assert answer(between + columns(1) + b"\xd1" + text("x") + END).rows == [("x",)]


def test_the_first_error_is_the_reason() -> None:
    errors = b"".join(b"\xaa" + struct.pack("<HIBB", 6, number, 1, 14) for number in (4060, 18456))
    assert answer(errors + b"\xfd\2\0\0\0" + bytes(8)).errors == [4060, 18456]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(columns(1), id="no end"),
        pytest.param(END + END, id="more after the end"),
        pytest.param(END[:-1], id="an end cut off"),
        pytest.param(b"\x42" + END, id="a token of nothing"),
        pytest.param(b"\xd1" + text("x") + END, id="a row without columns"),
        pytest.param(columns(1) + b"\xd1\x10\0x\0" + END, id="a value beyond the answer"),
        pytest.param(columns(1, kind=0x1F) + END, id="a type without values, of which rows cost nothing"),
        pytest.param(columns(1, size=0xFFFF) + END, id="a text without bound"),
        pytest.param(columns(17) + END, id="too many columns"),
        pytest.param(columns(1) + (b"\xd1" + text("")) * (MAX_ROWS + 1) + END, id="too many rows"),
        pytest.param(b"\xaa\xff\xff\0" + END, id="an error longer than the answer"),
        pytest.param(b"\xe3\0\0" + END, id="a change of nothing"),
        pytest.param(b"\xae\1\xff\xff\xff\xff" + END, id="a feature of four gigabytes"),
        pytest.param(b"\xad\x05\0\1\x71\0\0\1" + END, id="a server of 2000"),
    ],
)
def test_what_does_not_add_up_is_refused(said: bytes) -> None:
    with pytest.raises(Malformed):
        answer(said)
