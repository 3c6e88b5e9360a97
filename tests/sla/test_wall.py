"""Wall clocks around the change of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.texts import instant
from sla.wall import instants


@pytest.mark.parametrize(
    ("zone", "wall", "meant"),
    [
        ("Europe/Berlin", "2026-12-01T23:00", ["2026-12-01T22:00:00Z"]),
        ("Europe/Berlin", "2026-03-29T02:30", []),
        ("Europe/Berlin", "2026-03-29T03:00", ["2026-03-29T01:00:00Z"]),
        ("Europe/Berlin", "2026-10-25T02:30", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]),
        ("Australia/Lord_Howe", "2026-10-04T02:15", []),
        ("Pacific/Apia", "2011-12-30T12:00", []),
        ("UTC", "2026-03-29T02:30", ["2026-03-29T02:30:00Z"]),
    ],
)
def test_a_wall_clock_means_one_instant_two_or_none(zone: str, wall: str, meant: list[str]) -> None:
    assert instants(zone, datetime.fromisoformat(wall)) == tuple(map(instant, meant))


def test_every_instant_is_meant_by_what_its_own_clock_shows() -> None:
    zone, at = ZoneInfo("America/New_York"), datetime(2026, 10, 31, 20, tzinfo=UTC)
    for step in range(48):
        moment = at + timedelta(minutes=30 * step)
        shown = moment.astimezone(zone).replace(tzinfo=None)
        assert int(moment.timestamp()) * 1000 in instants("America/New_York", shown)
