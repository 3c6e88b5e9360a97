"""What a customer asks for: the kinds of requests, how far one may come, and what was found where a connection was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from sla.state import Cause, State


class Kind(Enum):
    """What is asked for. All but VALIDATE are answered by a person."""

    RESTART = "restart"
    AUTHENTICATION = "gateway-authentication"
    SPLIT_TUNNEL = "split-tunnel"
    INTEGRATION = "integration"
    VALIDATE = "validate-connection"
    OTHER = "other"


class Status(Enum):
    """How far a request has come. ANSWERED: what was asked to be looked at was looked at."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ANSWERED = "answered"


NEXT: Mapping[Status, tuple[Status, ...]] = MappingProxyType(
    {
        Status.ASKED: (Status.ACCEPTED, Status.DECLINED, Status.ANSWERED),
        Status.ACCEPTED: (),
        Status.DECLINED: (),
        Status.ANSWERED: (),
    }
)
"""What may follow on what."""
NEEDS_WORDS = frozenset({Kind.INTEGRATION, Kind.OTHER})
"""Kinds that say nothing without the customer's own words."""
CONNECTIONS = ("ldap", "vpn")
"""Kinds of components that lead into a customer's data centre."""


@dataclass(frozen=True, slots=True)
class Found:
    """One look at a ``component`` (its key) that a customer asked for. ``took_ms`` None: the duration is not known."""

    component: str
    state: State
    cause: Cause | None
    took_ms: int | None
