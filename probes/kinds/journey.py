"""Up to ten HTTP(S) requests with memory, as a person makes them: a page, a login, what lies behind it.

Each step is judged as an `instance` is, by status and body; the first that fails ends the journey and is named in the
reason. Cookies and connections live for the look; HTTP/2 is used where it is offered (`http2: false`: never). `save`
takes a value of at most 4 KiB out of an answer (`json` pointer, `header`, or `matches`, an RE2 pattern with one group);
`{name}` stands for it in the path, query, headers and form of later steps. Redirects are answers, unless a step has
`follow_redirects`: then at most three, over https only, to places that the steps name or that are public; what was sent
in a form or in `auth` is never sent to another host.

Secrets are references: `secret_form` {field: reference}, `auth` {basic: {user, password}} or {bearer: reference}, sent to
the first step's host alone. 401 or 403 to a step that showed a credential is `auth_failed` if it worked before, else our
mistake (`unknown`). `proxy` is `http://host:port`, asked to connect; a proxy that refuses is our mistake as well.

Down causes: `http_status`, `http_redirect`, `assert_failed`, `auth_failed`, `body_too_large` (only where JSON needs the
whole body), `proto_malformed`, and those of every connection. Phases: resolve, connect, tls, and each step by its name.

```yaml
- id: console-login
  component: console
  kind: journey
  steps:
    - name: page
      url: https://mdm.acme.example/login
      save: {csrf: {matches: 'name="csrf" value="([^"]+)"'}}
    - name: login
      url: https://mdm.acme.example/login
      form: {user: probe, csrf: "{csrf}"}
      secret_form: {password: "env:ACME_CONSOLE"}
      expect_status: [302]
    - name: console
      url: https://mdm.acme.example/console
      contains: Devices
```
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote_plus

from probes.probe import (
    Defaults,
    Fact,
    Failed,
    Family,
    Finding,
    Look,
    Malformed,
    OverCap,
    SecretRef,
    Tls,
    Web,
    WebAnswer,
    WebRequest,
    WebSettings,
    down,
    up,
)
from probes.steps import Missing, Stage, Step, redirected, stages
from probes.target import shown, tls_facts
from probes.url import Url, host_of
from sla.state import Cause, State

MAX_BODY = 1 << 20
UNNEEDED_BODY = 64 << 10
"""Bytes read of a body that nobody looks into."""
MAX_REDIRECTS = 3
REFUSALS = frozenset({401, 403})
_KEEPS_METHOD = frozenset({307, 308})
_REDIRECTS = frozenset({301, 302, 303}) | _KEEPS_METHOD


@dataclass(frozen=True, slots=True)
class Basic:
    """A user and a password (RFC 7617)."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    user: str
    password: SecretRef


@dataclass(frozen=True, slots=True)
class Auth:
    """What is shown to the first step's host with every request: one of the two."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    basic: Basic | None = None
    bearer: SecretRef | None = None


@dataclass(slots=True)
class _Way:
    """One look's way: the visitor, what must not be told, what he saved, what is told, and how often he was sent on."""

    web: Web
    hidden: tuple[str, ...]
    saved: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    redirects: int = 0


@dataclass(frozen=True, slots=True)
class Journey:
    """Steps in their order. ``auth`` goes to the host of the first."""

    kind: ClassVar[str] = "journey"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=10.0, component_kind="instance", slow_ms=1000)
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    volatile: ClassVar[frozenset[str]] = frozenset({"http_content_length", "http_uncompressed_body_length"})

    steps: tuple[Step, ...]
    auth: Auth | None = None
    http2: bool = True
    proxy: str | None = None
    ca_file: str | None = None
    client_cert: str | None = None
    family: Family = "any"
    _stages: tuple[Stage, ...] = field(init=False, repr=False, compare=False)
    _settings: WebSettings = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keep = partial(object.__setattr__, self)
        made = stages(self.steps)
        keep("_stages", made)
        if self.auth is not None and (self.auth.basic is None) == (self.auth.bearer is None):
            raise ValueError(f"auth: must be basic or bearer, got {'both' if self.auth.basic else 'neither'}")
        if self.proxy is not None and (Url.of("proxy", self.proxy).secure or Url.of("proxy", self.proxy).target != "/"):
            raise ValueError(f'proxy: must be like http://proxy.example:3128, got "{shown(self.proxy, 80)}"')
        tls = Tls(made[0].url.host, self.ca_file, self.client_cert, alpn=("h2", "http/1.1") if self.http2 else ("http/1.1",))
        ours = frozenset((stage.url.host, stage.url.port) for stage in made)
        keep("_settings", WebSettings(tls, ours, self.http2, self.proxy, self.family))

    async def check(self, look: Look) -> Finding:
        """Go from step to step; the first that fails is the finding. While a credential rests nothing is sent at all."""
        way = _Way(look.gate.web(self._settings), self._hidden(look))
        for number, stage in enumerate(self._stages, 1):
            step = f"step {number} {stage.step.name}"
            try:
                with look.phase(stage.step.name):
                    finding = await self._taken(stage, way, look)
            except (Malformed, OverCap, EOFError) as fault:
                raise type(fault)(f"{step}: {fault}") from None
            if finding.state is not State.UP:
                return replace(finding, reason=f"{step}: {finding.reason}", facts=way.facts)
        return up(way.facts)

    def _hidden(self, look: Look) -> tuple[str, ...]:
        """Every secret as an answer might repeat it: as it is, in a form, in JSON, in a header."""
        secrets = [look.secret(ref).reveal() for ref in self._references()]
        forms = [form for secret in secrets for form in (secret, quote_plus(secret), json.dumps(secret)[1:-1])]
        return tuple(dict.fromkeys(forms if self.auth is None else [*forms, _authorization(self.auth, look)]))

    def _references(self) -> tuple[SecretRef, ...]:
        return tuple(dict.fromkeys(ref for stage in self._stages for ref in self._shown_by(stage)))

    def _shown_by(self, stage: Stage) -> tuple[SecretRef, ...]:
        """The credentials that a step shows."""
        refs = tuple(stage.step.secret_form.values())
        if self.auth is None or stage.url.host != self._stages[0].url.host:
            return refs
        own = self.auth.bearer if self.auth.basic is None else self.auth.basic.password
        return refs if own is None else (*refs, own)

    async def _taken(self, stage: Stage, way: _Way, look: Look) -> Finding:
        """One step: its answer judged, and what it saves kept."""
        try:
            answer = await self._answered(stage, way, look)
        except Failed as failed:
            return failed.finding
        way.facts.update(_facts(answer, way))
        refs = self._shown_by(stage)
        if answer.status not in stage.statuses:
            return _unwanted(stage, answer, refs, look)
        for ref in refs:
            look.accepted(ref)
        if stage.whole and not answer.whole:
            raise OverCap(f"body is longer than {MAX_BODY} bytes, wanted the whole of it")
        broken = stage.rules.broken(answer.body)
        way.facts["failed_due_to_regex"] = broken is not None and broken.by_pattern
        if broken is not None:
            # What is quoted of an answer may be what was sent: the reason is made of an answer without it.
            told = stage.rules.broken(_without(way.hidden, answer.body)) or broken
            return down(Cause.ASSERT_FAILED, told.reason)
        try:
            way.saved.update({take.name: take.of(answer) for take in stage.taking})
        except Missing as missing:
            return down(Cause.ASSERT_FAILED, str(missing))
        return up()

    async def _answered(self, stage: Stage, way: _Way, look: Look) -> WebAnswer:
        """The answer to a step, behind its redirects if it follows them. Raises Failed(http_redirect) where they lead astray."""
        request = self._first(stage, way.saved, look)
        for hops in range(MAX_REDIRECTS + 1):
            answer = await self._asked(request, hops, way)
            if not (stage.step.follow_redirects and answer.status in _REDIRECTS and "location" in answer.headers):
                return answer
            way.redirects += 1
            request = _sent_on(request, answer)
        raise Failed(down(Cause.HTTP_REDIRECT, f"redirected more than {MAX_REDIRECTS} times, wanted an answer"))

    async def _asked(self, request: WebRequest, hops: int, way: _Way) -> WebAnswer:
        place = Url.of("location", request.url)
        if hops and self.proxy and (place.host, place.port) not in self._settings.ours:
            raise Failed(down(Cause.HTTP_REDIRECT, f"redirects to {place.host}, which no step names, through a proxy"))
        try:
            return await way.web.ask(request)
        except Failed as failed:
            if hops and failed.finding.cause is Cause.CHECK_CONFIG:
                reason = f"redirects to {shown(place.host, 80)}, which is not public and no step names"
                raise Failed(down(Cause.HTTP_REDIRECT, reason)) from None
            raise

    def _first(self, stage: Stage, saved: Mapping[str, str], look: Look) -> WebRequest:
        secrets = {name: look.secret(ref).reveal() for name, ref in stage.step.secret_form.items()}
        headers = dict(stage.headers(saved))
        if self.auth is not None and stage.url.host == self._stages[0].url.host:
            headers["Authorization"] = _authorization(self.auth, look)
        limit = MAX_BODY if stage.needed else UNNEEDED_BODY
        return WebRequest(stage.method, stage.target(saved), tuple(headers.items()), stage.content(saved, secrets), limit)


def _without(secrets: Sequence[str], body: bytes) -> bytes:
    for secret in secrets:
        body = body.replace(secret.encode(), b"***")
    return body


def _authorization(auth: Auth, look: Look) -> str:
    if auth.basic is not None:
        pair = f"{auth.basic.user}:{look.secret(auth.basic.password).reveal()}"
        return f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
    assert auth.bearer is not None
    return f"Bearer {look.secret(auth.bearer).reveal()}"


def _sent_on(request: WebRequest, answer: WebAnswer) -> WebRequest:
    """The request that a redirect asks for. Raises Failed(http_redirect) for one that a careful visitor would not follow."""
    location = answer.headers["location"]
    goal = redirected(request.url, location)
    if goal is None:
        raise Failed(down(Cause.HTTP_REDIRECT, f"redirects to {host_of(location)} without https, wanted https"))
    before, after = Url.of("location", request.url), Url.of("location", goal)
    away = (before.host, before.port) != (after.host, after.port)
    keeps = answer.status in _KEEPS_METHOD or request.method in ("GET", "HEAD")
    if keeps and away and request.body is not None:
        raise Failed(down(Cause.HTTP_REDIRECT, f"redirects what was sent to {shown(after.host, 80)}, wanted it kept here"))
    kept = [] if away else [pair for pair in request.headers if keeps or pair[0].lower() != "content-type"]
    body, method = (request.body, request.method) if keeps else (None, "GET")
    return replace(request, method=method, url=goal, headers=tuple(kept), body=body)


def _unwanted(stage: Stage, answer: WebAnswer, refs: tuple[SecretRef, ...], look: Look) -> Finding:
    seen = f"answered {answer.status}, wanted {stage.statuses.text}"
    if answer.status in REFUSALS and refs:
        return look.refused(refs[0], seen)
    if answer.status in _REDIRECTS and "location" in answer.headers:
        return down(Cause.HTTP_REDIRECT, f"{seen}; redirects to {host_of(answer.headers['location'])}")
    return down(Cause.HTTP_STATUS, seen)


def _facts(answer: WebAnswer, way: _Way) -> dict[str, Fact]:
    """What is told of the last answer; redirects are counted over the whole way."""
    announced = answer.headers.get("content-length", "")
    return {
        "http_status_code": answer.status,
        "http_version": answer.version,
        "http_ssl": answer.tls is not None,
        "http_redirects": way.redirects,
        "http_content_length": int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 19 else -1,
        "http_uncompressed_body_length": len(answer.body),
        **tls_facts(answer.tls),
    }
