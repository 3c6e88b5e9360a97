"""Whose fault an outage seems to be: a proposal with reasons for people to judge. It changes no figure and approves nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node
from sla.responsibility import Party
from sla.span import Instant, Span
from sla.state import Cause, State

NEAR_INTERVALS = 2
"""A dependency that is seen down this many intervals late may still have been the first: looks are not simultaneous."""
SHARED_CUSTOMERS = 2


class Confidence(Enum):
    """STRONG: every sign points there. WEAK: something that would tell was not seen, or only people can know."""

    STRONG = "strong"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class View:
    """What one vantage saw of a component in the outage; ``operator`` runs its network (None: not known)."""

    vantage: str
    operator: str | None
    state: State


@dataclass(frozen=True, slots=True)
class Part:
    """One component as it was seen around an outage.

    ``states`` cover the outage and a little around it, in order. ``causes`` are those of its looks that were not up.
    ``control`` is how our own counterpart was seen from the same vantages (UNKNOWN: there is none, or nobody saw it).
    ``shared_down`` are the customers, this one included, whose part of the same shared item was down in the outage.
    ``credential_worked``: the sign-in that was refused had been accepted before. ``owner`` names who runs it, in words.
    """

    name: str
    kind: str
    managed_by: Party
    interval_ms: int
    states: tuple[tuple[Span, State], ...]
    depends_on: tuple[str, ...] = ()
    causes: frozenset[Cause] = frozenset()
    maintenance: bool = False
    control: State = State.UNKNOWN
    views: tuple[View, ...] = ()
    shared_down: frozenset[str] = frozenset()
    credential_worked: bool = False
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of an outage: its site's components, and the cloud's own word if an operator has entered one."""

    parts: Mapping[str, Part]
    cloud_status: str | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The proposal for ``component``: who (None: undecided), the cause's code (None: undecided), and why, in words.

    ``named`` is the party's name where the cause wants one. A code that begins with ``provider_`` can never be excluded.
    """

    component: str
    party: Party | None
    cause: str | None
    confidence: Confidence
    reasons: tuple[str, ...]
    named: str | None = None


def attribute(outage: Span, down: tuple[str, ...], evidence: Evidence) -> Attribution:
    """Whose fault the ``outage`` of the components ``down`` seems to be.

    Several troubles at once: the provider's own stands before anybody else's, else what went down first.
    """
    found = [_of(evidence.parts[name], outage, evidence, ()) for name in down if name in evidence.parts]
    if not found:
        return Attribution("", None, None, Confidence.WEAK, ("no component of it was seen down",))
    chosen = min(found, key=lambda one: (one.party is not Party.PROVIDER, _went_down(evidence.parts[one.component], outage)))
    others = dict.fromkeys(one.component for one in found if (one.party, one.cause) != (chosen.party, chosen.cause))
    also = tuple(f"{name} was down too, by another cause" for name in others if name != chosen.component)
    return Attribution(chosen.component, chosen.party, chosen.cause, chosen.confidence, chosen.reasons + also, chosen.named)


def broke(node: Node, down: Collection[str]) -> frozenset[str]:
    """Those of the components ``down`` that bring ``node`` down, alone or with others of them; none if it is not down.

    A node of several that is away while enough others serve did not cause the outage that a directory made.
    """
    match node:
        case Leaf(name):
            return frozenset((name,)) if name in down else frozenset()
        case Degrading():
            return frozenset()
        case All(of):
            return frozenset().union(*(broke(child, down) for child in of))
        case AtLeast(k, of):
            needed = len(of) - min(k, len(of)) + 1
        case DownWhen(q, of):
            needed = min(q, len(of))
    fallen = [parts for child in of if (parts := broke(child, down))]
    return frozenset().union(*fallen) if len(fallen) >= needed else frozenset()


def _of(part: Part, outage: Span, evidence: Evidence, seen: tuple[str, ...]) -> Attribution:
    """The first rule that fits ``part``; ``seen`` are the parts that led here."""
    if busy := _in_maintenance(part, evidence.parts):
        return _provider(part, "maintenance", f"maintenance of {busy} was in process")
    at = _went_down(part, outage)
    if before := _first_before(part, at, evidence.parts, seen):
        after = _of(before, outage, evidence, (*seen, part.name))
        return _led(part, before, at, after)
    if len(part.shared_down) >= SHARED_CUSTOMERS:
        return _shared(part, evidence.cloud_status)
    lone = _lone_operator(part)
    if part.managed_by is not Party.PROVIDER and (part.control is State.UP or lone is None):
        return _foreign(part, evidence.parts)
    if lone is not None:
        reason = f"only the vantages in the network of {lone} saw {part.name} down, others saw it up"
        return Attribution(part.name, Party.THIRD_PARTY, "isp", Confidence.WEAK, (reason,))
    if part.managed_by is Party.PROVIDER:
        return _provider(part, part.kind, f"{part.name} is managed by the provider and nothing it depends on failed before it")
    return Attribution(part.name, None, None, Confidence.WEAK, (f"nothing tells why {part.name} was down",))


def _provider(part: Part, what: str, reason: str) -> Attribution:
    return Attribution(part.name, Party.PROVIDER, f"provider_{what}", Confidence.STRONG, (reason,))


def _shared(part: Part, cloud_status: str | None) -> Attribution:
    reason = f"{part.name} is shared, and {len(part.shared_down)} customers were down on it"
    if cloud_status is None:
        return _provider(part, part.kind, reason)
    reasons = (reason, f"the cloud provider says so itself: {cloud_status}")
    return Attribution(part.name, Party.THIRD_PARTY, "public_cloud_provider", Confidence.WEAK, reasons)


def _foreign(part: Part, parts: Mapping[str, Part]) -> Attribution:
    """What the provider doesn't manage: strong only if the way to it was seen fine."""
    code, reasons = _foreign_code(part)
    doubts = list(_unseen_on_the_way(part, parts))
    if part.managed_by is Party.THIRD_PARTY:
        doubts.append("a third party runs it, and nobody asked it yet")
    if not doubts:
        reasons.append(f"our own counterpart of {part.name} was fine from the same vantages")
    confidence = Confidence.WEAK if doubts else Confidence.STRONG
    named = (part.owner or part.name) if code == "unmanaged_component" else None
    return Attribution(part.name, part.managed_by, code, confidence, (*reasons, *doubts), named)


def _foreign_code(part: Part) -> tuple[str, list[str]]:
    managed = f"{part.name} is managed by the {part.managed_by.value.replace('_', ' ')}"
    if part.kind == "connector_machine":
        return "customer_machines", [f"{managed} and carries the connector"]
    if part.kind == "vpn":
        return "customer_network_hardware", [f"{managed}: the far end of the tunnel"]
    if Cause.AUTH_FAILED in part.causes and part.credential_worked:
        return "customer_policies", [managed, "it refused a sign-in that it had accepted before"]
    return "unmanaged_component", [managed]


def _unseen_on_the_way(part: Part, parts: Mapping[str, Part]) -> Iterator[str]:
    """What would have to be seen fine, and was not."""
    if part.control is not State.UP:
        yield f"no counterpart of ours was seen fine from where {part.name} is looked at"
    for other in _below(part, parts):
        if other.kind == "connector" and any(state is not State.UP for _, state in other.states):
            yield f"the connector {other.name} was not seen up all the time"


def _below(part: Part, parts: Mapping[str, Part]) -> tuple[Part, ...]:
    """Everything that ``part`` depends on, over others or straight, nearest first."""
    found: dict[str, Part] = {}
    waiting = list(part.depends_on)
    while waiting:
        name = waiting.pop(0)
        if name in parts and name not in found:
            found[name] = parts[name]
            waiting += parts[name].depends_on
    return tuple(found.values())


def _in_maintenance(part: Part, parts: Mapping[str, Part]) -> str | None:
    return next((one.name for one in (part, *_below(part, parts)) if one.maintenance), None)


def _went_down(part: Part, outage: Span) -> Instant:
    """When ``part`` went down for this outage; what was never seen down counts from the outage's start."""
    return next((span.start for span, state in part.states if state is State.DOWN and span.cut(outage)), outage.start)


def _first_before(part: Part, at: Instant, parts: Mapping[str, Part], seen: tuple[str, ...]) -> Part | None:
    """The dependency that failed first, up to ``NEAR_INTERVALS`` after ``at``.

    Where none was seen down, one of the provider's that nobody saw counts as failed: the doubt is never the customer's.
    """
    near = NEAR_INTERVALS * part.interval_ms
    below = [parts[name] for name in part.depends_on if name in parts and name not in seen]

    def failed(state: State, among: list[Part]) -> Part | None:
        starts = [
            (span.start, place)
            for place, one in enumerate(among)
            for span, was in one.states
            if was is state and span.start <= at + near and span.end > at - near
        ]
        return among[min(starts)[1]] if starts else None

    return failed(State.DOWN, below) or failed(State.UNKNOWN, [one for one in below if one.managed_by is Party.PROVIDER])


def _led(part: Part, before: Part, at: Instant, after: Attribution) -> Attribution:
    """The attribution of ``before``, told from ``part``; one that was not seen down makes it weak."""
    down = any(state is State.DOWN for _, state in before.states)
    words = "failed before it or with it" if down else "was not seen at all"
    reason = f"{part.name} depends on {before.name}, which {words}"
    confidence = after.confidence if down else Confidence.WEAK
    return Attribution(after.component, after.party, after.cause, confidence, (reason, *after.reasons), after.named)


def _lone_operator(part: Part) -> str | None:
    """The one network operator through which alone it was down, while others saw it up."""
    failing = {view.operator for view in part.views if view.state is State.DOWN}
    fine = {view.operator for view in part.views if view.state is State.UP}
    if len(failing) != 1 or not fine or failing & fine:
        return None
    return next(iter(failing))
