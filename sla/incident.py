"""An incident: what people are told of a trouble, from its first word to its last. It tells; figures never come from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from sla.span import Instant


class Status(Enum):
    """How far an incident has come."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"


class Impact(IntEnum):
    """How much of the service is concerned, in rising severity."""

    NONE = 0
    MINOR = 1
    MAJOR = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The impact as people and tools write it."""
        return self.name.lower()


OVER = frozenset({Status.RESOLVED, Status.POSTMORTEM})
_OPEN = (Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING)
NEXT: dict[Status | None, tuple[Status, ...]] = {
    None: (*_OPEN, Status.RESOLVED),
    **dict.fromkeys(_OPEN, (*_OPEN, Status.RESOLVED)),
    Status.RESOLVED: (Status.POSTMORTEM,),
    Status.POSTMORTEM: (Status.POSTMORTEM,),
}
"""What may follow a status; None: there is none yet. What is resolved stays so: trouble that comes back is another incident."""


@dataclass(frozen=True, slots=True)
class Update:
    """One word on an incident.

    ``components`` (``site/component``) are all that are concerned from now on. ``by`` is a person or the service, whose own
    updates have no ``body``: pages say them in their own language. ``title`` and ``impact`` None: as before. ``public``: what
    is written here may also stand on the page that everybody reads. ``next_at``: when the next word is promised for.
    """

    at: Instant
    status: Status
    by: str
    components: tuple[str, ...]
    body: str = ""
    title: str | None = None
    impact: Impact | None = None
    public: bool = False
    next_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """All that was said of one trouble, oldest first, at least one update. ``root`` names the cause that makes it one.

    A root is ``site/component``, or ``shared:<name>`` for what several sites stand on. ``number`` is the incident's own.
    """

    number: int
    root: str
    began_at: Instant
    updates: tuple[Update, ...]

    @property
    def id(self) -> str:
        """How people name it: ``I-7``."""
        return f"I-{self.number}"

    @property
    def last(self) -> Update:
        """The newest update."""
        return self.updates[-1]

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.last.status not in OVER

    @property
    def components(self) -> tuple[str, ...]:
        """Everything that was ever concerned, in the order of its first mention."""
        return tuple(dict.fromkeys(name for update in self.updates for name in update.components))

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites of these components."""
        return tuple(dict.fromkeys(name.partition("/")[0] for name in self.components))
