"""One HTTP(S) request, prepared once and sent at every look, and what its answer must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Literal

from probes.assertions import BodyRules, JsonRule, StatusSet
from probes.http1 import Answer, Exchange, instant_of
from probes.probe import Fact, Failed, Finding, Look, SecretRef, Tls, cannot_look, down, up
from probes.target import ip_protocol, shown, tls_facts
from probes.url import Url, agent, host_of
from sla.state import Cause

UNNEEDED_BODY = 64 << 10
"""Bytes read of a body that no assertion needs."""
MAX_BODY = 16 << 20
OK = 200
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
NO_SECRETS: Mapping[str, SecretRef] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and its facts."""

    answer: Answer
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Request:
    """A request and its assertions. ``max_body_bytes`` bounds the decoded body. Raises ValueError beginning with the field."""

    url: str
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    body: str | None = None
    expect_status: tuple[int | str, ...] = ("200-299",)
    contains: str | None = None
    not_contains: str | None = None
    matches: str | None = None
    json: tuple[JsonRule, ...] = ()
    ca_file: str | None = None
    client_cert: str | None = None
    compression: Literal["identity", "gzip"] = "identity"
    max_body_bytes: int = 1_048_576
    to: Url = field(init=False, repr=False, compare=False)
    """The parts of ``url``."""
    _tls: Tls | None = field(init=False, repr=False, compare=False)
    _sent: bytes = field(init=False, repr=False, compare=False)
    _statuses: StatusSet = field(init=False, repr=False, compare=False)
    _rules: BodyRules = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keep = partial(object.__setattr__, self)
        if not 1 <= self.max_body_bytes <= MAX_BODY:
            raise ValueError(f"max_body_bytes: must be 1 to {MAX_BODY}, got {self.max_body_bytes}")
        keep("_statuses", StatusSet("expect_status", self.expect_status))
        keep("_rules", BodyRules(self.contains, self.not_contains, self.matches, self.json))
        keep("to", Url.of("url", self.url))
        keep("_tls", Tls(self.to.host, self.ca_file, self.client_cert) if self.to.secure else None)
        keep("_sent", self._written(NO_HEADERS))

    async def visit(self, address: str, look: Look, port: int | None = None) -> Finding:
        """Send it to ``address`` (``port``: another than the URL's) and judge the answer."""
        return self._judged(await self._answered(address, look, port, self._sent, self._rules.whole))

    async def fetch(self, address: str, look: Look, secrets: Mapping[str, SecretRef] = NO_SECRETS) -> Reply:
        """The whole answer, whatever its status, to the request with ``secrets`` as more headers. Raises Failed or OverCap."""
        more = {name: _header_of(look.secret(ref).reveal(), ref) for name, ref in secrets.items()}
        return await self._answered(address, look, None, self._written(more) if more else self._sent, whole=True)

    async def _answered(self, address: str, look: Look, port: int | None, sent: bytes, whole: bool) -> Reply:
        limit = self.max_body_bytes if whole or self._rules.needed else UNNEEDED_BODY
        answer = Answer(self.method, limit, whole)
        transport, exchange = await look.gate.open(partial(Exchange, sent, answer), address, port or self.to.port, self._tls)
        with look.phase("processing"):
            await exchange.first
        with look.phase("transfer"):
            await exchange.done
        return Reply(answer, self._facts(answer, address, transport.get_extra_info("ssl_object")))

    def _written(self, more: Mapping[str, str]) -> bytes:
        """The request's bytes. Raises ValueError for a header that could smuggle another line."""
        lines = {"Host": self.to.authority, "User-Agent": agent(), "Accept": "*/*", "Accept-Encoding": self.compression}
        for name, value in self.headers.items():
            checked_header(name, value)
            lines = {known: text for known, text in lines.items() if known.lower() != name.lower()} | {name: value}
        content = (self.body or "").encode()
        if self.body is not None or self.method == "POST":
            lines["Content-Length"] = str(len(content))
        head = "".join(f"{name}: {value}\r\n" for name, value in (lines | dict(more)).items())
        return f"{self.method} {self.to.target} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode("ascii") + content

    def _facts(self, answer: Answer, address: str, ssl_object: object) -> dict[str, Fact]:
        facts: dict[str, Fact] = {
            "http_status_code": answer.status,
            "http_version": answer.version,
            "http_ssl": self._tls is not None,
            "http_content_length": -1 if answer.length is None else answer.length,
            "http_uncompressed_body_length": answer.size,
            "ip_protocol": ip_protocol(address),
        }
        if (modified := instant_of(answer.modified)) is not None:
            facts["http_last_modified_timestamp_seconds"] = modified
        return facts | tls_facts(ssl_object)

    def _judged(self, reply: Reply) -> Finding:
        answer, facts = reply.answer, reply.facts
        if answer.status not in self._statuses:
            return unwanted(reply, self._statuses.text)
        if not self._rules.needed:
            return up(facts)
        broken = self._rules.broken(answer.body)
        facts["failed_due_to_regex"] = broken is not None and broken.by_pattern
        return up(facts) if broken is None else down(Cause.ASSERT_FAILED, broken.reason, facts)


def unwanted(reply: Reply, wanted: str) -> Finding:
    """Down by the status; of a redirect only the host is told: paths may carry tokens."""
    answer = reply.answer
    seen = f"answered {answer.status}, wanted {wanted}"
    if 300 <= answer.status < 400 and answer.location:
        return down(Cause.HTTP_REDIRECT, f"{seen}; redirects to {host_of(answer.location)}", reply.facts)
    return down(Cause.HTTP_STATUS, seen, reply.facts)


def checked_header(name: str, value: str) -> None:
    """Raises ValueError for a header that could smuggle another line, or is ours to write."""
    if not _is_token(name) or not _is_plain(value):
        raise ValueError(f'headers.{shown(name, 40)}: must be an ASCII header, got "{shown(name, 40)}"')
    if name.lower() in ("connection", "content-length", "transfer-encoding"):
        raise ValueError(f'headers.{name}: must be left to the monitor, got "{shown(value, 40)}"')


def _header_of(secret: str, ref: SecretRef) -> str:
    if not _is_plain(secret):
        raise Failed(cannot_look(f"the secret behind {ref.text} has characters that no header takes"))
    return secret


def _is_plain(value: str) -> bool:
    return value.isascii() and not any(c < " " or c == "\x7f" for c in value)


def _is_token(name: str) -> bool:
    return bool(name) and name.isascii() and all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name)
