from __future__ import annotations

from dataclasses import replace

from page_examples import customer_page, public_page

from reports.snapshot import Banner, PageSnapshot, stale_twin
from reports.standing import ORDER, Shown, banner, service, shown, worst
from sla.maintenance import Impact, Status
from sla.state import State


def in_process(page: PageSnapshot, level: Impact, state: State) -> PageSnapshot:
    """The page with one maintenance of all it shows, everything in ``state``."""
    one = page.maintenances[0] if page.maintenances else customer_page().maintenances[0]
    told = replace(one.last, status=Status.IN_PROCESS, impact=level)
    keys = tuple(entry.key for entry in page.entries)
    groups = tuple(
        replace(
            group,
            state=None if group.state is None else state,
            entries=tuple(replace(e, state=state, last_seen_down=None) for e in group.entries),
        )
        for group in page.groups
    )
    return replace(page, groups=groups, maintenances=(replace(one, announcements=(told,), entries=keys),))


def test_maintenance_is_said_while_it_is_no_worse_than_announced() -> None:
    for page in (customer_page(), public_page()):
        assert banner(in_process(page, Impact.OUTAGE, State.DOWN)) is Banner.MAINTENANCE
        assert banner(in_process(page, Impact.DEGRADED, State.DOWN)) is Banner.MAJOR_OUTAGE
        assert banner(in_process(page, Impact.DEGRADED, State.UP)) is Banner.MAINTENANCE
        assert banner(in_process(page, Impact.NO_IMPACT, State.UP)) is Banner.OPERATIONAL


def test_unknown_is_unknown_whatever_is_maintained() -> None:
    page = in_process(customer_page(), Impact.OUTAGE, State.UNKNOWN)
    assert banner(page) is Banner.UNKNOWN
    stale = stale_twin(in_process(customer_page(), Impact.OUTAGE, State.UP))
    assert {shown(entry, stale) for entry in stale.entries} == {Shown.DEGRADED}


def test_a_site_that_is_down_as_announced_is_under_maintenance() -> None:
    page = in_process(customer_page(), Impact.OUTAGE, State.DOWN)
    assert {service(group, page) for group in page.groups} == {Shown.UNDER_MAINTENANCE}
    assert service(public_page().groups[0], public_page()) is None


def test_the_worst_of_nothing_is_operational() -> None:
    assert worst([]) is Shown.OPERATIONAL
    assert worst(list(ORDER)) is Shown.MAJOR_OUTAGE
