"""The configuration as frozen values: what every other room knows of the YAML files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from probes.probe import Probe, SecretRef
from sla.agreement import Agreement
from sla.composition import Node
from sla.maintenance import Impact
from sla.responsibility import Party
from sla.rollout import INTERNAL
from sla.span import Instant


@dataclass(frozen=True, slots=True)
class Provider:
    """Who runs the service; shown in page headers. ``zone`` is the IANA zone of public pages."""

    name: str
    zone: str = "UTC"
    language: str = "en"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen on; anything but loopback needs TLS or ``behind_proxy``."""

    host: str
    port: int
    behind_proxy: bool = False


@dataclass(frozen=True, slots=True)
class Signing:
    """A DKIM signature: the ``domain`` that vouches, the ``selector`` under which its key is published, the RSA key (PEM)."""

    domain: str
    selector: str
    key: SecretRef


@dataclass(frozen=True, slots=True)
class Mailing:
    """The mail server (``tls`` none: on this machine) and as whom letters go out; ``domain`` names them and takes bounces."""

    host: str
    port: int
    tls: Literal["start_tls", "implicit", "none"]
    sender: str
    name: str
    domain: str
    reply_to: str | None = None
    ca_file: str | None = None
    user: str | None = None
    password: SecretRef | None = None
    operators: str | None = None
    signing: Signing | None = None

    @property
    def ours(self) -> str:
        """Where our own people read what concerns them only."""
        return self.operators or self.reply_to or self.sender


@dataclass(frozen=True, slots=True)
class Tracing:
    """The OTLP/HTTP address that traces go to, and the share of looks without news of which one is sent."""

    endpoint: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where senders push their signs of life. ``url`` is how they know it (empty: where we listen), ``ca_file`` its CA."""

    listener: Listener
    url: str = ""
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Canary:
    """A host that tells whether *we* can see: ``tcp`` connect to host:port, or a UDP/TCP ``dns`` question."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Vantage:
    """A place that looks. ``resolvers`` are host:port; empty means the system's.

    ``canary_name`` is a DNS name that resolves whenever our resolvers work: without it SERVFAIL is never a target's fault.
    ``network_operator`` carries its traffic, by name.
    """

    name: str
    canaries: tuple[Canary, ...] = ()
    resolvers: tuple[str, ...] = ()
    canary_name: str | None = None
    network_operator: str | None = None


OWN = "provider"
"""The customer's key of the provider's own sites."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose site it is."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A designated contact: gets the contractual mails and cannot be unsubscribed by a click.

    ``calendar`` is the form of the calendar part; ``reminders_ms`` are how long before a maintenance they are told again.
    ``fallback`` is the address of another contact, who is told what could not be told to this one.
    """

    name: str
    email: str
    language: str = "en"
    zone: str = "UTC"
    kinds: tuple[str, ...] = ("maintenance", "release", "incident", "statement")
    calendar: Literal["attach", "publish", "invite", "off"] = "attach"
    reminders_ms: tuple[int, ...] = (86_400_000, 3_600_000)
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a site that people have a name for. ``kind`` is the row of the responsibility table.

    Components of several sites with one ``shared`` name stand on one thing. ``control_for``: while it is seen fine, the way
    to components of these kinds, seen from the same place, is fine too.
    """

    key: str
    name: str
    kind: str
    managed_by: Party
    depends_on: tuple[str, ...] = ()
    public: bool = False
    shared: str | None = None
    control_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at regularly. Durations in ms; ``slow_ms`` None: never degraded(slow)."""

    key: str
    component: str
    probe: Probe
    every_ms: int
    deadline_ms: int
    repeat_ms: int = 10_000
    confirm_failures: int = 3
    confirm_successes: int = 2
    slow_ms: int | None = None
    locations: tuple[str, ...] = ("main",)

    @property
    def hold_ms(self) -> int:
        """How long a result holds: 2 x interval + deadline; after that nobody knows."""
        return 2 * self.every_ms + self.deadline_ms


@dataclass(frozen=True, slots=True)
class Site:
    """One customer's site with everything that is watched and promised.

    ``agreement`` is the version that takes effect last, ``earlier`` are those before it, oldest first.
    """

    key: str
    name: str
    customer: Customer
    agreement: Agreement
    components: tuple[Component, ...]
    composition: Node
    checks: tuple[Check, ...]
    contacts: tuple[Contact, ...] = ()
    ring: str = "general"
    page_generation: int = 0
    simulated: bool = False
    earlier: tuple[Agreement, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is the provider's own."""
        return self.customer.key == OWN

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """All versions in the order in which they take effect."""
        return (*self.earlier, self.agreement)

    def promised_at(self, at: Instant) -> Site:
        """The site with the version in force at ``at``; what is judged began with the first version."""
        begun = [one for one in self.agreements if one.effective_from is None or one.effective_from <= at]
        in_force = begun[-1] if begun else self.agreements[0]
        return replace(self, agreement=replace(in_force, effective_from=self.agreements[0].effective_from), earlier=())


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """One line of the public page: an operator's name over components given as ``site/component``."""

    name: str
    members: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Train:
    """Rollouts that draft themselves: one every ``every_days`` from the date ``first`` on, ``ahead_days`` before it begins."""

    first: date
    every_days: int = 21
    ahead_days: int = 14


@dataclass(frozen=True, slots=True)
class Rollouts:
    """How releases are carried to sites: windows begin at ``starts_at`` (minutes of the day) by the provider's clock.

    ``internal_soak_ms`` and ``soak_ms`` are how long a wave is watched after its last site; ``general_waves`` how many the
    ring ``general`` takes. ``train`` None: nothing is drafted by itself.
    """

    starts_at: int = 22 * 60
    window_ms: int = 7_200_000
    impact: Impact = Impact.DEGRADED
    internal_soak_ms: int = 72 * 3_600_000
    soak_ms: int = 48 * 3_600_000
    general_waves: int = 1
    train: Train | None = None

    def soak_of(self, ring: str) -> int:
        """How long a wave of ``ring`` soaks, ms."""
        return self.internal_soak_ms if ring == INTERNAL else self.soak_ms


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole, checked configuration; ``digest`` is the SHA-256 over all files read."""

    provider: Provider
    data: Path
    operator: Listener
    public: Listener | None
    vantages: Mapping[str, Vantage]
    sites: tuple[Site, ...]
    public_entries: tuple[PublicEntry, ...]
    digest: str
    public_url: str = ""
    mailing: Mailing | None = None
    gateway: Gateway | None = None
    tracing: Tracing | None = None
    rollouts: Rollouts = Rollouts()

    @property
    def address(self) -> str:
        """Where readers find the pages: as written, else the address that is listened on."""
        open_to = self.public or self.operator
        host = f"[{open_to.host}]" if ":" in open_to.host else open_to.host
        return self.public_url or f"http://{host}:{open_to.port}"

    @property
    def takes_subscribers(self) -> bool:
        """Whether people can ask for news by mail: pages are served, and there is a mail server."""
        return self.public is not None and self.mailing is not None
