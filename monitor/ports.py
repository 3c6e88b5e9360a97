"""What flows between the rooms, and the ports that adapters stand behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeAlias

from probes.probe import Fact, Notice
from sla.span import Instant
from sla.state import Cause, State

StreamKey: TypeAlias = tuple[int, int]
"""(check_no, location_no): the key of one check's timeline at one location."""

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Result:
    """One look as it is kept. Its name is (slot, check_no, location_no), fixed before the look began.

    ``at`` is the start of the look; ``took_ms`` its duration (None if the stall rule took it); ``phases`` are
    (name, ms) in order; ``lag_ms`` the worst loop lag in flight. ``note`` is the reason in words, for operators only.
    """

    slot: Instant
    check_no: int
    location_no: int
    at: Instant
    took_ms: float | None
    state: State
    cause: Cause | None = None
    lag_ms: int = 0
    note: str = ""
    phases: tuple[tuple[str, float], ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=lambda: _NO_FACTS)
    notices: tuple[Notice, ...] = ()

    @property
    def name(self) -> tuple[Instant, int, int]:
        """The primary key of this result."""
        return (self.slot, self.check_no, self.location_no)


@dataclass(frozen=True, slots=True)
class Changed:
    """A confirmed change of one check's state, told after the commit. A hint: nothing may depend on hearing it."""

    check_no: int
    location_no: int
    at: Instant
    state: State


class ResultSink(Protocol):
    """Where looks are delivered. Returning means: committed, nothing of it can be lost any more."""

    async def deliver(self, results: Sequence[Result]) -> None:
        """Keep ``results``; raises Busy if nothing was taken, Gone if nothing ever will be."""


class Events(Protocol):
    """Hints about committed changes. Who missed some reads the tables."""

    def tell(self, events: Sequence[Changed]) -> None:
        """Wake everybody who listens."""


class Busy(Exception):
    """The sink took nothing: it is full or its ground is away. Try later."""


class Gone(Exception):
    """The sink has ended and takes nothing any more; only a new start helps."""
