"""Microsoft SQL Server: a session, its role, its connections, the replicas of its availability group.

TDS is spoken by ourselves (``tds``, ``tds_tokens``): on the loop, over the gate's own stream, under its own trust.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from probes import tds
from probes.probe import Conversation, Failed, Gate, Malformed, Tls, cannot_look, down
from probes.sql import Login, Meaning, SqlError, View
from probes.target import shown
from probes.tds_tokens import ERROR, Answer, Row, answer
from sla.state import Cause

# The whole of what is ever asked. The server makes texts of all values: no other type need be read.
SERVER = (
    "SET NOCOUNT ON; SET LOCK_TIMEOUT 5000; SELECT "
    "CONVERT(nvarchar(60), SERVERPROPERTY('ProductVersion')), CONVERT(nvarchar(60), SERVERPROPERTY('Edition')), "
    "CONVERT(nvarchar(60), DATABASEPROPERTYEX(DB_NAME(), 'Status')), "
    "CONVERT(nvarchar(60), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')), "
    "CONVERT(nvarchar(20), (SELECT COUNT(*) FROM sys.dm_exec_sessions WHERE is_user_process = 1)), "
    "CONVERT(nvarchar(20), ISNULL(NULLIF((SELECT CONVERT(int, value_in_use) FROM sys.configurations "
    "WHERE name = 'user connections'), 0), @@MAX_CONNECTIONS)), "
    "CONVERT(nvarchar(1), CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE') = 1 "
    "OR HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER PERFORMANCE STATE') = 1 THEN 1 ELSE 0 END)"
)
REPLICAS = (
    "SELECT TOP (100) CONVERT(nvarchar(1), is_local), CONVERT(nvarchar(1), is_primary_replica), "
    "CONVERT(nvarchar(60), synchronization_state_desc), CONVERT(nvarchar(1), is_suspended), "
    "CONVERT(nvarchar(20), secondary_lag_seconds), "
    "CONVERT(nvarchar(20), ISNULL(log_send_queue_size, 0) + ISNULL(redo_queue_size, 0)) "
    "FROM sys.dm_hadr_database_replica_states WHERE database_id = DB_ID()"
)
NEEDS_STATE = "the account may not VIEW SERVER STATE"
TOO_OLD = "this server has no view of replicas that could be asked (SQL Server 2016 and later do)"
FOLLOWING = ("SYNCHRONIZED", "SYNCHRONIZING")
KIB = 1024
"""The server counts its queues in these."""
_UNKNOWN_NAMES, _FORBIDDEN = (207, 208), (229, 297, 300, 371)
_CODES = {
    **dict.fromkeys((18450, 18452, 18456, 18470, 18486, 18487, 18488), Meaning.CREDENTIAL),
    **dict.fromkeys((911, 916, 4060, 4064), Meaning.NO_ENTRY),
    **dict.fromkeys((922, 924, 926, 927, 942, 945, 976, 978, 982, 983, 988, 40613), Meaning.NOT_OPEN),
    **dict.fromkeys((17809, 10928, 10929), Meaning.FULL),
    **dict.fromkeys((6005, 17142, 18401, 18451, 18461), Meaning.STARTING),
    1205: Meaning.DEADLOCK,
    1222: Meaning.TIMEOUT,
}
_RECORD = 65_536
NEWEST_TLS = "1.2"
"""Wrapped into TDS's packets, TLS 1.3 has no agreed end of its handshake: clients and servers differ where the wrapping ends,
and SQL Server has it only beside TDS (as TDS 8).
"""


class Wire:
    """Messages to and from one server; from ``secure`` on inside TLS, whose handshake TDS wraps in packets of its own.

    ``handshake`` is the TLS that was agreed on, None before and without it.
    """

    def __init__(self, stream: Conversation, context: ssl.SSLContext | None, name: str) -> None:
        self._stream, self.context, self._name = stream, context, name
        self._messages = tds.Messages()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.handshake: ssl.SSLObject | None = None

    async def say(self, kind: int, payload: bytes) -> None:
        """Send one message."""
        data = tds.packet(kind, payload)
        if self.handshake is not None:
            self.handshake.write(data)
            data = self._outgoing.read()
        await self._stream.write(data)

    async def hear(self) -> bytes:
        """The next message. Raises Malformed, OverCap, EOFError, OSError, ssl.SSLError."""
        while (message := self._messages.take((tds.ANSWER,))) is None:
            self._messages.feed(await self._more())
        return message

    async def secure(self) -> None:
        """Do the verified handshake. Raises ssl.SSLError, Malformed, Failed if the server ends the connection within it."""
        assert self.context is not None
        made = self.context.wrap_bio(self._incoming, self._outgoing, server_hostname=self._name)
        try:
            await self._shake(made, tds.Flights(self._stream, self._messages))
        except (EOFError, ConnectionError):
            raise Failed(down(Cause.TLS_HANDSHAKE, "closed during the TLS handshake")) from None
        if self._messages.begun:  # anybody on the way could have said it, and it would pass for encrypted
            raise Malformed("peer spoke on before TLS began, wanted silence")
        self.handshake = made

    def close(self) -> None:
        """Give the connection back. There is no goodbye in TDS."""
        self._stream.close()

    async def _shake(self, made: ssl.SSLObject, flights: tds.Flights) -> None:
        while True:
            try:
                return made.do_handshake()
            except ssl.SSLWantReadError:
                pass
            finally:
                await flights.write(self._outgoing.read())  # an alert too
            if not (flight := await flights.read()):
                raise EOFError
            self._incoming.write(flight)

    async def _more(self) -> bytes:
        data = await self._stream.read()
        if not data:
            raise EOFError("closed before the answer was complete")
        return data if self.handshake is None else _decrypted(self.handshake, self._incoming, data)


def _decrypted(tls: ssl.SSLObject, incoming: ssl.MemoryBIO, data: bytes) -> bytes:
    """What can be read of TLS now; perhaps nothing yet. Raises ssl.SSLError, EOFError after the server's goodbye."""
    incoming.write(data)
    got = b""
    try:
        while piece := tls.read(_RECORD):
            got += piece
    except ssl.SSLWantReadError:
        return got
    except ssl.SSLZeroReturnError:
        pass
    if not got:
        raise EOFError("closed before the answer was complete")
    return got


async def reached(gate: Gate, address: str, port: int, trust: Tls | None) -> Wire:
    """A connection to the server. Raises Failed, OSError."""
    context = None if trust is None else gate.trust(replace(trust, max_tls=NEWEST_TLS))
    return Wire(await gate.stream(address, port), context, "" if trust is None else trust.server_name)


async def connected(wire: Wire, who: Login) -> Wire:
    """A session of ``who``. Raises SqlError, Malformed, Failed, OverCap, OSError, ssl.SSLError, EOFError."""
    wanted = tds.TLS_NONE if wire.context is None else tds.TLS_ON
    await wire.say(tds.PRELOGIN, tds.prelogin(wanted))
    said = await wire.hear()
    if said[:1] == bytes([ERROR]):
        raise _refused(answer(said))
    if _agreed(wanted, tds.encryption(said)):
        await wire.secure()
    await wire.say(tds.LOGIN, tds.login(who))
    greeted = answer(await wire.hear())
    if greeted.errors:
        raise _refused(greeted)
    if greeted.route:
        raise Failed(down(Cause.SERVICE_ERROR, "server sends us on to another one, wanted a session here"))
    if not greeted.logged_in:
        raise Malformed("login answered by neither a session nor an error")
    return wire


async def view(wire: Wire) -> View:
    """What the server says of itself, and of its group if it may be seen. Raises as ``connected``."""
    seen, may_see = _seen(await _asked(wire, SERVER, 7))
    if not may_see:
        return replace(seen, used=None, unreadable=NEEDS_STATE)  # of sessions it would count its own alone
    try:
        replicas = [_replica(row) for row in await _asked(wire, REPLICAS, 6)]
    except SqlError as error:
        if (why := _blind(error)) is None:
            raise
        return replace(seen, unreadable=why)
    own = next((one for one in replicas if one.local and not one.primary), None)
    if own is not None:
        return replace(seen, role="replica", **_following(own))
    return replace(seen, **_followed([one for one in replicas if not one.local])) if seen.role == "primary" else seen


def _seen(rows: Sequence[Row]) -> tuple[View, bool]:
    """The server without its group, and whether the account may see more. A database that is read only is no primary."""
    if len(rows) != 1:
        raise Malformed(f"server says of itself {len(rows)} rows, wanted one")
    version, edition, status, updates, used, limit, may_see = rows[0]
    if status not in (None, "ONLINE"):  # None: it is not for us to see, and we are inside
        raise Failed(down(Cause.SERVICE_ERROR, f"database is {shown(status, 40)}, wanted ONLINE"))
    role: Literal["primary", "replica"] = "replica" if updates == "READ_ONLY" else "primary"
    return View(role, " ".join(filter(None, (version, edition))), _number(used), _number(limit) or 0), may_see == "1"


async def closed(wire: Wire) -> None:
    """End the session."""
    wire.close()


def dropped(wire: Wire) -> None:
    """End the session, if it has not ended."""
    wire.close()


@dataclass(frozen=True, slots=True)
class _Replica:
    """A row of the view of replicas. The primary sees all, a secondary only itself; ``lag_s`` None: nobody knows."""

    local: bool
    primary: bool
    state: str
    suspended: bool
    lag_s: int | None
    behind: int

    @property
    def follows(self) -> bool:
        return self.state in FOLLOWING and not self.suspended


def _replica(row: Row) -> _Replica:
    local, primary, state, suspended, lag_s, kib = row
    return _Replica(local == "1", primary == "1", state or "", suspended == "1", _number(lag_s), (_number(kib) or 0) * KIB)


def _followed(replicas: Sequence[_Replica]) -> Mapping[str, Any]:
    return {
        "streaming": sum(one.follows for one in replicas),
        "lag_s": max((float(one.lag_s) for one in replicas if one.lag_s is not None), default=None),
        "lag_bytes": max((one.behind for one in replicas), default=None),
    }


def _following(own: _Replica) -> Mapping[str, Any]:
    stopped = "" if own.follows else f"data movement is {'suspended' if own.suspended else shown(own.state or 'unknown', 40)}"
    return {"stopped": stopped, "lag_s": None if own.lag_s is None else float(own.lag_s), "lag_bytes": own.behind}


async def _asked(wire: Wire, statement: str, width: int) -> Sequence[Row]:
    """The rows of an answer, each of ``width`` columns."""
    await wire.say(tds.BATCH, tds.batch(statement))
    said = answer(await wire.hear())
    if said.errors:
        raise _refused(said)
    if any(len(row) != width for row in said.rows):
        raise Malformed(f"answer has other than the {width} columns that were asked for")
    return said.rows


def _agreed(wanted: int, offered: int) -> bool:
    """Whether TLS follows. Raises Failed where the two do not come together."""
    if wanted == tds.TLS_ON and offered not in (tds.TLS_ON, tds.TLS_DEMANDED):
        raise Failed(down(Cause.TLS_HANDSHAKE, "server offers no TLS, wanted TLS"))
    if wanted == tds.TLS_NONE and offered == tds.TLS_DEMANDED:
        raise Failed(cannot_look("server takes no login without TLS: leave out insecure_plaintext"))
    return wanted == tds.TLS_ON


def _refused(said: Answer) -> SqlError:
    """The first error is the reason; a missing database, for one, is followed by a refused login."""
    number = said.errors[0] if said.errors else 0
    return SqlError(str(number), _CODES.get(number, Meaning.SERVICE))


def _blind(error: SqlError) -> str | None:
    """Why replicas cannot be seen, if that is all that the error says."""
    number = int(error.code)
    if number in _UNKNOWN_NAMES:
        return TOO_OLD
    return NEEDS_STATE if number in _FORBIDDEN else None


def _number(text: str | None) -> int | None:
    """A count. Raises Malformed."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise Malformed(f'count is "{shown(text, 40)}", wanted digits')
    return int(text)
