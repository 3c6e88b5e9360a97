"""The frozen value that every rendering of one audience's page is made from.

It has no field for hosts, addresses, error texts or anything of another customer: what is not here cannot be shown.
All instants and durations are milliseconds; shares are Fractions. Nothing is rounded before ``reports.figures``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction

from reports.events import Duty, Exclusion, Incident, Maintenance, Release
from reports.published import Published
from reports.request import Requested
from sla.responsibility import Party
from sla.span import Instant
from sla.state import State


class Verdict(Enum):
    """What the agreement says of a window. Decided from integers by ``sla``, never from a shown number."""

    MET = "met"
    BREACHED = "breached"
    UNDETERMINED = "undetermined"
    PENDING = "pending"


class Banner(Enum):
    """The headline of a page, worst word first."""

    UNKNOWN = "unknown"
    MAJOR_OUTAGE = "major_outage"
    PARTIAL_OUTAGE = "partial_outage"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"
    OPERATIONAL = "operational"


@dataclass(frozen=True, slots=True)
class DayBar:
    """One local date of a page's zone (23, 24 or 25 h). ``observed_ms`` 0 means: before monitoring began.

    ``excluded_ms`` of ``down_ms`` do not count, by the causes ``excluded`` (codes).
    """

    date: date
    down_ms: int
    degraded_ms: int
    unknown_ms: int
    observed_ms: int
    excluded_ms: int = 0
    excluded: tuple[str, ...] = ()

    @property
    def counted_ms(self) -> int:
        """The downtime that counts."""
        return max(0, self.down_ms - self.excluded_ms)

    @property
    def good(self) -> bool:
        """Up for all that was observed of the day, and all of it measured."""
        return self.observed_ms > 0 and not (self.down_ms or self.degraded_ms or self.unknown_ms)


@dataclass(frozen=True, slots=True)
class PageFigures:
    """The figures of one window (SLA 8): P, D, D_worst, D_best, U, coverage, goal, error budget, verdict.

    ``excluded_ms`` is downtime that was seen but does not count. Goal, budget and verdict are None on the public page.
    """

    period_ms: int
    downtime_ms: int | Fraction
    worst_ms: int | Fraction
    best_ms: int | Fraction
    unknown_ms: int
    coverage: Fraction
    goal: Fraction | None = None
    budget_ms: int | Fraction | None = None
    verdict: Verdict | None = None
    excluded_ms: int | Fraction = 0

    @property
    def availability(self) -> Fraction | None:
        """1 - D/P, exact; None where nothing was observed."""
        return 1 - Fraction(self.downtime_ms) / self.period_ms if self.period_ms else None

    @property
    def observed(self) -> Fraction | None:
        """Availability before exclusions; None where nothing was observed."""
        return 1 - Fraction(self.downtime_ms + self.excluded_ms) / self.period_ms if self.period_ms else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a page. An entry with ``days`` carries availability; one without (a certificate, a licence) does not.

    ``key`` is the page's own id of the entry; ``kind`` and ``cause`` are words of closed lists (``reports.words``);
    ``last_seen_down`` is set while silence follows a DOWN; ``expires_at`` is for certificates and licences.
    ``managed_by`` is None where the audience is not told (the public page). ``partial``: of several members some are down
    and some are not. ``began_at`` is when monitoring began.
    """

    key: str
    name: str
    kind: str
    state: State
    since: Instant | None = None
    managed_by: Party | None = None
    last_seen_down: Instant | None = None
    cause: str | None = None
    days: tuple[DayBar, ...] = ()
    figures: PageFigures | None = None
    expires_at: Instant | None = None
    partial: bool = False
    began_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Figures over the local dates ``first``..``last``, both included."""

    first: date
    last: date
    figures: PageFigures


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """The contractual box of one site: the trailing dates, and the worst window that ends in the present month."""

    trailing: Window
    worst: Window | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading: a region of the public page, a site of a customer's. ``state`` is the whole site's.

    ``key`` is the page's own id of it; ``duties`` say who manages what of a site.
    """

    name: str
    entries: tuple[Entry, ...]
    state: State | None = None
    verdict: SiteVerdict | None = None
    key: str = ""
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Interruption:
    """A span in which components were away; ``end`` None means: still. ``cause`` is a word of ``reports.words``.

    ``incident`` is the id of the one that tells of it.
    """

    start: Instant
    end: Instant | None
    components: tuple[str, ...]
    cause: str | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class PageSnapshot:
    """Everything on one audience's page. ``customer`` None is the public page, else the customer's name for the title.

    ``zone`` is the IANA zone of shown times and dates; ``evidence_at`` the "measured up to" time (None: no evidence yet);
    ``simulated`` marks a page whose history was made up for a demonstration; ``stale`` the twin for the time after.
    ``id`` and ``url`` (absolute, no slash at its end) name the page to machines; ``language`` is its first one; ``began_at``
    is when monitoring began; ``sign_up`` is the absolute address of the folder with the forms of subscribers, ``asks`` says that
    its reader may ask for changes. Incidents, maintenances, exclusions, requests and releases are newest first.
    """

    provider: str
    zone: str
    as_of: Instant
    published_at: Instant
    evidence_at: Instant | None
    groups: tuple[Group, ...]
    customer: str | None = None
    interruptions: tuple[Interruption, ...] = ()
    simulated: bool = False
    stale: bool = False
    id: str = ""
    url: str = ""
    language: str = "en"
    began_at: Instant | None = None
    incidents: tuple[Incident, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    statements: tuple[Published, ...] = ()
    sign_up: str | None = None
    requests: tuple[Requested, ...] = ()
    asks: bool = False
    releases: tuple[Release, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries in the order shown."""
        return tuple(entry for group in self.groups for entry in group.entries)


def stale_twin(snapshot: PageSnapshot) -> PageSnapshot:
    """The same page once it is too old to be believed: everything unknown, what was down says since when it was seen so."""
    return replace(snapshot, groups=tuple(_unknown_group(group, snapshot.evidence_at) for group in snapshot.groups), stale=True)


def _unknown_group(group: Group, evidence_at: Instant | None) -> Group:
    state = None if group.state is None else State.UNKNOWN
    return replace(group, state=state, entries=tuple(_unknown_entry(entry, evidence_at) for entry in group.entries))


def _unknown_entry(entry: Entry, evidence_at: Instant | None) -> Entry:
    seen_down = entry.last_seen_down
    if entry.state is State.DOWN and seen_down is None:
        seen_down = evidence_at
    return replace(entry, state=State.UNKNOWN, since=evidence_at, last_seen_down=seen_down, cause=None)
