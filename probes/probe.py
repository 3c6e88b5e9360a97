"""The contract of a probe kind: what it is given (Look, Gate) and what it says (Finding).

A kind is a frozen dataclass whose fields are its configuration, whose module docstring is its page in the docs and
whose one act is ``check``. It has no clock, retry, timeout, log, thread or socket of its own: the runner alone
judges what is raised, holds the deadline and measures.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NewType, Protocol, TypeAlias, TypeVar, runtime_checkable

from sla.span import Instant, Span
from sla.state import Cause, State

Fact: TypeAlias = int | float | bool | str
Family: TypeAlias = Literal["any", "4", "6"]
Duration = NewType("Duration", int)
"""Milliseconds of a field that is written with its unit, like ``15m``."""
T = TypeVar("T")

EMPTY: Mapping[str, Fact] = MappingProxyType({})
MAX_REASON = 512
MAX_FACTS = 32


@dataclass(frozen=True, slots=True)
class Notice:
    """Advice to operators: never moves a state and never leaves the operator's side."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look found. ``cause`` is None if and only if the state is UP; ``reason`` says what was seen and wanted."""

    state: State
    cause: Cause | None = None
    reason: str = ""
    facts: Mapping[str, Fact] = field(default_factory=lambda: EMPTY)
    notices: tuple[Notice, ...] = ()


def up(facts: Mapping[str, Fact] = EMPTY, notices: tuple[Notice, ...] = ()) -> Finding:
    """The target answered as it should."""
    return Finding(State.UP, None, "", facts, notices)


def degraded(cause: Cause, reason: str, facts: Mapping[str, Fact] = EMPTY, notices: tuple[Notice, ...] = ()) -> Finding:
    """The target answers, but a user may notice, or will within days."""
    return Finding(State.DEGRADED, cause, reason[:MAX_REASON], facts, notices)


def down(cause: Cause, reason: str, facts: Mapping[str, Fact] = EMPTY, notices: tuple[Notice, ...] = ()) -> Finding:
    """The target showed that it does not work."""
    return Finding(State.DOWN, cause, reason[:MAX_REASON], facts, notices)


def cannot_look(reason: str, cause: Cause = Cause.CHECK_CONFIG) -> Finding:
    """We could not look, by our own fault: never counts against the target."""
    return Finding(State.UNKNOWN, cause, reason[:MAX_REASON])


class Failed(Exception):
    """Raised below a kind with a finished judgement; the runner takes ``finding`` as the answer."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.reason)
        self.finding = finding


class OverCap(Exception):
    """The target sent more bytes than a look takes."""


class Malformed(Exception):
    """The target's bytes do not follow its protocol; the text says what was seen and wanted."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret lies: ``env:NAME`` or ``file:/path``. The text is no secret itself."""

    text: str


class Secret:
    """A revealed secret. Its text forms are ``***``; ``reveal()`` is the one way to the value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; hand it to a protocol, never to a text."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS towards a target: the name that must be in the certificate and the trust it is judged by.

    ``max_tls`` is for protocols that know nothing newer (None: the newest).
    """

    server_name: str
    ca_file: str | None = None
    client_cert: str | None = None
    min_tls: str = "1.2"
    alpn: tuple[str, ...] = ()
    max_tls: str | None = None


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How a visitor of web pages goes out. ``ours`` are the (host, port) that the operator named: any other place, named by
    a target, must be a public one. ``proxy`` is ``http://host:port``; it then resolves the names.
    """

    tls: Tls
    ours: frozenset[tuple[str, int]]
    http2: bool = True
    proxy: str | None = None
    family: Family = "any"


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request. ``limit`` bounds the decoded body of its answer, in bytes."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    limit: int


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """One answer. Header names are in lower case; ``whole`` is whether ``body`` is all of it; ``tls`` an SSLObject or None."""

    status: int
    version: str
    headers: Mapping[str, str]
    body: bytes
    whole: bool
    tls: object


class Web(Protocol):
    """A visitor with memory: cookies and connections live for the look. Redirects are answers, and not followed."""

    async def ask(self, request: WebRequest) -> WebAnswer:
        """One request and its answer. Raises Failed, Malformed, OverCap, OSError, EOFError."""


class Conversation(Protocol):
    """A counted byte stream to one address. Reading past the cap raises OverCap."""

    async def read(self, n: int = 65536) -> bytes:
        """Up to ``n`` bytes; ``b""`` at the end."""

    async def write(self, data: bytes) -> None:
        """Send all of ``data``."""

    async def start_tls(self, tls: Tls) -> None:
        """Go on over TLS, verified; records the phase ``tls``. Raises Malformed if unread bytes would pass for encrypted."""

    @property
    def ended(self) -> bool:
        """Whether the peer has closed, and all it said was read."""

    def get_extra_info(self, name: str) -> Any:
        """What is known of the connection, e.g. ``ssl_object``."""

    def close(self) -> None:
        """Give the connection back at once."""


class Datagrams(Protocol):
    """A connected UDP or ping socket: a closed port answers at once."""

    async def send(self, data: bytes) -> None:
        """Send one datagram."""

    async def receive(self) -> bytes:
        """The next datagram, whole."""

    def close(self) -> None:
        """Give the socket back at once."""


class Pings(Datagrams, Protocol):
    """A connected ICMP socket. The kernel writes identifier and checksum, and hands out our own echoes only."""

    hop_limit: int | None
    """Of the datagram received last: how many more routers it could have passed."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first flight that a live target answers, whatever with; over TLS at once if ``tls``."""

    data: bytes
    tls: Tls | None = None


class Line(Protocol):
    """A connected, counted, blocking socket, for a library that blocks, in a thread of its own."""

    @property
    def socket(self) -> Any:
        """The socket of the moment; after ``secure`` it is another one, which speaks TLS."""

    def secure(self) -> None:
        """Do the verified TLS handshake. Raises ssl.SSLError, OSError."""


class Relay(Protocol):
    """A port of 127.0.0.1 that leads to one target once, for a driver that insists on connecting itself."""

    @property
    def port(self) -> int:
        """Where the driver connects to."""

    @property
    def context(self) -> ssl.SSLContext | None:
        """TLS for the driver, which verifies the target's own name; None without TLS."""

    @property
    def received(self) -> int:
        """Bytes that the target has sent."""

    @property
    def handshake(self) -> ssl.SSLObject | None:
        """The driver's TLS, once it has begun."""


class Gate(Protocol):
    """The only way out to the network; the one implementation is ``monitor.watch.egress``."""

    async def addresses(self, host: str, family: Family = "any") -> tuple[str, ...]:
        """Vetted addresses of ``host`` by our own resolvers; a literal address passes without a query."""

    async def foreign(self, host: str, port: int) -> tuple[str, ...]:
        """Addresses of a place that a *target* named (a redirect, a revocation service): only public ones and the web's
        ports. Raises Failed.
        """

    async def open(
        self, protocol: Callable[[], Any], address: str, port: int, tls: Tls | None = None, source: str | None = None
    ) -> tuple[Any, Any]:
        """(transport, protocol) to a vetted address; records the phases ``connect`` and ``tls``.

        ``source`` is the address of ours that the connection comes from.
        """

    async def stream(self, address: str, port: int, tls: Tls | None = None, cap: int = 1 << 20) -> Conversation:
        """A counted stream to a vetted address; records the phases ``connect`` and ``tls``."""

    async def unix(self, path: str, cap: int = 1 << 20) -> Conversation:
        """A counted stream to a program of this machine, by its Unix socket; records the phase ``connect``."""

    async def datagram(self, address: str, port: int) -> Datagrams:
        """A connected UDP socket to a vetted address."""

    async def ping(self, address: str, source: str | None = None) -> Pings:
        """A connected ICMP socket to a vetted address, where the kernel gives us one."""

    async def blocking(
        self, address: str, port: int, work: Callable[[Line], T], tls: Tls | None = None, hello: Hello | None = None
    ) -> T:
        """What ``work`` gives in a thread, over a line to a vetted address that ends at the deadline and at 1 MiB.

        ``tls`` is what ``Line.secure`` will do. A target that is new or hung is greeted first, without a thread.
        """

    async def relay(self, address: str, port: int, tls: Tls | None = None, watch: Callable[[bytes], None] | None = None) -> Relay:
        """A relay to a vetted address, already connected there; cut at 1 MiB and closed at the deadline.

        ``watch`` sees what the target sends, decrypted, before the driver does; it raises Malformed to end it there.
        """

    def web(self, settings: WebSettings) -> Web:
        """A visitor of web pages for this look. Raises Failed if a file of ours cannot be read."""

    def trust(self, tls: Tls) -> ssl.SSLContext:
        """The kept context for these trust settings."""

    async def read(self, path: str, cap: int = 1 << 20) -> bytes:
        """An operator's file, regular files only, at most ``cap`` bytes."""

    async def changed(self, path: str) -> Instant:
        """When an operator's file was last written."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a sender has told us, stamped by our clock when it came; None: it never did.

    ``good_at``: the last good sign. ``started_at``: a run that has begun and not ended. ``failed_at``: the last run ended
    badly, with ``code`` if it told one. ``listened``: the spans, oldest first, in which a sign would surely have come through.
    """

    good_at: Instant | None = None
    started_at: Instant | None = None
    failed_at: Instant | None = None
    code: int | None = None
    text: str = ""
    listened: tuple[Span, ...] = ()


def nobody_hears(source: SecretRef) -> Heard | None:
    """What a look outside the running service hears."""
    raise Failed(cannot_look("signs of life are heard by the running service alone; ask its pages"))


@dataclass(frozen=True, slots=True)
class Look:
    """All that a kind is given for one look.

    A kind that shows a credential says what became of it: ``accepted``, or ``refused`` with what was seen, which gives
    the finding. A credential that is refused again and again is rested, and ``secret`` raises for it.

    ``apart`` makes a look at each of several members at the same time; each is judged like a look of its own with
    0.9 of the deadline, so that one silent member cannot hide what the others say. ``heard`` is what the sender with a
    token has told us; None: nothing yet.
    """

    at: Instant
    deadline_s: float
    gate: Gate
    phase: Callable[[str], AbstractContextManager[None]]
    secret: Callable[[SecretRef], Secret]
    accepted: Callable[[SecretRef], None]
    refused: Callable[[SecretRef, str], Finding]
    apart: Callable[[Sequence[Callable[[Look], Awaitable[Finding]]]], Awaitable[tuple[Finding, ...]]]
    heard: Callable[[SecretRef], Heard | None] = nobody_hears


@dataclass(frozen=True, slots=True)
class Defaults:
    """Sane defaults of a kind. Seconds and milliseconds as the names say; ``component_kind`` is the row of SLA's table."""

    interval_s: int
    deadline_s: float
    component_kind: str
    slow_ms: int | None = None


@runtime_checkable
class Probe(Protocol):
    """A probe kind: one file in ``probes/kinds`` and one test."""

    kind: ClassVar[str]
    defaults: ClassVar[Defaults]
    failures: ClassVar[tuple[type[Exception], ...]]

    async def check(self, look: Look) -> Finding:
        """Look once and say what was found."""


def volatile_facts(probe: Probe) -> frozenset[str]:
    """The facts that a kind calls ``volatile``: they change with every look, and are kept only with what else is worth it."""
    return getattr(probe, "volatile", frozenset())
