"""What the files may say: strict models, one a mapping of the YAML. Durations become ms, goals Fractions, binds pairs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.config import texts
from monitor.config.mistake import Wrong, did_you_mean, shown
from monitor.config.secrets import reference
from probes.probe import SecretRef
from sla.responsibility import CAUSES as EXCLUDABLE
from sla.responsibility import RESPONSIBILITIES

COMPONENT_KINDS = (*dict.fromkeys(kind for item in RESPONSIBILITIES for kind in item.kinds), "smtp", "other")
CAUSES = tuple(cause.code for cause in EXCLUDABLE)
T = TypeVar("T")
ID = r"^[a-z0-9][a-z0-9-]{0,62}$"


def _says(judge: Callable[[object], T]) -> BeforeValidator:
    """A judge of ``texts`` as a validator whose message is the judge's own."""

    def validate(value: object) -> T:
        try:
            return judge(value)
        except Wrong as wrong:
            raise PydanticCustomError("wrong", "{text}", {"text": str(wrong)}) from None

    return BeforeValidator(validate)


def _text(pattern: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, **more})


def _component_kind(value: object) -> object:
    if isinstance(value, str) and value in COMPONENT_KINDS:
        return value
    near = did_you_mean(value, COMPONENT_KINDS) if isinstance(value, str) else ""
    raise Wrong(f"not a kind of component, got {shown(value)}, expected one of {', '.join(COMPONENT_KINDS)}{near}")


def _excluded_cause(value: object) -> object:
    """A cause of the table; the provider's own stand in no agreement."""
    if isinstance(value, str) and value in CAUSES:
        return value
    if isinstance(value, str) and value.startswith("provider_"):
        raise Wrong(f"the provider's own faults are never excluded, got {shown(value)}")
    near = did_you_mean(value, CAUSES) if isinstance(value, str) else ""
    raise Wrong(f"not a cause that can be excluded, got {shown(value)}, expected one of {', '.join(CAUSES)}{near}")


Key = Annotated[str, Field(pattern=ID)]
ExcludedCause = Annotated[str, _says(_excluded_cause), WithJsonSchema({"type": "string", "enum": [*CAUSES]})]
Words = Annotated[str, _says(texts.words), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200})]
Duration = Annotated[int, _says(texts.duration), _text("^[0-9]{1,9}(ms|s|m|h|d)$", examples=["30s"])]
Zone = Annotated[str, _says(texts.zone), _text("^[A-Za-z0-9_+/-]+$", examples=["Europe/Berlin"])]
Email = Annotated[str, _says(texts.email), WithJsonSchema({"type": "string", "format": "email"})]
HostPort = Annotated[tuple[str, int], _says(texts.host_port), _text("^.+:[0-9]{1,5}$", examples=["192.0.2.1:53"])]
HostName = Annotated[str, _says(texts.host_name), WithJsonSchema({"type": "string", "format": "hostname"})]
Goal = Annotated[InstanceOf[Fraction], _says(texts.goal), _text(r"^[0-9]{1,3}(\.[0-9]{1,6})?%$", examples=["99.9%"])]
Impact = Annotated[InstanceOf[Fraction], _says(texts.impact), _text(r"^(0(\.[0-9]{1,3})?|1(\.0{1,3})?)$")]
Wall = Annotated[int, _says(texts.wall), _text("^[0-2][0-9]:[0-5][0-9]$", examples=["08:00"])]
Date = Annotated[InstanceOf[date], _says(texts.date_), WithJsonSchema({"type": "string", "format": "date"})]
At = Annotated[int, _says(texts.instant), WithJsonSchema({"type": "string", "format": "date-time"})]
SecretText = Annotated[InstanceOf[SecretRef], _says(reference), _text("^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$")]
ComponentKind = Annotated[str, _says(_component_kind), WithJsonSchema({"type": "string", "enum": [*COMPONENT_KINDS]})]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/@]+(/\S*)?$", max_length=2000)]


class Strict(BaseModel):
    """Nothing is converted, nothing unknown is let in, no value is shown back by the library."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, frozen=True)
    noun: ClassVar[str] = "mapping"


class ProviderText(Strict):
    """Who runs the service."""

    noun = "provider"
    name: Words
    zone: Zone = "UTC"
    language: Literal["en", "de"] = "en"
    url: Url | None = None


class ListenerText(Strict):
    """An address to listen on; anything but loopback needs ``behind_proxy: true``."""

    noun = "listener"
    bind: HostPort
    behind_proxy: bool = False


class PublicText(ListenerText):
    """The public listener and the address under which its readers know it."""

    noun = "public listener"
    url: Url | None = None


class DkimText(Strict):
    """How letters are signed by ourselves: ``key`` leads to an RSA key in PEM, published under ``selector``."""

    noun = "dkim"
    selector: HostName
    key: SecretText
    domain: HostName | None = None


class MailText(Strict):
    """The mail server that takes our letters, and as whom they go out. Only one on this machine may be spoken to in clear."""

    noun = "mail"
    relay: HostPort
    tls: Literal["start_tls", "implicit", "none"] = "start_tls"
    ca_file: Words | None = None
    user: Words | None = None
    password: SecretText | None = None
    sender: Email = Field(alias="from")
    name: Words | None = None
    reply_to: Email | None = None
    domain: HostName | None = None
    operators: Email | None = None
    dkim: DkimText | None = None


class GatewayText(ListenerText):
    """The listener that senders push their signs of life to, and the address under which they know it."""

    noun = "gateway"
    url: Url | None = None
    ca_file: Words | None = None


class TracingText(Strict):
    """Where traces go, and of how many looks that found nothing new one is sent."""

    noun = "tracing"
    endpoint: Url
    share: Annotated[float, Field(ge=0, le=1)] = 1.0


class VantageText(Strict):
    """A place that looks, the hosts that tell whether it can see, its resolvers and the name that tells whether they work."""

    noun = "vantage"
    canaries: list[HostPort] = []
    resolvers: list[HostPort] = []
    canary_name: HostName | None = None
    network_operator: Words | None = None


class PublicEntryText(Strict):
    """One line of the public page over components given as ``site/component``."""

    noun = "public entry"
    name: Words
    members: Annotated[list[str], Field(min_length=1)]
    group: Words | None = None


class TrainText(Strict):
    """Rollouts that draft themselves: every so many days from ``first`` on, ``ahead`` days before they begin."""

    noun = "train"
    first: Date
    every: Annotated[int, Field(ge=1, le=366)] = 21
    ahead: Annotated[int, Field(ge=4, le=366)] = 14


class SoakText(Strict):
    """How long a wave is watched after its last site: those of our own sites, and all others."""

    noun = "soak"
    internal: Duration = 72 * 3_600_000
    others: Duration = 48 * 3_600_000


class RolloutsText(Strict):
    """How releases are carried to sites, wave after wave; without ``train`` nothing is drafted by itself."""

    noun = "rollouts"
    start: Wall = 22 * 60
    window: Duration = 7_200_000
    impact: Literal["NO-IMPACT", "REDUCED-REDUNDANCY", "DEGRADED", "OUTAGE"] = "DEGRADED"
    soak: SoakText = SoakText()
    general_waves: Annotated[int, Field(ge=1, le=20)] = 1
    train: TrainText | None = None


class MainText(Strict):
    """The main file."""

    noun = "main file"
    provider: ProviderText
    data: Words = "data"
    operator: ListenerText = ListenerText.model_construct(bind=("127.0.0.1", 8090))
    public: PublicText | None = None
    mail: MailText | None = None
    gateway: GatewayText | None = None
    tracing: TracingText | None = None
    rollouts: RolloutsText = RolloutsText()
    vantages: Annotated[dict[Key, VantageText], Field(min_length=1)] = {"main": VantageText()}
    public_entries: list[PublicEntryText] = []
    sites: list[Words] = ["sites/*.yaml"]


class CustomerText(Strict):
    """Whose site it is."""

    noun = "customer"
    id: Key
    name: Words


class ContactText(Strict):
    """A designated contact; ``kinds`` are the notices that this person gets, ``calendar`` how, ``reminders`` when again.

    ``fallback`` is the address of another contact of the site, for what could not be delivered to this one.
    """

    noun = "contact"
    name: Words
    email: Email
    language: Literal["en", "de"] = "en"
    zone: Zone = "UTC"
    kinds: Annotated[list[Literal["maintenance", "release", "incident", "statement"]], Field(min_length=1)] = [
        "maintenance",
        "release",
        "incident",
        "statement",
    ]
    calendar: Literal["attach", "publish", "invite", "off"] = "attach"
    reminders: Annotated[list[Duration], Field(max_length=5)] = [86_400_000, 3_600_000]
    fallback: Email | None = None


class ComponentText(Strict):
    """A part of a site. Without ``kind`` it is that of its checks; without ``managed_by`` the responsibility table says who."""

    noun = "component"
    id: Key
    name: Words | None = None
    kind: ComponentKind | None = None
    managed_by: Literal["provider", "customer", "third_party"] | None = None
    depends_on: list[str] = []
    shared: Key | None = None
    control_for: list[ComponentKind] = []
    public: bool = False


class HoursText(Strict):
    """Hours of service, wall clock in the agreement's zone."""

    noun = "line of service hours"
    days: Annotated[list[Day], Field(min_length=1)]
    since: Wall = Field(alias="from")
    until: Wall = Field(alias="to")


class AgreementText(Strict):
    """What differs from the preset."""

    noun = "agreement"
    preset: Literal["slg-2018", "sla-2020"] = "slg-2018"
    version: Words | None = None
    zone: Zone | None = None
    goal: Goal | None = None
    judged_by: Literal["any_days", "month"] | None = None
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    rolling_hours: Annotated[int, Field(ge=1, le=8784)] | None = None
    excluded_causes: list[ExcludedCause] | None = None
    exclusion_effect: Literal["downtime-only", "remove-from-period"] | None = None
    maintenance: Literal["counts", "excluded"] | None = None
    maintenance_notice: Duration | None = None
    unknown: Literal["bounds", "remove-from-period"] | None = None
    down_then_unknown: Literal["unknown", "stays-down"] | None = None
    degraded_impact: Impact | None = None
    service_hours: list[HoursText] | None = None
    effective_from: At | None = None
    effective_to: At | None = None


class CheckText(Strict):
    """What every check has; the fields of its kind stand beside these."""

    noun = "check"
    id: Key
    component: str
    kind: str
    interval: Duration | None = None
    deadline: Duration | None = None
    repeat: Duration | None = None
    confirm_failures: Annotated[int, Field(ge=1, le=20)] = 3
    confirm_successes: Annotated[int, Field(ge=1, le=20)] = 2
    slow_ms: Annotated[int, Field(ge=1, le=600_000)] | None = None
    locations: Annotated[list[str], Field(min_length=1)] | None = Field(default=None, alias="from")


class SiteText(Strict):
    """One site. Without ``customer`` it is the provider's own and needs no contact. ``agreement`` may list its versions."""

    noun = "site"
    id: Key
    name: Words
    customer: CustomerText | None = None
    ring: Literal["internal", "early", "general"] = "general"
    page_generation: Annotated[int, Field(ge=0)] = 0
    simulated: bool = False
    agreement: AgreementText | Annotated[list[AgreementText], Field(min_length=1)] = AgreementText()
    contacts: list[ContactText] = []
    components: Annotated[list[ComponentText], Field(min_length=1)]
    composition: Any = None
    checks: Annotated[list[dict[str, Any]], Field(min_length=1)]


class OneAgreementText(SiteText):
    """A site with one version of its agreement."""

    agreement: AgreementText = AgreementText()


class VersionsText(SiteText):
    """A site with a list of them."""

    agreement: Annotated[list[AgreementText], Field(min_length=1)]
