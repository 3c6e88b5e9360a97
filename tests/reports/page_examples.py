"""Pages to look at: a customer's with everything on it, the public one, an empty one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from reports.events import Announcement, Duty, Exclusion, Incident, Maintenance, Release, Update
from reports.release_note import ReleaseNote
from reports.request import Requested, Seen
from reports.snapshot import DayBar, Entry, Group, Interruption, PageFigures, PageSnapshot, SiteVerdict, Verdict, Window
from sla import incident
from sla.maintenance import Impact
from sla.maintenance import Status as MaintenanceStatus
from sla.request import Kind, Status
from sla.responsibility import Party
from sla.span import DAY, HOUR, MINUTE, Span
from sla.state import State

AT = 1_795_527_440_000  # 2026-11-24T13:37:20Z
TODAY = date(2026, 11, 24)
GOAL = Fraction(999, 1000)


def bars(bad: dict[int, tuple[int, int, int]], before: int = 0, count: int = 90) -> tuple[DayBar, ...]:
    """``count`` days up to TODAY; ``bad`` maps days ago to (down, degraded, unknown) ms; the oldest ``before`` unobserved."""

    def bar(back: int) -> DayBar:
        on = TODAY - timedelta(days=back)
        return DayBar(on, 0, 0, 0, 0) if back >= count - before else DayBar(on, *bad.get(back, (0, 0, 0)), DAY)

    return tuple(bar(back) for back in reversed(range(count)))


def left_out(days: tuple[DayBar, ...], ago: dict[int, int]) -> tuple[DayBar, ...]:
    """The days, with what of some of them does not count."""
    causes = ("unmanaged_component",)
    return tuple(
        replace(bar, excluded_ms=ago[back], excluded=causes) if (back := (TODAY - bar.date).days) in ago else bar for bar in days
    )


def figures(down: int, unknown: int = 0, verdict: Verdict | None = Verdict.MET, excluded: int = 0) -> PageFigures:
    """Figures of 30 days against 99.9 %; no verdict: no goal either."""
    period = 30 * DAY
    judged = verdict is not None
    return PageFigures(
        period,
        down,
        down + unknown,
        down,
        unknown,
        1 - Fraction(unknown, period),
        GOAL if judged else None,
        (1 - GOAL) * period if judged else None,
        verdict,
        excluded,
    )


def customer_page(**changes: object) -> PageSnapshot:
    """Contoso's page: two sites, one down at present, one fine."""
    values: dict[str, object] = {
        "provider": "Northwind Cloud",
        "customer": "Contoso Ltd",
        "zone": "Europe/Berlin",
        "as_of": AT,
        "published_at": AT,
        "evidence_at": AT - 15_000,
        "groups": (_berlin(), _dublin()),
        "interruptions": _interruptions(),
        "simulated": True,
        "id": "pagecontoso",
        "url": "https://status.example/p/contoso",
        "began_at": AT - 400 * DAY,
        "incidents": incidents(),
        "maintenances": maintenances(),
        "exclusions": _exclusions(),
        "requests": requests(),
        "asks": True,
    }
    return PageSnapshot(**{**values, **changes})  # type: ignore[arg-type]


def requests() -> tuple[Requested, ...]:
    """One that waits, one that was looked at, one that became a maintenance, one that was declined."""
    seen = (Seen("Directory", State.DOWN, "no_connection", 12.4), Seen("Office tunnel", State.UP, None, 88.0))
    plan = maintenances()[0].id
    return (
        Requested(
            "REQ-2026-0004", Kind.RESTART, Status.ASKED, AT - HOUR, "Contoso Berlin", ("Berlin web",), "The <new> LDAP base."
        ),
        Requested("REQ-2026-0003", Kind.VALIDATE, Status.ANSWERED, AT - DAY, "Contoso Berlin", seen=seen),
        Requested(
            "REQ-2026-0002",
            Kind.SPLIT_TUNNEL,
            Status.ACCEPTED,
            AT - 2 * DAY,
            "Contoso Berlin",
            answer="On Thursday night.\nBring coffee.",
            plan="MNT-2026-0042",
            plan_page=plan,
        ),
        Requested(
            "REQ-2026-0001", Kind.OTHER, Status.DECLINED, AT - 9 * DAY, "Contoso Dublin", answer="Not part of the agreement."
        ),
    )


def all_in(state: State, maintained: bool = False) -> PageSnapshot:
    """The customer's page with everything in one state, while something is maintained or not."""
    page = customer_page()
    groups = tuple(
        replace(group, state=state, entries=tuple(replace(entry, state=state, last_seen_down=None) for entry in group.entries))
        for group in page.groups
    )
    return replace(page, groups=groups, maintenances=page.maintenances if maintained else (), incidents=page.incidents[1:])


def public_page(**changes: object) -> PageSnapshot:
    """The provider's own page: all well, one entry young, one with hatching."""
    entries = (
        Entry(
            "eu",
            "Europe",
            "instance",
            State.UP,
            AT - 20 * DAY,
            days=bars({4: (0, 0, 3 * HOUR)}),
            figures=figures(0, 3 * HOUR, None),
        ),
        Entry("us", "United States", "instance", State.UP, AT - DAY, days=bars({}), figures=figures(0, 0, None)),
        Entry(
            "ap",
            "Asia Pacific",
            "instance",
            State.UP,
            AT - DAY,
            days=bars({2: (MINUTE, 0, 0)}, 61),
            figures=figures(MINUTE, 0, None),
        ),
    )
    values: dict[str, object] = {
        "provider": "Northwind Cloud",
        "zone": "UTC",
        "as_of": AT,
        "published_at": AT,
        "evidence_at": AT - 15_000,
        "groups": (Group("Regions", entries, key="regions"),),
        "id": "pagepublic",
        "url": "https://status.example",
        "began_at": AT - 400 * DAY,
    }
    return PageSnapshot(**{**values, **changes})  # type: ignore[arg-type]


def hardly_measured_page() -> PageSnapshot:
    """A site whose history another monitor left: looked at now and then, once seen down, for a fortnight not at all."""
    quiet = dict.fromkeys(range(15), (0, 0, DAY))
    seldom = dict.fromkeys(range(15, 60), (0, 0, DAY - 3 * HOUR))
    days = bars({**quiet, **seldom, 20: (10 * MINUTE, 0, DAY - 3 * HOUR)}, before=30)
    judged = figures(10 * MINUTE, 27 * DAY, Verdict.UNDETERMINED)
    unseen = figures(0, 30 * DAY, Verdict.UNDETERMINED)
    entries = (
        Entry("a", "Portal", "instance", State.UNKNOWN, AT - 15 * DAY, Party.PROVIDER, days=days, figures=judged),
        Entry("b", "Directory", "ldap", State.UNKNOWN, AT - 60 * DAY, Party.CUSTOMER, days=bars(quiet, 75), figures=unseen),
    )
    last, first = TODAY, TODAY - timedelta(days=29)
    box = SiteVerdict(Window(first, last, judged), Window(first, last, unseen))
    group = Group("Portal", entries, State.UNKNOWN, box)
    return customer_page(groups=(group,), interruptions=(), simulated=False, evidence_at=AT - 15 * DAY)


def empty_page() -> PageSnapshot:
    """A page on which nothing is shown yet."""
    return PageSnapshot("Northwind Cloud", "UTC", AT, AT, None, ())


def sixty_components() -> PageSnapshot:
    """The page that the size budget is written for: 60 components, 90 days, 5 % of them bad."""
    bad = {back: (90_000, 0, 0) if back % 2 else (0, 40_000, 30_000) for back in (3, 20, 41, 66, 80)}
    groups = tuple(
        Group(
            f"Site {site}",
            tuple(
                Entry(
                    f"site{site}-c{number}",
                    f"Component {number}",
                    "instance",
                    State.UP,
                    AT,
                    Party.PROVIDER,
                    days=bars(bad),
                    figures=figures(90_000),
                )
                for number in range(6)
            ),
            State.UP,
        )
        for site in range(10)
    )
    return customer_page(groups=groups)


def _berlin() -> Group:
    down = {0: (12 * MINUTE + 400, 0, 0), 17: (0, 3 * HOUR, 0), 40: (0, 0, 3 * HOUR), 41: (0, 0, DAY), 63: (6 * MINUTE, 0, 9_000)}
    entries = (
        Entry(
            "b-i",
            "Berlin web",
            "instance",
            State.UP,
            AT - 30 * DAY,
            Party.PROVIDER,
            days=left_out(bars({63: (6 * MINUTE, 0, 0), 9: (HOUR, 0, 0), 8: (HOUR, 0, 0)}), {9: HOUR, 8: HOUR // 2}),
            figures=figures(0, excluded=HOUR),
        ),
        Entry(
            "b-d",
            "Database",
            "database",
            State.DOWN,
            AT - 12 * MINUTE,
            Party.PROVIDER,
            None,
            "no_connection",
            bars(down),
            figures(30 * MINUTE),
        ),
        Entry(
            "b-l",
            "Directory",
            "ldap",
            State.DEGRADED,
            AT - HOUR,
            Party.CUSTOMER,
            None,
            "slow",
            bars({0: (0, HOUR, 0)}),
            figures(0),
        ),
        Entry(
            "b-v",
            "Office tunnel",
            "vpn",
            State.UNKNOWN,
            AT - HOUR,
            Party.PROVIDER,
            AT - HOUR,
            "not_measured",
            bars({0: (0, 0, HOUR)}, 45),
        ),
        Entry("b-c", "Certificate", "certificate", State.UP, AT - 9 * DAY, Party.PROVIDER, expires_at=AT + 23 * DAY),
    )
    trailing = Window(TODAY - timedelta(days=29), TODAY, figures(30 * MINUTE, 3 * HOUR, Verdict.UNDETERMINED, HOUR))
    worst = Window(TODAY - timedelta(days=40), TODAY - timedelta(days=11), figures(44 * MINUTE, 0, Verdict.BREACHED))
    duties = (Duty(0, Party.PROVIDER, ("Berlin web",)), Duty(9, Party.CUSTOMER, ("Directory",)), Duty(12, Party.CUSTOMER))
    return Group("Contoso Berlin", entries, State.DOWN, SiteVerdict(trailing, worst), "berlin", duties)


def _dublin() -> Group:
    entries = (
        Entry(
            "d-i",
            "Dublin web",
            "instance",
            State.UP,
            AT - DAY,
            Party.PROVIDER,
            days=bars({8: (MINUTE, 0, 0)}),
            figures=figures(MINUTE),
        ),
        Entry("d-s", "Licence", "licensing", State.UP, AT - DAY, Party.PROVIDER, expires_at=AT + 400 * DAY),
    )
    window = Window(TODAY - timedelta(days=29), TODAY, figures(MINUTE))
    return Group("Contoso Dublin", entries, State.UP, SiteVerdict(window, window), "dublin")


def _interruptions() -> tuple[Interruption, ...]:
    return (
        Interruption(AT - 12 * MINUTE - 400, None, ("Contoso Berlin: Database",), "no_connection", "inc1"),
        Interruption(AT - 8 * DAY, AT - 8 * DAY + MINUTE, ("Contoso Dublin: Dublin web",), "error_answer"),
    )


def incidents() -> tuple[Incident, ...]:
    """One that goes on, nobody has written anything yet but the service; one that is over, told in a person's words."""
    going_on = Incident(
        "inc1",
        None,
        incident.Impact.MAJOR,
        AT - 12 * MINUTE - 400,
        (Update("up1", AT - 11 * MINUTE, incident.Status.INVESTIGATING, ("b-d",)),),
        ("b-d",),
    )
    told = (
        Update("up4", AT - 8 * DAY + 30 * MINUTE, incident.Status.RESOLVED, ("d-i",), "The switch was replaced."),
        Update("up3", AT - 8 * DAY + 9 * MINUTE, incident.Status.MONITORING, ("d-i",)),
        Update("up2", AT - 8 * DAY + MINUTE, incident.Status.IDENTIFIED, ("d-i",), _WORDS),
    )
    over = Incident("inc2", "Web in Dublin was away", incident.Impact.CRITICAL, AT - 8 * DAY, told, ("d-i",))
    return (going_on, over)


_WORDS = """A *switch* failed & was **taken out**.

- first [the plan](https://status.example/plan)
- then <b>nothing</b> else"""


def maintenances() -> tuple[Maintenance, ...]:
    """One in process, one to come, one cancelled."""
    return (
        _maintained("mnt1", MaintenanceStatus.IN_PROCESS, Impact.DEGRADED, -HOUR, ("b-l",)),
        _maintained("mnt2", MaintenanceStatus.CONFIRMED, Impact.OUTAGE, 5 * DAY, ("d-i", "b-i")),
        _maintained("mnt3", MaintenanceStatus.CANCELLED, Impact.NO_IMPACT, 2 * DAY, ("d-i",)),
    )


def releases() -> tuple[Release, ...]:
    """One release with everything in it."""
    sections = {"features": "- *Faster* enrolment", "known": "", "fixed": "Two mails.\n\n<b>None</b> is lost.", "other": ""}
    note = ReleaseNote("10.18.3", date(2026, 11, 20), "Faster enrolment", sections=sections)
    dates = (("Berlin", 2, Span(AT + DAY, AT + DAY + 7_200_000)), ("Dublin", None, None))
    return (Release("rel1", note, AT - DAY, dates),)


def _maintained(key: str, status: MaintenanceStatus, impact: Impact, start: int, entries: tuple[str, ...]) -> Maintenance:
    span = Span(AT + start, AT + start + 2 * HOUR)
    first = Announcement(f"{key}a", AT - 6 * DAY, MaintenanceStatus.CONFIRMED, span, impact)
    last = Announcement(f"{key}b", AT - HOUR, status, span, impact)
    return Maintenance(key, (first,) if status is MaintenanceStatus.CONFIRMED else (last, first), entries)


def _exclusions() -> tuple[Exclusion, ...]:
    span = Span(AT - 9 * DAY, AT - 9 * DAY + HOUR)
    return (
        Exclusion("exc1", "Contoso Berlin", span, "unmanaged_component", "Directory", "approved", AT - 8 * DAY, ("Directory",)),
        Exclusion("exc2", "Contoso Berlin", Span(AT - 3 * DAY, AT - 3 * DAY + HOUR), "isp", None, "proposed", AT - 2 * DAY),
    )
