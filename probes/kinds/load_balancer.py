"""A load balancer: the virtual address as users reach it, against each node behind it, and what it says of itself.

Looks at the same time at `vip` (fields as those of `instance`: `url`, `json`, `ca_file` …), at each of `nodes` (host:port, asked
for the same page under the same name; `node_path` another page, `node_tls: false` where TLS ends at the balancer) and, with
`nitro`, at what a NetScaler reports of the virtual server. Only the virtual address makes it down: data decides, control
explains. While it answers, nodes that fail are `degraded(members_missing)`; below `min_nodes` the reason says so. NetScaler's
word BUSY is `degraded(saturated)`, a health below 100 % `degraded(members_missing)`.

`nitro` needs a command policy of its own that reads and nothing else:
`add system cmdPolicy threenines ALLOW "^stat lb vserver( .*)?$"`, then `add system user nsmon …`,
`bind system user nsmon threenines 100`. It asks over https with `ca_file`, which may be the appliance's own certificate; the
password goes into a header of that one request and no session is left behind. `slow_ms` is about the whole look.

Notices: `control_disagrees` (it says down, users are served), `out_of_service` (people took it out, users are served),
`control_unreadable` (it did not say; the credential rests after three refusals like any other).

Down causes: those of `instance`, for the virtual address. Degraded: `members_missing`, `saturated`. Phases: those of the slowest.

```yaml
- id: load-balancer
  component: load-balancer
  kind: load_balancer
  vip: {url: https://mdm.acme.example/health, json: [{pointer: /status, equals: UP}]}
  nodes: ["10.20.1.11:8443", "10.20.1.12:8443"]
  nitro: {url: https://ns1.ops.example, user: nsmon, password: env:NITRO, vserver: lb_mdm_443, ca_file: /etc/threenines/ns.pem}
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar
from urllib.parse import quote

from probes import nitro
from probes.members import Addresses, each_address
from probes.probe import (
    Defaults,
    Fact,
    Failed,
    Family,
    Finding,
    Look,
    Malformed,
    Notice,
    SecretRef,
    degraded,
    down,
    up,
)
from probes.request import OK, Request, unwanted
from probes.target import host_and_port, shown
from probes.url import Url
from sla.state import Cause, State

MAX_NODES = 32


@dataclass(frozen=True, slots=True)
class Nitro:
    """Where a NetScaler is asked, and as whom."""

    url: str
    user: str
    password: SecretRef
    vserver: str
    ca_file: str | None = None
    insecure_plaintext: bool = False
    request: Request = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        to = Url.of("url", self.url)
        if to.target != "/":
            raise ValueError(f'url: must be without a path, got "{shown(to.target, 80)}"')
        if not to.secure and not self.insecure_plaintext:
            raise ValueError("url: must be https, or the password goes in clear (insecure_plaintext: true allows it)")
        if not self.user.isascii() or not self.user.isprintable() or not self.user:
            raise ValueError(f'user: must be printable ASCII, got "{shown(self.user, 80)}"')
        if not self.vserver:
            raise ValueError("vserver: must be the name of a virtual server, got nothing")
        url = f"{self.url.rstrip('/')}/nitro/v1/stat/lbvserver/{quote(self.vserver, safe='')}"
        request = Request(url, headers={"X-NITRO-USER": self.user}, ca_file=self.ca_file)
        object.__setattr__(self, "request", request)


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """One virtual address and what is behind it."""

    kind: ClassVar[str] = "load_balancer"
    defaults: ClassVar[Defaults] = Defaults(interval_s=30, deadline_s=10.0, component_kind="load_balancer", slow_ms=1000)
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    measures: ClassVar[Mapping[str, str]] = {
        "members_up": "Nodes that answer.",
        "members_total": "Nodes behind the virtual address.",
        "lb_health_percent": "Health of the virtual server by the balancer's own word.",
        "lb_active_services": "Services that the balancer sends requests to.",
    }

    vip: Request
    nodes: tuple[str, ...] = ()
    min_nodes: int = 1
    node_path: str | None = None
    node_tls: bool | None = None
    nitro: Nitro | None = None
    family: Family = "any"
    addresses: Addresses = "each"
    _node: Request = field(init=False, repr=False, compare=False)
    _places: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.nodes) > MAX_NODES or len(set(self.nodes)) < len(self.nodes):
            raise ValueError(f"nodes: must be at most {MAX_NODES} different ones, got {len(self.nodes)}")
        if not 0 <= self.min_nodes <= max(1, len(self.nodes)):
            raise ValueError(f"min_nodes: must be 0 to {max(1, len(self.nodes))}, got {self.min_nodes}")
        if self.node_path is not None and not self.node_path.startswith("/"):
            raise ValueError(f'node_path: must begin with /, got "{shown(self.node_path, 80)}"')
        secure = self.vip.to.secure if self.node_tls is None else self.node_tls
        path = self.vip.to.target if self.node_path is None else self.node_path
        node = replace(self.vip, url=f"{'https' if secure else 'http'}://{self.vip.to.authority}{path}")
        places = tuple(host_and_port("nodes", text, node.to.port) for text in self.nodes)
        object.__setattr__(self, "_node", node)
        object.__setattr__(self, "_places", places)

    async def check(self, look: Look) -> Finding:
        """Look at all of it at once and judge by the virtual address."""
        nodes = [partial(self._at_node, host, port) for host, port in self._places]
        control = [] if self.nitro is None else [partial(_asked, self.nitro)]
        vip, *rest = await look.apart([self._at_vip, *nodes, *control])
        return _judged(vip, dict(zip(self.nodes, rest, strict=False)), self.min_nodes, rest[len(nodes)] if control else None)

    async def _at_vip(self, look: Look) -> Finding:
        return await each_address(look, self.vip.to.host, self.family, self.addresses, self.vip.visit)

    async def _at_node(self, host: str, port: int, look: Look) -> Finding:
        address = (await look.gate.addresses(host, self.family))[0]
        return await self._node.visit(address, look, port)


async def _asked(at: Nitro, look: Look) -> Finding:
    """What the balancer says of itself, as facts; down or unknown if it does not say."""
    address = (await look.gate.addresses(at.request.to.host))[0]
    reply = await at.request.fetch(address, look, {"X-NITRO-PASS": at.password})
    if reply.answer.status == 401:
        return look.refused(at.password, f"NITRO answered 401 to {shown(at.user, 80)}, wanted {OK}")
    try:
        said = nitro.vserver(reply.answer.body, at.vserver)
    except nitro.Refusal as refusal:
        if refusal.code in nitro.CREDENTIALS:
            return look.refused(at.password, f"{refusal} to {shown(at.user, 80)}")
        return down(Cause.SERVICE_ERROR, str(refusal))
    except Malformed:
        if reply.answer.status != OK:
            raise Failed(unwanted(reply, str(OK))) from None
        raise
    look.accepted(at.password)
    told: dict[str, int | str | None] = {
        "lb_state": said.state,
        "lb_health_percent": said.health_percent,
        "lb_active_services": said.active,
    }
    return up({name: value for name, value in told.items() if value is not None})


def _judged(vip: Finding, nodes: dict[str, Finding], least: int, control: Finding | None) -> Finding:
    """The finding of the virtual address with what else was seen."""
    missing = {name: node for name, node in nodes.items() if node.state is State.DOWN}
    well = sum(node.state in (State.UP, State.DEGRADED) for node in nodes.values())
    facts: dict[str, Fact] = dict(vip.facts)
    if nodes:
        facts |= {"members_up": well, "members_total": len(nodes)}
    facts |= control.facts if control is not None else {}
    if vip.state in (State.DOWN, State.UNKNOWN):
        seen = f"{vip.reason}; {well} of {len(nodes)} nodes answer" if nodes else vip.reason
        return replace(vip, reason=seen[:512], facts=facts, notices=(*vip.notices, *_unread(control)))
    troubles = [*_own_trouble(vip), *_missing(missing, len(nodes), well, least), *_strain(control)]
    notices = (*vip.notices, *_unread(control), *_disagreeing(control))
    if not troubles:
        return up(facts, notices)
    return degraded(troubles[0][0], "; ".join(reason for _, reason in troubles), facts, notices)


def _own_trouble(vip: Finding) -> Sequence[tuple[Cause, str]]:
    return () if vip.cause is None else ((vip.cause, vip.reason),)


def _missing(missing: dict[str, Finding], total: int, well: int, least: int) -> Sequence[tuple[Cause, str]]:
    """The nodes that do not answer, by name and with what the first of them showed."""
    if not missing:
        return ()
    name, finding = next(iter(missing.items()))
    few = f", fewer than the {least} wanted" if well < least else ""
    return ((Cause.MEMBERS_MISSING, f"{well} of {total} nodes answer{few}; {name}: {finding.reason}"),)


def _strain(control: Finding | None) -> Sequence[tuple[Cause, str]]:
    """What the balancer says of itself that users may come to feel."""
    said = {} if control is None else control.facts
    troubles = []
    if said.get("lb_state") == nitro.BUSY:
        troubles.append((Cause.SATURATED, "the virtual server says it is BUSY, wanted UP"))
    health = said.get("lb_health_percent", 100)
    if said.get("lb_state") in nitro.WELL and isinstance(health, int) and health < 100:
        troubles.append((Cause.MEMBERS_MISSING, f"the virtual server says its health is {health} %, wanted 100 %"))
    return troubles


def _disagreeing(control: Finding | None) -> Sequence[Notice]:
    """Advice where users are served while the balancer says otherwise."""
    state = None if control is None else control.facts.get("lb_state")
    if state is None or state in nitro.WELL:
        return ()
    code = "out_of_service" if state in nitro.OUT_OF_SERVICE else "control_disagrees"
    return (Notice(code, f"the virtual server says it is {state} while its address answers"),)


def _unread(control: Finding | None) -> Sequence[Notice]:
    """Advice where the balancer did not say how it is."""
    if control is None or control.state is State.UP:
        return ()
    return (Notice("control_unreadable", f"the balancer did not say how it is: {control.reason}"),)
