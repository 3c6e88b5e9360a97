from __future__ import annotations

from page_examples import AT, incidents, maintenances

from sla.incident import Status
from sla.span import DAY, MINUTE


def test_an_incident_tells_its_times_from_its_updates() -> None:
    going_on, over = incidents()
    assert (going_on.open, over.open) == (True, False)
    assert (over.created_at, over.updated_at) == (AT - 8 * DAY + MINUTE, AT - 8 * DAY + 30 * MINUTE)
    assert over.first(Status.MONITORING) == AT - 8 * DAY + 9 * MINUTE
    assert over.first(Status.INVESTIGATING) is None


def test_a_maintenance_is_what_was_announced_last() -> None:
    assert [(one.pending, one.in_process) for one in maintenances()] == [(False, True), (True, False), (False, False)]
    assert {one.created_at for one in maintenances()} == {AT - 6 * DAY}
