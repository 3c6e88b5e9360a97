"""What one audience is told beside states and figures: incidents, maintenance, exclusions, and who manages what.

Like the snapshot that holds them, these values have no field for anything of another customer. ``entries`` are keys of the
page's own entries; ids are the page's own too, so that one thing has ids on two pages that nobody can connect.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.release_note import ReleaseNote
from sla import incident, maintenance
from sla.responsibility import Party
from sla.span import Instant, Span


@dataclass(frozen=True, slots=True)
class Update:
    """One word on an incident. ``body`` empty: the service's own, said by the catalogue.

    ``entries`` are all that are concerned from now on; ``next_at`` is when the next word was promised for.
    """

    id: str
    at: Instant
    status: incident.Status
    entries: tuple[str, ...]
    body: str = ""
    next_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident, its updates newest first, at least one. ``title`` None: named after what it concerns."""

    id: str
    title: str | None
    impact: incident.Impact
    began_at: Instant
    updates: tuple[Update, ...]
    entries: tuple[str, ...]

    @property
    def created_at(self) -> Instant:
        """When it was first told of."""
        return self.updates[-1].at

    @property
    def updated_at(self) -> Instant:
        """When it was last told of."""
        return self.updates[0].at

    @property
    def status(self) -> incident.Status:
        """How far it has come."""
        return self.updates[0].status

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.status not in incident.OVER

    def first(self, status: incident.Status) -> Instant | None:
        """When it first had ``status``."""
        return next((update.at for update in reversed(self.updates) if update.status is status), None)


@dataclass(frozen=True, slots=True)
class Announcement:
    """One notice of a maintenance."""

    id: str
    at: Instant
    status: maintenance.Status
    span: Span
    impact: maintenance.Impact


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One maintenance, its announcements newest first, at least one. ``title`` None: named after what it concerns.

    ``uid`` is its name in the calendars of those who also get its mails; empty: the page's own.
    """

    id: str
    announcements: tuple[Announcement, ...]
    entries: tuple[str, ...]
    title: str | None = None
    uid: str = ""

    @property
    def last(self) -> Announcement:
        """What was announced last."""
        return self.announcements[0]

    @property
    def created_at(self) -> Instant:
        """When it was first announced."""
        return self.announcements[-1].at

    @property
    def pending(self) -> bool:
        """Whether it is still to come."""
        return self.last.status in (maintenance.Status.TENTATIVE, maintenance.Status.CONFIRMED)

    @property
    def in_process(self) -> bool:
        """Whether it goes on."""
        return self.last.status is maintenance.Status.IN_PROCESS


@dataclass(frozen=True, slots=True)
class Release:
    """A release as the page tells it. ``dates`` are the reader's sites (their names) with wave and window, where told."""

    id: str
    note: ReleaseNote
    published_at: Instant
    dates: tuple[tuple[str, int | None, Span | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Downtime that is left out, or that somebody wants left out: its cause (a code of the agreement), span and last step.

    ``names`` are the components concerned; none: all of ``group``.
    """

    id: str
    group: str
    span: Span
    cause: str
    party: str | None
    state: str
    decided_at: Instant
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the division of work: its place in the agreement's table, who answers, and the page's entries it is about."""

    line: int
    party: Party
    names: tuple[str, ...] = ()
