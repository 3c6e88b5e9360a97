"""Who manages what, and which causes an agreement may leave out: the two tables as data. Nothing else says it again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Party(Enum):
    """Who answers for a component."""

    PROVIDER = "provider"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the division of work. ``kinds`` are the component kinds that stand for it; none: no probe looks at it.

    ``handed_over``: the line holds once the customer has taken the thing over, which a site says with ``managed_by``.
    """

    words: str
    party: Party
    kinds: tuple[str, ...] = ()
    handed_over: bool = False


RESPONSIBILITIES = (
    Item("server nodes", Party.PROVIDER, ("instance",)),
    Item("gateway: initial integration and configuration", Party.PROVIDER, ("gateway",)),
    Item("load balancer", Party.PROVIDER, ("load_balancer",)),
    Item("database", Party.PROVIDER, ("database",)),
    Item("connector software configuration", Party.PROVIDER, ("connector",)),
    Item("SAML integration with the file service", Party.PROVIDER, ("saml",)),
    Item(
        "site monitoring: instance, database, directory connectivity, VPN tunnel if applicable, public certificate, licensing",
        Party.PROVIDER,
        ("vpn", "certificate", "licensing"),
    ),
    Item("gateway: management and updates", Party.CUSTOMER, ("gateway",), handed_over=True),
    Item("machines that carry connectors", Party.CUSTOMER, ("connector_machine",)),
    Item("LDAP / Active Directory", Party.CUSTOMER, ("ldap",)),
    Item("DNS", Party.CUSTOMER, ("dns",)),
    Item("file service: initial configuration, on-premises storage controller, updates", Party.CUSTOMER, kinds=("file_service",)),
    Item(
        "product configuration: devices, policies, apps, delivery groups, actions, client certificates",
        Party.CUSTOMER,
    ),
)

_DEFAULTS = {kind: item.party for item in RESPONSIBILITIES if not item.handed_over for kind in item.kinds}


def managed_by(kind: str) -> Party:
    """The default owner of a component kind; a kind that is in no customer row is the provider's. A site may override."""
    return _DEFAULTS.get(kind, Party.PROVIDER)


class Owner(Enum):
    """Whose matter a cause is. NAMED: the exclusion itself must name the party."""

    CUSTOMER = "customer"
    THIRD_PARTY = "third party"
    NAMED = "named party"
    FORCE_MAJEURE = "force majeure"


@dataclass(frozen=True, slots=True)
class ExcludedCause:
    """A cause that an agreement may leave out; ``words`` are those of the 2018 service level goal (or of the 2020 one)."""

    code: str
    owner: Owner
    words: str
    since_2020: bool = False


CAUSES = (
    ExcludedCause("customer_config_requirements", Owner.CUSTOMER, "failure to follow configuration requirements for the service"),
    ExcludedCause("customer_machines", Owner.CUSTOMER, "customer controlled physical and virtual machines"),
    ExcludedCause("customer_operating_system", Owner.CUSTOMER, "customer installed and maintained operating systems"),
    ExcludedCause(
        "customer_network_hardware",
        Owner.CUSTOMER,
        "customer installed and controlled networking equipment or other hardware",
    ),
    ExcludedCause(
        "customer_policies",
        Owner.CUSTOMER,
        "customer defined and controlled security settings, group policies, and other configuration policies",
    ),
    ExcludedCause("unmanaged_component", Owner.NAMED, "any component not managed by the provider"),
    ExcludedCause("public_cloud_provider", Owner.THIRD_PARTY, "public cloud provider failures"),
    ExcludedCause("isp", Owner.THIRD_PARTY, "ISP failures"),
    ExcludedCause("other_external", Owner.NAMED, "other failures external to the control of the provider"),
    ExcludedCause("force_majeure_natural_disaster", Owner.FORCE_MAJEURE, "natural disaster"),
    ExcludedCause("force_majeure_war", Owner.FORCE_MAJEURE, "war"),
    ExcludedCause("force_majeure_terrorism", Owner.FORCE_MAJEURE, "acts of terrorism"),
    ExcludedCause("force_majeure_government", Owner.FORCE_MAJEURE, "government action"),
    ExcludedCause("force_majeure_other", Owner.FORCE_MAJEURE, "other reasons beyond the control of the provider"),
    ExcludedCause("advised_change_not_made", Owner.CUSTOMER, "a change that was advised and not made", since_2020=True),
    ExcludedCause("customer_credentials_or_staff", Owner.CUSTOMER, "credentials or staff of the customer", since_2020=True),
    ExcludedCause("entitlement_exceeded", Owner.CUSTOMER, "use beyond what was ordered", since_2020=True),
)
"""Every cause that the presets leave out, in the order of the goal."""


def cause_words(code: str) -> str:
    """The agreement's words for a cause; a cause that an agreement added itself is read as it is written."""
    return next((cause.words for cause in CAUSES if cause.code == code), code.replace("_", " "))
