"""What a deed is: the form of what is asked, and what is done or only shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration
from monitor.desk.people import Person
from sla.exclusion import Fault
from sla.forms import TEXT, Items, Members, Values
from sla.span import Instant

TEXTS = Items(TEXT)
NO_ENDS: Mapping[str, Instant] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of it: the rules that it breaks, or what was done, as JSON. ``sites``: their pages say something else now."""

    faults: tuple[Fault, ...] = ()
    body: Mapping[str, Any] | None = None
    sites: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The reply on the wire."""
        if not self.faults:
            return dict(self.body or {})
        return {"refused": [{**asdict(fault), "member": list(fault.member)} for fault in self.faults]}


@dataclass(frozen=True, slots=True)
class Installation:
    """What a deed may need to know of the installation: its configuration, and the secret that letters are named by.

    ``ends`` says of components (``site/component``) when the certificate or licence ends that was seen there last.
    """

    configuration: Configuration
    secret: bytes = field(repr=False)
    ends: Mapping[str, Instant] = field(default_factory=lambda: NO_ENDS)


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where a deed is asked for: in which transaction, by whom, when, on which ground."""

    connection: Connection
    person: Person
    now: Instant
    ground: Installation


Answer: TypeAlias = Callable[[Sitting, Values], Reply]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that may be asked of the desk. ``do`` does or refuses it; ``show`` says what it would do, and writes nothing."""

    form: Members
    do: Answer
    show: Answer
