"""A database: does it let us in, does it answer, which role has it, do its replicas follow, is there room?

Connects over TLS (`insecure_plaintext: true` goes without), logs in and asks a fixed handful of read-only questions.
`engine` is postgresql, mysql, mariadb (these two need the extra `threenines[mysql]`) or mssql (Microsoft SQL Server, from
2016 on). An answer is up. Another `role` than the one wanted (primary, replica, any) is `assert_failed`. Replication never
makes an answering database down: lag over `lag_degraded_s` or `lag_degraded_bytes` and a replica that has stopped are
`degraded(lagging)`, fewer than `min_replicas` that follow (PostgreSQL; SQL Server's availability group)
`degraded(members_missing)`. Connections in use from `connections_degraded_percent` on are `degraded(saturated)`. A name
with several addresses is looked at by its first.

The account may read statistics and nothing else, and a few connections are enough:
PostgreSQL `CREATE ROLE probe LOGIN PASSWORD '…' CONNECTION LIMIT 3; GRANT pg_monitor TO probe;`
MariaDB `CREATE USER probe@'%' IDENTIFIED BY '…' WITH MAX_USER_CONNECTIONS 3; GRANT REPLICA MONITOR ON *.* TO probe@'%';`
MySQL the same with `REPLICATION CLIENT`. SQL Server `CREATE LOGIN probe WITH PASSWORD = '…'; GRANT VIEW SERVER STATE TO
probe;` (in `master`) and `CREATE USER probe FOR LOGIN probe;` (in `database`). What it may not see is the notice
`control_unreadable`. Look at the server itself: a pooler in between refuses the settings of our session.

SQL Server is spoken to by ourselves, as its protocol is published (TDS 7.4, TLS 1.2 within it), with one of the server's
own logins at a port: no Windows or Entra accounts, no instance by its name, no `Encrypt=Strict`. The certificate that it
makes for itself at each start cannot be verified; give it one. A server that sends its clients on to another one is
`service_error`; look at that one. In a group, `role: replica` also says that we only read. All this was proved against
FreeTDS and published traffic, and **has never met a real SQL Server**.

Down causes: `auth_failed`, `service_error` (SQLSTATE or number; also too many clients, no such database),
`assert_failed` (role), `tls_handshake` (also TLS not offered), `body_too_large`, `proto_malformed`, and those of every
connection. Degraded: `lagging`, `members_missing`, `saturated`. Phases: resolve, connect, auth, query.

```yaml
- id: database
  component: database
  kind: database
  engine: postgresql
  host: db1.acme.internal
  database: mdm
  user: probe
  password: env:ACME_DB
  role: primary
  min_replicas: 1
- id: reports
  component: database
  kind: database
  engine: mssql
  host: sql2.acme.internal
  database: reports
  user: probe
  password: env:ACME_SQL
  role: replica
  lag_degraded_s: 60
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from probes import mssql, mysql, postgresql
from probes.probe import Defaults, Fact, Family, Finding, Look, Notice, SecretRef, Tls, cannot_look, degraded, down, up
from probes.sql import Login, Meaning, SqlError, View
from probes.target import checked_host, checked_port, ip_protocol, shown, tls_facts
from sla.state import Cause

Engine: TypeAlias = Literal["postgresql", "mysql", "mariadb", "mssql"]
_PORTS: dict[str, int] = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433}
_DRIVERS: dict[str, Any] = {"postgresql": postgresql, "mysql": mysql, "mariadb": mysql, "mssql": mssql}
_COUNT_REPLICAS = ("postgresql", "mssql")
MAX_NAME = 128


@dataclass(frozen=True, slots=True)
class Database:
    """One session. ``port`` None: the engine's own. ``password`` None: the server asks for none."""

    kind: ClassVar[str] = "database"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=10.0, component_kind="database", slow_ms=200)
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    measures: ClassVar[Mapping[str, str]] = {
        "db_connections_used": "Connections in use, as the server counts them.",
        "db_connections_max": "Connections that the server allows.",
        "db_replicas_streaming": "Copies that follow the primary now.",
        "db_replication_lag_seconds": "How far the copy is behind, in time.",
        "db_replication_lag_bytes": "How far the copy is behind, in bytes of the log.",
    }
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"db_replication_lag_seconds", "db_replication_lag_bytes", "db_connections_used"}
    )

    engine: Engine
    host: str
    database: str
    user: str
    password: SecretRef | None = None
    port: int | None = None
    insecure_plaintext: bool = False
    server_name: str | None = None
    ca_file: str | None = None
    role: Literal["primary", "replica", "any"] = "primary"
    min_replicas: int = 0
    lag_degraded_s: int = 30
    lag_degraded_bytes: int = 64 << 20
    connections_notice_percent: int = 80
    connections_degraded_percent: int = 95
    family: Family = "any"
    _port: int = field(init=False, repr=False, compare=False)
    _tls: Tls | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked_host("host", self.host)
        name = checked_host("server_name", self.server_name or self.host)
        object.__setattr__(self, "_port", checked_port("port", _PORTS[self.engine] if self.port is None else self.port))
        object.__setattr__(self, "_tls", None if self.insecure_plaintext else Tls(name, self.ca_file))
        for what, text in (("database", self.database), ("user", self.user)):
            if not 1 <= len(text) <= MAX_NAME or not text.isprintable():
                raise ValueError(f'{what}: must be 1 to {MAX_NAME} printable characters, got "{shown(text, 80)}"')
        for what, least, most, got in self._numbers():
            if not least <= got <= most:
                raise ValueError(f"{what}: must be {least} to {most}, got {got}")
        if self.engine == "mssql" and self.password is None:
            raise ValueError("password: is missing, SQL Server lets nobody in without one")
        if self.min_replicas and self.engine not in _COUNT_REPLICAS:
            raise ValueError(f"min_replicas: {self.engine} does not tell how many follow, expected 0")
        if self.min_replicas and self.role == "replica":
            raise ValueError("min_replicas: only a primary is asked who follows it, expected role primary or any")

    def _numbers(self) -> Iterator[tuple[str, int, int, int]]:
        yield "min_replicas", 0, 100, self.min_replicas
        yield "lag_degraded_s", 1, 86_400, self.lag_degraded_s
        yield "lag_degraded_bytes", 1, 1 << 40, self.lag_degraded_bytes
        yield "connections_notice_percent", 1, 100, self.connections_notice_percent
        yield "connections_degraded_percent", 1, 100, self.connections_degraded_percent

    async def check(self, look: Look) -> Finding:
        """One session at the first address. The credential is fetched first: while it rests nothing is sent."""
        password = None if self.password is None else look.secret(self.password).reveal()
        address = (await look.gate.addresses(self.host, self.family))[0]
        way = await _DRIVERS[self.engine].reached(look.gate, address, self._port, self._tls)
        facts: dict[str, Fact] = {"ip_protocol": ip_protocol(address)}
        try:
            return self._judged(await self._seen(look, way, self._login(password, look.deadline_s), facts), facts)
        except SqlError as error:
            return self._refused(error, look, facts)

    def _login(self, password: str | None, deadline_s: float) -> Login:
        name = self.server_name or self.host
        return Login(self.user, password, self.database, round(deadline_s * 1000), name, self.role == "replica")

    async def _seen(self, look: Look, way: Any, login: Login, facts: dict[str, Fact]) -> View:
        driver = _DRIVERS[self.engine]
        with look.phase("auth"):
            session = await driver.connected(way, login)
        try:
            facts.update(tls_facts(way.handshake))
            if self.password is not None:
                look.accepted(self.password)
            with look.phase("query"):
                view: View = await driver.view(session)
            await driver.closed(session)
            return view
        finally:
            driver.dropped(session)

    def _refused(self, error: SqlError, look: Look, facts: dict[str, Fact]) -> Finding:
        said = f"server answered {error.code}"
        match error.meaning:
            case Meaning.CREDENTIAL if self.password is not None:
                return look.refused(self.password, f"{said}, wanted a session")
            case Meaning.CREDENTIAL:
                return cannot_look(f"{said}: it wants a password, and the check has none")
            case Meaning.OWN_LIMIT:
                return cannot_look(f"{said}: our account's own limit of connections is used up, wanted a higher one")
            case Meaning.TIMEOUT:
                return down(Cause.DEADLINE, f"{said}: {error.meaning.value}", facts)
        return down(Cause.SERVICE_ERROR, f"{said}: {error.meaning.value}, wanted a session", facts)

    def _judged(self, view: View, facts: dict[str, Fact]) -> Finding:
        facts.update(_facts(view))
        if self.role not in ("any", view.role):
            seen = "is in recovery" if self.engine == "postgresql" and view.role == "replica" else f"is a {view.role}"
            return down(Cause.ASSERT_FAILED, f"expected {self.role}, {seen}", facts)
        share = None if view.used is None else 100 * view.used / max(1, view.limit)
        notices = tuple(self._notices(view, share))
        troubles = list(self._troubles(view, share))
        if troubles:
            return degraded(troubles[0][0], "; ".join(said for _, said in troubles), facts, notices)
        return up(facts, notices)

    def _troubles(self, view: View, share: float | None) -> Iterator[tuple[Cause, str]]:
        """What a user may notice, the worst first."""
        if view.stopped:
            yield Cause.LAGGING, f"replication has stopped: {view.stopped}"
        if view.lag_s is not None and view.lag_s > self.lag_degraded_s:
            yield Cause.LAGGING, f"{view.lag_s:.0f} s behind, wanted at most {self.lag_degraded_s} s"
        if view.lag_bytes is not None and view.lag_bytes > self.lag_degraded_bytes:
            yield Cause.LAGGING, f"{view.lag_bytes} bytes behind, wanted at most {self.lag_degraded_bytes}"
        if view.streaming is not None and view.streaming < self.min_replicas:
            yield Cause.MEMBERS_MISSING, f"{view.streaming} replicas streaming, wanted at least {self.min_replicas}"
        if share is not None and share >= self.connections_degraded_percent:
            yield Cause.SATURATED, f"{view.used} of {view.limit} connections in use"

    def _notices(self, view: View, share: float | None) -> Iterator[Notice]:
        if view.unreadable:
            yield Notice("control_unreadable", f"replication and connections cannot be seen: {view.unreadable}")
        if share is not None and share >= self.connections_notice_percent:
            yield Notice("connections_notice", f"{view.used} of {view.limit} connections in use")


def _facts(view: View) -> dict[str, Fact]:
    """The view as facts; what is not known is absent."""
    known: dict[str, Fact | None] = {
        "db_role": view.role,
        "db_version": shown(view.version, 80),
        "db_connections_used": view.used,
        "db_connections_max": view.limit,
        "db_replicas_streaming": view.streaming,
        "db_replication_lag_seconds": view.lag_s,
        "db_replication_lag_bytes": view.lag_bytes,
    }
    return {name: value for name, value in known.items() if value is not None}
