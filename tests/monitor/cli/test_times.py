from __future__ import annotations

import pytest

from monitor.cli.times import moment
from sla.texts import instant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01T23:00:00+01:00", "2026-12-01T22:00:00Z"),
        ("2026-12-01T23:00Z", "2026-12-01T23:00:00Z"),
        ("2026-12-01 23:00 Europe/Berlin", "2026-12-01T22:00:00Z"),
        ("2026-06-18T16:00:30 Europe/Berlin", "2026-06-18T14:00:30Z"),
        ("2026-10-25 01:59 Europe/Berlin", "2026-10-24T23:59:00Z"),
        ("2026-10-25 03:00 Europe/Berlin", "2026-10-25T02:00:00Z"),
    ],
)
def test_an_instant_or_a_wall_clock_with_its_zone(text: str, meant: str) -> None:
    assert moment(text) == instant(meant)


def test_a_wall_clock_that_the_zone_shows_twice_names_both() -> None:
    with pytest.raises(ValueError) as caught:
        moment("2026-10-25 02:30 Europe/Berlin")
    assert str(caught.value) == (
        "2026-10-25 02:30 Europe/Berlin happens twice; give an offset, e.g. 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"
    )


def test_a_wall_clock_that_the_zone_never_shows_names_its_neighbours() -> None:
    with pytest.raises(ValueError, match=r"2026-03-29 02:30 Europe/Berlin does not exist; give an offset, e\.g\. "):
        moment("2026-03-29 02:30 Europe/Berlin")


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-12-01 23:00", "2026-13-01T00:00Z", "2026-12-01 23:00 Mars/Base", "1969-01-01T00:00Z"]
)
def test_anything_else_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected a time like"):
        moment(text)
