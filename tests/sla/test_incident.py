from __future__ import annotations

import pytest

from sla.incident import NEXT, OVER, Impact, Incident, Status, Update

FIRST = Update(1, Status.INVESTIGATING, "service", ("a/web",))
SECOND = Update(2, Status.IDENTIFIED, "Ada", ("b/web", "a/web"), "A switch failed.")


def test_what_was_ever_concerned_is_named_once_in_its_order() -> None:
    one = Incident(7, "shared:switch", 0, (FIRST, SECOND))
    assert (one.id, one.components, one.sites) == ("I-7", ("a/web", "b/web"), ("a", "b"))


@pytest.mark.parametrize("status", Status)
def test_an_incident_is_open_until_its_last_word_says_otherwise(status: Status) -> None:
    one = Incident(7, "a/web", 0, (FIRST, Update(3, status, "Ada", ("a/web",))))
    assert one.open is (status not in OVER)


def test_what_is_over_never_opens_again() -> None:
    assert set(NEXT) == {None, *Status}
    for status in OVER:
        assert set(NEXT[status]) == {Status.POSTMORTEM}


def test_impacts_rise() -> None:
    assert [impact.word for impact in sorted(Impact)] == ["none", "minor", "major", "critical"]
