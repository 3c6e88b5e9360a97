"""A directory: is it there, does it let us in, does it answer?

Connects, does TLS (`mode: ldaps`, or `starttls`; `plain` only with `insecure_plaintext: true`), binds as `user` and asks
for `base`. `level: bind` ends after the bind, `level: rootdse` asks for the root entry without a credential. Entries are
counted, never read; a referral is not followed. `active_directory: true` also asks whether the domain controller says it
is in step. A name with several addresses is looked at by its first.

The account needs to read `base` and nothing else. A refused password is `auth_failed` if it worked before; if it never
did, it is our mistake (`unknown`). After three refusals in a row, by all checks that share it, it rests for half an hour.

Down causes: `auth_failed`, `service_error` (result code), `assert_failed` (fewer than `min_entries`), `tls_handshake`
(also StartTLS refused), `body_too_large`, `proto_malformed`, and those of every connection. Degraded: `lagging` (not in
step). Phases: resolve, connect, hello (a target that is new or was silent), thread, tls, bind, search.

```yaml
- id: directory
  component: directory
  kind: ldap
  host: dc1.acme.internal
  user: cn=probe,ou=svc,dc=acme,dc=internal
  password: env:ACME_LDAP
  base: dc=acme,dc=internal
  where: {objectClass: organizationalUnit}
  scope: sub
```
"""

from __future__ import annotations

import contextlib
import re
import ssl
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from probes.probe import (
    Defaults,
    Fact,
    Family,
    Finding,
    Hello,
    Line,
    Look,
    Malformed,
    SecretRef,
    Tls,
    cannot_look,
    degraded,
    down,
    up,
)
from probes.target import checked_host, checked_port, ip_protocol, tls_facts
from sla.state import Cause

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of pyasn1's, for names that ldap3 still uses
    import ldap3
    from ldap3.core.exceptions import LDAPExceptionError, LDAPSessionTerminatedByServerError
    from ldap3.core.results import RESULT_CODES
    from ldap3.utils.conv import escape_filter_chars

STARTTLS = "1.3.6.1.4.1.1466.20037"
SEQUENCE = 0x30
SUCCESS, SIZE_LIMIT, REFERRAL, INVALID_CREDENTIALS = 0, 4, 10, 49
MAX_ENTRIES = 1_000
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}\Z")
_SCOPES = {"base": ldap3.BASE, "one": ldap3.LEVEL, "sub": ldap3.SUBTREE}
_PORTS = {"ldaps": 636, "starttls": 389, "plain": 389}
_IN_STEP = ("isSynchronized",)
_CATALOGUE_PORTS = (3268, 3269)
"""Only there is a global catalogue asked; a domain controller that holds none says FALSE of it for ever."""
_ACCOUNT = {
    "525": "the account does not exist",
    "530": "the account may not be used at this hour",
    "531": "the account may not be used from this station",
    "532": "the account's password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the account's password must be changed",
    "775": "the account is locked",
}
"""Active Directory's codes behind a refused bind: these ail our account, not the directory."""
NO_CONDITION: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ldap:
    """One bind and one search. ``port`` None: 636 for ldaps, else 389."""

    kind: ClassVar[str] = "ldap"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=10.0, component_kind="ldap", slow_ms=500)
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    measures: ClassVar[Mapping[str, str]] = {
        "ldap_result_code": "Result code of the last operation; 0 is success.",
        "ldap_entries": "Entries that the search found.",
        "ldap_synchronized": "Whether the directory says that it is in step with its peers.",
    }
    hello: ClassVar[bytes] = bytes.fromhex("300c020101600702010304008000")
    """An anonymous bind: what lives answers it, if only with a refusal."""

    host: str
    port: int | None = None
    mode: Literal["ldaps", "starttls", "plain"] = "ldaps"
    insecure_plaintext: bool = False
    server_name: str | None = None
    ca_file: str | None = None
    level: Literal["search", "bind", "rootdse"] = "search"
    user: str | None = None
    password: SecretRef | None = None
    base: str | None = None
    where: Mapping[str, str] = field(default_factory=lambda: NO_CONDITION)
    scope: Literal["base", "one", "sub"] = "base"
    min_entries: int = 1
    active_directory: bool = False
    family: Family = "any"
    _port: int = field(init=False, repr=False, compare=False)
    _tls: Tls | None = field(init=False, repr=False, compare=False)
    _filter: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked_host("host", self.host)
        name = checked_host("server_name", self.server_name or self.host)
        object.__setattr__(self, "_port", checked_port("port", _PORTS[self.mode] if self.port is None else self.port))
        object.__setattr__(self, "_tls", None if self.mode == "plain" else Tls(name, self.ca_file))
        object.__setattr__(self, "_filter", _filter(self.where))
        if not 1 <= self.min_entries <= MAX_ENTRIES:
            raise ValueError(f"min_entries: must be 1 to {MAX_ENTRIES}, got {self.min_entries}")
        if self.mode == "plain" and not self.insecure_plaintext:
            raise ValueError("mode: plain sends the password in clear, expected ldaps or starttls (or insecure_plaintext: true)")
        self._check_level()

    def _check_level(self) -> None:
        """Raises ValueError unless ``level`` has what it needs and nothing that it would not use."""
        if (self.user is None) != (self.password is None):
            raise ValueError(f"{'user' if self.user is None else 'password'}: is missing, a bind needs user and password")
        if self.level == "rootdse" and self.user is not None:
            raise ValueError("level: rootdse uses no credential, expected bind or search (or no user and password)")
        if self.level == "bind" and self.user is None:
            raise ValueError("user: is missing, level bind needs user and password")
        if self.level == "search" and self.base is None:
            raise ValueError("base: is missing, a search needs it")
        if self.level != "search" and self.base is not None:
            raise ValueError(f"base: level {self.level} does not search, expected level search (or no base)")

    async def check(self, look: Look) -> Finding:
        """One look at the first address. The credential is fetched first: while it rests nothing is sent."""
        password = None if self.password is None else look.secret(self.password).reveal()
        address = (await look.gate.addresses(self.host, self.family))[0]
        facts: dict[str, Fact] = {"ip_protocol": ip_protocol(address)}

        def talk(line: Line) -> Finding:
            return _Dialogue(self, look, line, facts).run(self.user, password)

        hello = Hello(self.hello, self._tls if self.mode == "ldaps" else None)
        return await look.gate.blocking(address, self._port, talk, self._tls, hello)

    @property
    def condition(self) -> tuple[str, str, str]:
        """(base, filter, scope) of the search."""
        if self.base is None:
            return "", "(objectClass=*)", ldap3.BASE
        return self.base, self._filter, _SCOPES[self.scope]

    @property
    def in_step(self) -> tuple[str, ...]:
        """The attributes by which a domain controller says that it is in step."""
        return (*_IN_STEP, "isGlobalCatalogReady") if self._port in _CATALOGUE_PORTS else _IN_STEP


class _Dialogue:
    """One conversation, all of it in one thread. ``facts`` fill as it goes."""

    def __init__(self, probe: Ldap, look: Look, line: Line, facts: dict[str, Fact]) -> None:
        self._probe, self._look, self._line, self._facts = probe, look, line, facts

    def run(self, user: str | None, password: str | None) -> Finding:
        """TLS, bind, search; the first that fails tells."""
        connection = _connection(self._line, user, password)
        steps: tuple[Callable[[Any], Finding | None], ...] = (self._secured, self._bound, self._searched, self._in_step)
        for step in steps:
            if (finding := step(connection)) is not None:
                return finding
        with contextlib.suppress(LDAPExceptionError, OSError):
            connection.unbind()
        return up(self._facts)

    def _secured(self, connection: Any) -> Finding | None:
        if self._probe.mode == "plain":
            return None
        with self._look.phase("tls"):
            if self._probe.mode == "starttls":
                result, _ = _asked("extendedResp", lambda: connection.extended(STARTTLS))
                if _code(result) != SUCCESS:
                    return down(Cause.TLS_HANDSHAKE, f"StartTLS refused: {_words(result)}", self._facts)
            self._line.secure()
        connection.socket = _LdapOnly(self._line.socket)
        self._facts.update(tls_facts(self._line.socket))
        return None

    def _bound(self, connection: Any) -> Finding | None:
        if self._probe.password is None:
            return None
        with self._look.phase("bind"):
            result, _ = _asked("bindResponse", connection.bind)
        code = self._facts["ldap_result_code"] = _code(result)
        if code == SUCCESS:
            self._look.accepted(self._probe.password)
            return None
        if code == INVALID_CREDENTIALS:
            return self._refused(self._probe.password, result)
        return down(Cause.SERVICE_ERROR, f"bind answered {_words(result)}, wanted success", self._facts)

    def _refused(self, ref: SecretRef, result: Mapping[str, Any]) -> Finding:
        finding = self._look.refused(ref, f"bind answered {_words(result)}, wanted success")
        said = re.search(r"\bdata ([0-9a-f]{3})\b", str(result.get("message", "")))
        ails = _ACCOUNT.get(said[1]) if said else None
        return finding if ails is None else cannot_look(f"bind answered {_words(result)}: {ails}")

    def _searched(self, connection: Any) -> Finding | None:
        if self._probe.level == "bind":
            return None
        base, condition, scope = self._probe.condition
        wanted = self._probe.min_entries
        with self._look.phase("search"):
            result, entries = _search(connection, base, condition, scope, ["1.1"], wanted + 1)
        code = self._facts["ldap_result_code"] = _code(result)
        self._facts["ldap_entries"] = len(entries)
        if code not in (SUCCESS, SIZE_LIMIT) or (code == SIZE_LIMIT and not entries):
            more = " (not followed)" if code == REFERRAL else ""
            return down(Cause.SERVICE_ERROR, f"search answered {_words(result)}{more}, wanted success", self._facts)
        if len(entries) < wanted:
            return down(Cause.ASSERT_FAILED, f"found {len(entries)} entries, wanted at least {wanted}", self._facts)
        return None

    def _in_step(self, connection: Any) -> Finding | None:
        """What a domain controller says of itself; a directory that says nothing has nothing to say."""
        if not self._probe.active_directory:
            return None
        asked = self._probe.in_step
        with self._look.phase("search"):
            _, entries = _search(connection, "", "(objectClass=*)", ldap3.BASE, asked, 1)
        said = {name: values for entry in entries for name, values in entry.get("raw_attributes", {}).items()}
        behind = [name for name in asked if said.get(name) not in (None, [], [b"TRUE"])]
        self._facts["ldap_synchronized"] = not behind
        if behind:
            return degraded(Cause.LAGGING, f"{', '.join(behind)} is not TRUE, wanted TRUE", self._facts)
        return None


class _LdapOnly:
    """A socket for ldap3 whose first byte must begin an LDAP message: ldap3 takes any two bytes for a length and waits."""

    def __init__(self, sock: Any) -> None:
        self._sock, self._begun = sock, False
        self.sendall, self.shutdown, self.close = sock.sendall, sock.shutdown, sock.close

    def recv(self, size: int) -> bytes:
        """As the socket's. Raises Malformed if the peer does not speak LDAP."""
        data: bytes = self._sock.recv(size)
        if data and not self._begun and data[0] != SEQUENCE:
            raise Malformed(f"peer says byte {data[0]:#04x} first, wanted an LDAP message ({SEQUENCE:#04x})")
        self._begun = True
        return data


def _connection(line: Line, user: str | None, password: str | None) -> Any:
    """ldap3's connection over our line: its own names, sockets, TLS, timeouts and referrals are never used."""
    connection = ldap3.Connection(
        ldap3.Server("directory", get_info=ldap3.NONE),
        user=user,
        password=password,
        client_strategy=ldap3.SAFE_SYNC,
        auto_referrals=False,
        auto_range=False,
        check_names=False,
        read_only=True,
        raise_exceptions=False,
    )
    connection.socket, connection.closed, connection.listening = _LdapOnly(line.socket), False, True
    connection.strategy._outstanding = {}  # what its own open() does; it has no public way to be handed a socket
    return connection


def _search(
    connection: Any, base: str, condition: str, scope: str, attributes: Sequence[str], limit: int
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The result and the entries; references among them are no entries."""
    result, found = _asked(
        "searchResDone", lambda: connection.search(base, condition, scope, attributes=attributes, size_limit=limit)
    )
    return result, [entry for entry in found if entry.get("type") == "searchResEntry"]


def _asked(wanted: str, ask: Callable[[], Any]) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """Result and responses that ldap3 gives. Whatever its decoder stumbles over (KeyError, RecursionError …) is the peer's."""
    try:
        _, result, found, _ = ask()
        said = result["type"]
    except (ConnectionError, TimeoutError, LDAPSessionTerminatedByServerError):
        raise EOFError("closed before the answer was complete") from None
    except (ssl.SSLError, Malformed):
        raise
    except LDAPExceptionError as fault:  # its "socket" errors too, which it also raises for a wrong message id
        raise Malformed(f"answer does not follow LDAP: {type(fault).__name__}") from None
    except Exception as fault:
        raise Malformed(f"answer is no LDAP message: {type(fault).__name__} while decoding") from None
    if said != wanted:
        raise Malformed(f"answered with {said}, wanted {wanted}")
    return result, found or ()


def _code(result: Mapping[str, Any]) -> int:
    return int(result["result"])


def _words(result: Mapping[str, Any]) -> str:
    """A result code with its name; the server's own text is left out."""
    code = _code(result)
    return f"{code} {RESULT_CODES.get(code, 'unknown')}"


def _filter(where: Mapping[str, str]) -> str:
    """An RFC 4515 filter of equalities. Raises ValueError for what is no attribute's name."""
    for name in where:
        if not _ATTRIBUTE.match(name):
            raise ValueError(f'where: must name attributes like objectClass, got "{name[:80]}"')
    parts = [f"({name}={escape_filter_chars(value)})" for name, value in where.items()]
    return f"(&{''.join(parts)})" if len(parts) > 1 else "".join(parts) or "(objectClass=*)"
