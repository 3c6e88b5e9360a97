from __future__ import annotations

import struct

import pytest

from probes import tds
from probes.probe import Malformed
from probes.sql import Login
from probes.tds import ANSWER, Messages

PUBLISHED_PRELOGIN = bytes.fromhex(
    "0000 1a00 0601 0020 0001 0200 2100 0103 0022 0000 0400 2200 01ff 0b00 0bb8 0000 0100 01".replace(" ", "")
)
"""What a SQL Server 2012 SP1 (11.0.3000) answered, as published with a capture of its port: TLS, no name, one session."""
PUBLISHED_LOGIN = bytes.fromhex(
    "8800000002000972001000000000000700010000000000 00e0030000000000000904 00005e0008006e000200720000007200"
    "07008000000080000000800004008800000088000000 00508be2b78f880000008800000088000000 00000000"
    "73006b006f007300740 06f0076003100730061004f00530051004c002d0033003200 4f00440042004300".replace(" ", "")
)
"""The example of a login in MS-TDS 4.2: host skostov1, account sa, no password, OSQL-32, ODBC."""
WHO = Login("probe", "geheim ü", "mdm", 5000, "sql1.example")


def fields(login: bytes) -> list[str]:
    """The nine texts of a login, as its offsets and counts say."""
    places = struct.unpack_from("<18H", login, 36)
    return [login[at : at + 2 * count].decode("utf-16-le") for at, count in zip(places[::2], places[1::2], strict=True)]


def test_a_login_is_laid_out_as_the_published_one() -> None:
    ours = tds.login(WHO)
    assert fields(PUBLISHED_LOGIN) == ["skostov1", "sa", "", "OSQL-32", "", "", "ODBC", "", ""]
    assert fields(ours)[:2] + fields(ours)[3:] == [
        "threenines", "probe", "threenines", "sql1.example", "", "threenines", "", "mdm"
    ]  # fmt: skip
    for login in (ours, PUBLISHED_LOGIN):
        total, _, size = struct.unpack_from("<III", login)
        assert (total, size) == (len(login), 4096)
        assert struct.unpack_from("<H", login, 36) == (94,)  # the first text lies right behind the head
        assert struct.unpack_from("<H", login, 78) == struct.unpack_from("<H", login, 82)  # nothing of SSPI, no file
        assert login[90:94] == bytes(4)
    assert ours[4:8] == bytes.fromhex("04000074"), "7.4, with its bytes as Microsoft's own clients send them"
    assert (ours[24:28], PUBLISHED_LOGIN[24:28]) == (b"\xe0\x02\0\0", b"\xe0\x03\0\0")  # theirs also insists on the language


def test_a_password_is_swapped_and_masked() -> None:
    login = tds.login(Login("test", "secret", "", 5000))
    at, count = struct.unpack_from("<HH", login, 44)
    assert login[at : at + 2 * count].hex() == "92a5f3a593a582a5f3a5e2a5", "as Microsoft's driver for Go sends it"


def test_it_tells_nothing_of_our_machine_and_its_intent_only_if_it_has_one() -> None:
    ours = tds.login(WHO)
    assert ours[16:24] == bytes(8)  # process and connection
    assert ours[72:78] == bytes(6)  # the network card
    assert tds.login(Login("a", "b", "c", 1, read_only=True))[26] == 0x20


def test_an_offer_has_its_options_where_it_says() -> None:
    offer = tds.prelogin(tds.TLS_ON)
    assert tds.encryption(offer) == tds.TLS_ON
    assert len(tds.packet(tds.PRELOGIN, offer)) == 47, "as long as the example in MS-TDS 4.1, which offers the same"
    assert tds.packet(tds.PRELOGIN, offer)[:8].hex() == "1201002f00000100"


def test_what_a_server_says_of_tls() -> None:
    assert tds.encryption(PUBLISHED_PRELOGIN) == tds.TLS_ON
    assert tds.encryption(b"\0\0\6\0\0\xff") == tds.TLS_NONE
    for broken in (b"", b"\1\0\6", b"\1\0\6\0\1\xff", PUBLISHED_PRELOGIN[:-20]):
        with pytest.raises(Malformed):
            tds.encryption(broken)


def test_a_statement_has_its_header() -> None:
    assert tds.batch("A").hex() == "1600000012000000020000000000000000000100000041" + "00"


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_messages_are_put_together_however_they_arrive(piece: int) -> None:
    said = b"\x04\0\0\x0a\0\0\1\0ab" + b"\x04\1\0\x09\0\0\2\0c" + b"\x04\1\0\x08\0\0\1\0"
    messages, got = Messages(), []
    for at in range(0, len(said), piece):
        messages.feed(said[at : at + piece])
        while (message := messages.take((ANSWER,))) is not None:
            got.append(message)
    assert got == [b"abc", b""]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (b"SSH-2.0", "packet of kind 0x53, wanted 0x04"),
        (b"\x04\1\0\7\0\0\1\0", "packet of 7 bytes, wanted at least 8"),
        (b"\x04\0\xff\xff\0\0\1\0" + bytes(65527) + b"\x04\0\xff\xff\0\0\1\0" + bytes(65527), "message of more than 65536 bytes"),
    ],
)
def test_what_is_no_message_is_refused_at_once(said: bytes, complaint: str) -> None:
    messages = Messages()
    messages.feed(said)
    with pytest.raises(Malformed, match=complaint):
        messages.take((ANSWER,))
