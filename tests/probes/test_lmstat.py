from __future__ import annotations

import pytest
from flexnet_texts import LMSTAT, ONE, WELL, users
from hypothesis import given
from hypothesis import strategies as st
from mutants import mutants

from probes.lmstat import MAX_LINES, Status, Usage, is_lmstat, names, status
from probes.probe import Malformed


def read(name: str) -> Status:
    return status(LMSTAT[name].encode())


def test_a_server_that_is_well_tells_its_seats() -> None:
    found = read("up")
    (group,) = found.groups
    assert (group.servers, group.daemons) == ((("lic01", True),), (("CITRIX", True),))
    assert found.of("cxm_entu_ud") == Usage(250, 100)
    assert (found.of("CITRIX"), found.of("OLD"), found.of("NONE")) == (Usage(1, 0), Usage(None), None)


def test_a_users_line_is_no_server_and_no_daemon() -> None:
    assert "eve" not in names(read("up").groups[0].servers, False)


@pytest.mark.parametrize(
    ("name", "up", "of", "quorum", "daemons"),
    [
        ("windows", 1, 1, 1, (("CITRIX", True),)),
        ("daemon down", 1, 1, 1, (("CITRIX", False),)),
        ("daemon mute", 1, 1, 1, (("CITRIX", False),)),
        ("server down", 0, 1, 1, ()),
        ("server error", 0, 1, 1, ()),
        ("server says down", 0, 1, 1, ()),
        ("triad", 3, 3, 2, (("CITRIX", True),)),
        ("two of three", 2, 3, 2, (("CITRIX", True),)),
        ("one of three", 1, 3, 2, (("CITRIX", True),)),
    ],
)
def test_who_is_up(name: str, up: int, of: int, quorum: int, daemons: tuple[tuple[str, bool], ...]) -> None:
    (group,) = read(name).groups
    assert (group.up, len(group.servers), group.quorum, group.daemons) == (up, of, quorum, daemons)


def test_seats_of_two_servers_are_one_pool() -> None:
    found = read("two servers")
    assert found.of("CXM_ENTU_UD") == Usage(300, 140)
    assert [group.up for group in found.groups] == [1, 1]
    assert [group.up for group in read("second server down").groups] == [1, 0]


def test_what_the_daemon_says_instead_of_numbers_is_kept() -> None:
    usage = read("unsupported").of("CXM_ENTU_UD")
    assert usage is not None
    assert usage.fault == "Error: 3 licenses, unsupported by licensed server"
    both = status((WELL + users(5) + LMSTAT["unsupported"]).encode())
    assert both.of("CXM_ENTU_UD") == Usage(250, 5), "one server that cannot say leaves the other's word"


@pytest.mark.parametrize("text", ["", "lmutil: command not found\n", "<html>"])
def test_another_text_is_none_of_lmstat(text: str) -> None:
    assert not is_lmstat(text.encode())
    with pytest.raises(Malformed, match="no license server is named"):
        status(text.encode())


def test_there_is_an_end_to_lines_and_names() -> None:
    with pytest.raises(Malformed, match="more than 20000 lines"):
        status((ONE + "x\n" * MAX_LINES).encode())
    with pytest.raises(Malformed, match="more than 64 servers"):
        status((ONE + "".join(f"  h{n}: license server UP\n" for n in range(65))).encode())


def read_or_malformed(data: bytes) -> bool:
    is_lmstat(data)
    try:
        found = status(data)
    except Malformed as fault:
        assert str(fault).isprintable()
        return False
    for group in found.groups:
        assert 0 <= group.up <= len(group.servers)
        assert names(group.servers, False).isprintable()
    return True


@pytest.mark.timeout(300)
def test_texts_that_are_nearly_right_are_read_or_malformed() -> None:
    good = [text.encode() for text in LMSTAT.values()]
    read = sum(read_or_malformed(data) for data in mutants(good, "lmstat"))
    assert 2_000 < read < 20_000, "some of both, or the mutants teach nothing"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_or_malformed(data: bytes) -> None:
    read_or_malformed(data)
