from __future__ import annotations

from datetime import date

import pytest
from flexnet_texts import BROKEN, FILES
from hypothesis import given
from hypothesis import strategies as st
from mutants import mutants

from probes.flexnet import MAX_GRANTS, LicenceFile, licence_file, total
from probes.probe import Malformed

TODAY = date(2026, 11, 24)
FEATURE = "CXM_ENTU_UD"


def seats(name: str, day: date = TODAY, feature: str = FEATURE) -> int | None:
    return total(grant.seats for grant in licence_file(FILES[name].encode()).in_force(feature, day))


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("good", 250),
        ("permanent", 25),
        ("year 0", 10),
        ("several", 300),
        ("renewed", 250),
        ("last day", 250),
        ("expired", 0),
        ("not begun", 0),
        ("crlf and mark", 250),
        ("blanks behind the backslash", 250),
        ("uncounted", None),
        ("zero seats", None),
        ("old key", 10),
        ("triad", 5),
        ("two features of one name", 37),
        ("upgrade", 5),
        ("package", 8),
        ("superseded", 300),
        ("lower case", 250),
        ("prose around", 250),
    ],
)
def test_seats_in_force_today(name: str, counted: int | None) -> None:
    assert seats(name) == counted


def test_each_line_has_its_own_days() -> None:
    assert seats("several", date(2026, 11, 23)) == 400
    assert seats("several", date(2027, 1, 1)) == 50
    assert seats("renewed", date(2026, 11, 25)) == 250
    assert seats("not begun", date(2026, 12, 1)) == 250


def test_a_package_grants_its_components_so_many_of_each() -> None:
    assert (seats("package", feature="SUITE"), seats("package", feature="other"), seats("package", feature="MANY")) == (8, 8, 24)


def test_the_servers_are_told() -> None:
    assert licence_file(FILES["triad"].encode()).servers == ("one", "two", "three")


def test_a_day_beyond_all_plans_is_none() -> None:
    (grant,) = licence_file(b"INCREMENT f v 1.0 31-dec-9999 1 SIGN=0\n").of("f")
    assert grant.last_day is None


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_said_with_its_line(name: str) -> None:
    text, words = BROKEN[name]
    with pytest.raises(Malformed) as fault:
        licence_file(text.encode())
    assert words in str(fault.value)


def test_there_is_an_end_to_lines() -> None:
    line = b"INCREMENT f v 1.0 permanent 1 SIGN=0\n"
    assert len(licence_file(line * MAX_GRANTS).of("f")) == MAX_GRANTS
    with pytest.raises(Malformed, match="2001 FEATURE and INCREMENT lines"):
        licence_file(line * (MAX_GRANTS + 1))


def read_or_malformed(data: bytes) -> LicenceFile | None:
    try:
        found = licence_file(data)
    except Malformed as fault:
        assert str(fault).isprintable()
        return None
    for feature in found.grants:
        found.in_force(feature, TODAY)
    return found


@pytest.mark.timeout(300)
def test_files_that_are_nearly_right_are_read_or_malformed() -> None:
    good = [text.encode() for text in FILES.values()]
    read = sum(read_or_malformed(data) is not None for data in mutants(good, "flexnet"))
    assert 2_000 < read < 18_000, "some of both, or the mutants teach nothing"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_file_or_malformed(data: bytes) -> None:
    read_or_malformed(data)
