"""A mail server: the dialogue up to where a mail would begin. No mail is sent.

Greets, asks for the extensions, goes over to TLS (`mode: starttls`, or `tls` from the first byte; `plain` only with
`insecure_plaintext: true`), logs in if `user` and `password` are given (AUTH PLAIN, never before TLS), and says goodbye.
`port` is 25, in mode tls 465. A name with several addresses is looked at by its first.

A refused password is `auth_failed` if it worked before; if it never did, it is our mistake (`unknown`).

Down causes: `service_error` (a 4xx or 5xx), `assert_failed` (STARTTLS or AUTH PLAIN not offered), `auth_failed`,
`proto_malformed` (also what a stranger might have slipped in before TLS), and those of every connection. Phases: resolve,
connect, banner, tls, auth.

```yaml
- id: mail-out
  component: smtp
  kind: smtp
  host: mail.ops.example
  port: 587
```
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from probes.dialogue import Dialogue, Reply
from probes.probe import Conversation, Defaults, Fact, Failed, Family, Finding, Look, Malformed, SecretRef, Tls, down, up
from probes.target import checked_host, checked_port, ip_protocol, tls_facts
from sla.state import Cause

CAP = 256 << 10
"""More than the longest dialogue that ``probes.dialogue`` takes."""
_PORTS = {"starttls": 25, "plain": 25, "tls": 465}
READY, DONE, LOGGED_IN, REFUSED = 220, 250, 235, 535


@dataclass(frozen=True, slots=True)
class Smtp:
    """One dialogue. ``helo`` is what we call ourselves."""

    kind: ClassVar[str] = "smtp"
    defaults: ClassVar[Defaults] = Defaults(interval_s=300, deadline_s=10.0, component_kind="smtp", slow_ms=2000)
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    measures: ClassVar[Mapping[str, str]] = {
        "smtp_status_code": "Code of the last reply.",
        "smtp_starttls": "Whether STARTTLS is offered.",
    }

    host: str
    port: int | None = None
    mode: Literal["starttls", "tls", "plain"] = "starttls"
    insecure_plaintext: bool = False
    server_name: str | None = None
    ca_file: str | None = None
    helo: str = "monitor.invalid"
    user: str | None = None
    password: SecretRef | None = None
    family: Family = "any"
    _port: int = field(init=False, repr=False, compare=False)
    _tls: Tls = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked_host("host", self.host)
        checked_host("helo", self.helo)
        name = checked_host("server_name", self.server_name or self.host)
        object.__setattr__(self, "_port", checked_port("port", _PORTS[self.mode] if self.port is None else self.port))
        object.__setattr__(self, "_tls", Tls(name, self.ca_file))
        if self.mode == "plain" and not self.insecure_plaintext:
            raise ValueError("mode: plain speaks in clear, expected starttls or tls (or insecure_plaintext: true)")
        if (self.user is None) != (self.password is None):
            raise ValueError(f"{'user' if self.user is None else 'password'}: is missing, a login needs user and password")

    async def check(self, look: Look) -> Finding:
        """One dialogue with the first address. The credential is fetched first: while it rests nothing is sent."""
        login = None if self.password is None else _plain(self.user or "", look.secret(self.password).reveal())
        address = (await look.gate.addresses(self.host, self.family))[0]
        facts: dict[str, Fact] = {"ip_protocol": ip_protocol(address)}
        try:
            await self._talk(look, address, login, facts)
        except _Said as said:
            return self._refused(said, look, facts)
        return up(facts)

    async def _talk(self, look: Look, address: str, login: str | None, facts: dict[str, Fact]) -> None:
        """The dialogue. Raises _Said for a reply that was not wanted."""
        stream = await look.gate.stream(address, self._port, self._tls if self.mode == "tls" else None, CAP)
        dialogue = Dialogue(stream)
        with look.phase("banner"):
            _wanted("banner", READY, await dialogue.reply(), facts)
            offered = await self._extensions(dialogue, facts)
        facts["smtp_starttls"] = "STARTTLS" in offered
        if self.mode == "starttls":
            offered = await self._secured(look, stream, dialogue, offered, facts)
        facts.update(tls_facts(stream.get_extra_info("ssl_object")))
        if login is not None and self.password is not None:
            with look.phase("auth"):
                await self._logged_in(dialogue, offered, login, facts)
            look.accepted(self.password)
        await dialogue.say("QUIT")

    async def _extensions(self, dialogue: Dialogue, facts: dict[str, Fact]) -> dict[str, str]:
        """What the server offers, by keyword."""
        reply = _wanted("EHLO", DONE, await dialogue.ask(f"EHLO {self.helo}"), facts)
        parts = [line.upper().partition(" ") for line in reply.lines[1:]]
        return {keyword: more for keyword, _, more in parts}

    async def _secured(
        self, look: Look, stream: Conversation, dialogue: Dialogue, offered: dict[str, str], facts: dict[str, Fact]
    ) -> dict[str, str]:
        """What the server offers once TLS stands; what it offered before does not count any more."""
        if "STARTTLS" not in offered:
            raise Failed(down(Cause.ASSERT_FAILED, "STARTTLS is not offered, wanted it", facts))
        with look.phase("banner"):
            _wanted("STARTTLS", READY, await dialogue.ask("STARTTLS"), facts)
        if dialogue.pending:
            raise Malformed("peer spoke on before TLS began, wanted silence")
        await stream.start_tls(self._tls)
        with look.phase("banner"):
            return await self._extensions(dialogue, facts)

    async def _logged_in(self, dialogue: Dialogue, offered: dict[str, str], login: str, facts: dict[str, Fact]) -> None:
        if "PLAIN" not in offered.get("AUTH", "").split():
            raise Failed(down(Cause.ASSERT_FAILED, "AUTH PLAIN is not offered, wanted it", facts))
        _wanted("AUTH", LOGGED_IN, await dialogue.ask(f"AUTH PLAIN {login}"), facts)

    def _refused(self, said: _Said, look: Look, facts: dict[str, Fact]) -> Finding:
        if said.code == REFUSED and self.password is not None:
            return look.refused(self.password, str(said))
        return down(Cause.SERVICE_ERROR, str(said), facts)


class _Said(Exception):
    """The server answered with another code than the one wanted. Its text is not repeated."""

    def __init__(self, what: str, code: int, wanted: int) -> None:
        super().__init__(f"{what} answered {code}, wanted {wanted}")
        self.code = code


def _wanted(what: str, code: int, reply: Reply, facts: dict[str, Fact]) -> Reply:
    facts["smtp_status_code"] = reply.code
    if reply.code != code:
        raise _Said(what, reply.code, code)
    return reply


def _plain(user: str, password: str) -> str:
    """The response of AUTH PLAIN (RFC 4616)."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
