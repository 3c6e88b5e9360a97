"""Who manages what: the provider/customer table as data (shown on the customer's page)."""

from __future__ import annotations

from enum import Enum


class Party(Enum):
    """Who answers for a component."""

    PROVIDER = "provider"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"


_CUSTOMER_KINDS = frozenset({"connector_machine", "ldap", "dns", "file_service"})


def managed_by(kind: str) -> Party:
    """The default owner of a component kind; a kind that is in no customer row is the provider's. A site may override."""
    return Party.CUSTOMER if kind in _CUSTOMER_KINDS else Party.PROVIDER
