"""PostgreSQL by asyncpg through a relay: a session, its role, its connections, its replicas."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from probes.probe import Failed, Gate, Malformed, Relay, Tls, cannot_look, down
from probes.sql import Login, Meaning, SqlError, View
from probes.target import shown
from sla.state import Cause

# The whole of what is ever asked.
ROLE = "SELECT pg_is_in_recovery(), current_setting('server_version'), pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
CONNECTIONS = (
    "SELECT count(*) FILTER (WHERE backend_type = 'client backend')::int, "
    "current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int FROM pg_stat_activity"
)
REPLICAS = (
    "SELECT state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint, "
    "coalesce(extract(epoch FROM replay_lag), 0)::float8 FROM pg_stat_replication LIMIT 100"
)
# The time since the last replay is no lag while nothing is left to replay: a quiet primary would look hours behind.
FOLLOWING = (
    "SELECT w.status, pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint, "
    "CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
    "ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END::float8 "
    "FROM (SELECT 1) x LEFT JOIN pg_stat_wal_receiver w ON true"
)
NEEDS_MONITOR = "the account is no member of pg_monitor"
HEAD, OWN_LENGTH, MAX_MESSAGE = 5, 4, 1 << 20
TYPES = frozenset(bytes([letter]) for letter in b"123ACDEGHIKNRSTVWZcdnstv")
"""What a server may say (PostgreSQL's manual, 55.7)."""
REFUSED_TLS = 1
"""Bytes of the answer to a request for TLS: an N and nothing more."""
_CODES = {
    "28P01": Meaning.CREDENTIAL,
    "28000": Meaning.CREDENTIAL,
    "57014": Meaning.TIMEOUT,
    "53300": Meaning.FULL,
    "57P03": Meaning.STARTING,
    "57P01": Meaning.STARTING,
    "3D000": Meaning.NO_DATABASE,
}
OWN_LIMIT_FUNCTION = "InitializeSessionUserId"
"""The place in the server that counts our own role's connections; the server's own limit is found elsewhere."""


class Frames:
    """Follows the server's messages (a type, then a length that counts itself) and refuses what asyncpg loops over.

    Fact: a message of type 0 or of negative length makes asyncpg 0.32 spin for ever inside the event loop.
    """

    def __init__(self) -> None:
        self._head, self._left = b"", 0

    def __call__(self, data: bytes) -> None:
        """Bytes arrived. Raises Malformed."""
        while data:
            if self._left:
                step = min(self._left, len(data))
                self._left -= step
                data = data[step:]
                continue
            needed = HEAD - len(self._head)
            self._head, data = self._head + data[:needed], data[needed:]
            if len(self._head) == HEAD:
                self._left = _length(self._head)
                self._head = b""


def _length(head: bytes) -> int:
    """Bytes that follow a message's head."""
    length = int.from_bytes(head[1:], "big", signed=True)
    if head[:1] not in TYPES or not OWN_LENGTH <= length <= MAX_MESSAGE:
        raise Malformed(f"message of type {head[0]:#04x} and length {length}, wanted one of PostgreSQL's")
    return length - OWN_LENGTH


async def reached(gate: Gate, address: str, port: int, trust: Tls | None) -> Relay:
    """A relay for asyncpg, which looks at the server's bytes first. Raises Failed, OSError."""
    return await gate.relay(address, port, trust, Frames())


async def connected(relay: Relay, login: Login) -> Any:
    """A session through ``relay``. Raises SqlError, Malformed, Failed, OSError, ssl.SSLError, EOFError."""
    settings = {
        "application_name": "threenines",
        "default_transaction_read_only": "on",
        "statement_timeout": str(login.deadline_ms),
    }
    try:
        return await asyncpg.connect(
            host="127.0.0.1",
            port=relay.port,
            user=login.user,
            password=login.password or "",
            database=login.database,
            ssl=relay.context or False,  # its default, prefer, tries again in clear: twice the wrong passwords
            timeout=86_400,  # the deadline above is the only one
            statement_cache_size=0,
            direct_tls=False,
            target_session_attrs="any",
            server_settings=settings,
        )
    except Exception as fault:
        raise _meant(fault, relay) from None


async def view(session: Any) -> View:
    """What the server says of itself. Raises as ``connected``."""
    try:
        return await _view(session)
    except Exception as fault:
        raise _meant(fault, None) from None


async def closed(session: Any) -> None:
    """Say goodbye, lest the server's log speak of a client that vanished."""
    with contextlib.suppress(Exception):  # everything was answered: what goes wrong now is no matter
        await session.close()


def dropped(session: Any) -> None:
    """End the session without a word, if it has not ended."""
    if not session.is_closed():
        session.terminate()


async def _view(session: Any) -> View:
    in_recovery, version, may_see = await session.fetchrow(ROLE)
    used, limit = await session.fetchrow(CONNECTIONS)
    facts: dict[str, Any] = {"version": version, "used": used if may_see else None, "limit": limit}
    if not may_see:
        return View("replica" if in_recovery else "primary", **facts, unreadable=NEEDS_MONITOR)
    if in_recovery:
        return View("replica", **facts, **_following(await session.fetchrow(FOLLOWING)))
    return View("primary", **facts, **_followed([_Replica(*row) for row in await session.fetch(REPLICAS)]))


@dataclass(frozen=True, slots=True)
class _Replica:
    """A row of the primary's view; ``behind`` None: it takes the log and does not replay it."""

    state: str
    behind: int | None
    lag_s: float


def _followed(replicas: Sequence[_Replica]) -> Mapping[str, Any]:
    replaying = [replica for replica in replicas if replica.behind is not None]
    return {
        "streaming": sum(replica.state == "streaming" for replica in replicas),
        "lag_bytes": max((replica.behind or 0 for replica in replaying), default=None),
        "lag_s": max((replica.lag_s for replica in replaying), default=None),
    }


def _following(row: Sequence[Any]) -> Mapping[str, Any]:
    """The replica's own view; seconds NULL: nothing was replayed since it started, so bytes decide."""
    status, behind, lag_s = row
    stopped = "" if status == "streaming" else f"WAL receiver is {shown(status, 40) if status else 'not running'}"
    return {"stopped": stopped, "lag_bytes": behind, "lag_s": lag_s}


def _meant(fault: Exception, relay: Relay | None) -> Exception:
    """What an exception of the driver's means; whatever its decoder stumbles over is the peer's."""
    match fault:
        case asyncpg.ConnectionDoesNotExistError() | ConnectionError():
            return _lost(relay)
        case asyncpg.PostgresError():
            return _said(fault)
        case OSError():  # also ssl.SSLError
            return fault
        case asyncpg.exceptions.ClientConfigurationError():
            return Failed(cannot_look(f"the driver's own environment is wrong: {type(fault).__name__}"))
        case asyncpg.InterfaceError() | asyncpg.InternalClientError():
            return Malformed(f"answer does not follow PostgreSQL: {type(fault).__name__}")
    return Malformed(f"answer is no PostgreSQL message: {type(fault).__name__} while decoding")


def _lost(relay: Relay | None) -> Exception:
    """The connection ended. In the handshake that is a refusal of TLS, as is an N to the request for it."""
    if relay is not None and relay.context is not None:
        if relay.handshake is None and relay.received == REFUSED_TLS:
            return Failed(down(Cause.TLS_HANDSHAKE, "server offers no TLS, wanted TLS"))
        if relay.handshake is None and relay.received > REFUSED_TLS:
            return Malformed("peer answers a request for TLS with more than one byte, wanted S")
        if relay.handshake is not None and relay.handshake.version() is None:
            return Failed(down(Cause.TLS_HANDSHAKE, "closed during the TLS handshake"))
    return EOFError("closed before the answer was complete")


def _said(fault: asyncpg.PostgresError) -> SqlError:
    code = str(getattr(fault, "sqlstate", None) or "XX000")
    meaning = _CODES.get(code, Meaning.SERVICE)
    if meaning is Meaning.FULL and getattr(fault, "server_source_function", None) == OWN_LIMIT_FUNCTION:
        meaning = Meaning.OWN_LIMIT
    return SqlError(code, meaning)
