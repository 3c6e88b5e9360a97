"""MySQL and MariaDB by asyncmy through a relay: a session, its role, its connections, its replication."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from probes.mysql_wire import Packets
from probes.probe import Failed, Gate, Malformed, Relay, Tls, cannot_look, down
from probes.sql import Login, Meaning, SqlError, View
from probes.target import shown
from sla.state import Cause

# The whole of what is ever asked.
READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
ROLE = "SELECT VERSION(), @@read_only, @@max_connections"
CONNECTIONS = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"
REPLICA, REPLICA_OF_OLD = "SHOW REPLICA STATUS", "SHOW SLAVE STATUS"
NEW_WORDS_MYSQL, NEW_WORDS_MARIADB = (8, 0, 22), (10, 5, 1)
NEEDS_MONITOR = "the account may not see replication (REPLICATION CLIENT, in MariaDB REPLICA MONITOR)"
_CODES = {
    1044: Meaning.CREDENTIAL,
    1045: Meaning.CREDENTIAL,
    1040: Meaning.FULL,
    1049: Meaning.NO_DATABASE,
    1053: Meaning.STARTING,
    1203: Meaning.OWN_LIMIT,
    1226: Meaning.OWN_LIMIT,
    3024: Meaning.TIMEOUT,
    1969: Meaning.TIMEOUT,
}
ACCESS_DENIED = 1227
_CLIENT_CODES = range(2000, 3000)
"""Errors of the driver's own making, not the server's."""
_THREADS = (("Slave_IO_Running", "Replica_IO_Running"), ("Slave_SQL_Running", "Replica_SQL_Running"))
_BEHIND = ("Seconds_Behind_Master", "Seconds_Behind_Source")


def _driver() -> ModuleType:
    """asyncmy, which is an extra. Raises Failed without it."""
    try:
        import asyncmy.cursors
    except ImportError:
        raise Failed(cannot_look("MySQL and MariaDB need the extra: pip install threenines[mysql]")) from None
    module: ModuleType = asyncmy
    return module


async def reached(gate: Gate, address: str, port: int, trust: Tls | None) -> Relay:
    """A relay for asyncmy, which looks at the server's bytes first. Raises Failed, OSError."""
    return await gate.relay(address, port, trust, Packets())


async def connected(relay: Relay, login: Login) -> Any:
    """A session through ``relay``. Raises SqlError, Malformed, Failed, OSError, ssl.SSLError, EOFError."""
    driver = _driver()
    try:
        return await driver.connect(
            host="127.0.0.1",
            port=relay.port,
            user=login.user,
            password=login.password or "",
            database=login.database,
            ssl=relay.context,
            connect_timeout=86_400,  # the deadline above is the only one
            autocommit=True,
            local_infile=False,
            program_name="threenines",
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
        await session.ensure_closed()


def dropped(session: Any) -> None:
    """End the session without a word, if it has not ended."""
    session.close()


async def _view(session: Any) -> View:
    await _rows(session, READ_ONLY)
    row = (await _rows(session, ROLE))[0]
    version, read_only, limit = (str(row["VERSION()"]), bool(row["@@read_only"]), int(row["@@max_connections"]))
    used = int((await _rows(session, CONNECTIONS))[0]["Value"])
    try:
        replicating = await _rows(session, _replica_words(version))
    except Exception as fault:
        if _number(fault) != ACCESS_DENIED:
            raise
        return View("replica" if read_only else "primary", version, used, limit, unreadable=NEEDS_MONITOR)
    if not replicating:
        return View("replica" if read_only else "primary", version, used, limit)
    return View("replica", version, used, limit, **_following(replicating[0]))


async def _rows(session: Any, query: str) -> list[dict[str, Any]]:
    async with session.cursor(_driver().cursors.DictCursor) as cursor:
        await cursor.execute(query)
        rows: list[dict[str, Any]] = await cursor.fetchall()
        return rows


def _replica_words(version: str) -> str:
    """The statement that this server knows: the old one was taken away, the new one came late."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version.removeprefix("5.5.5-"))[:3])
    since = NEW_WORDS_MARIADB if "mariadb" in version.lower() else NEW_WORDS_MYSQL
    return REPLICA if numbers >= since else REPLICA_OF_OLD


def _following(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Both of a replica's threads must run; how far it is behind is known only then."""
    states = {old: str(row.get(old, row.get(new))) for old, new in _THREADS}
    halted = [f"{name} is {shown(state, 40)}" for name, state in states.items() if state != "Yes"]
    behind = next((row[name] for name in _BEHIND if row.get(name) is not None), None)
    return {"stopped": ", ".join(halted), "lag_s": None if behind is None else float(behind)}


def _meant(fault: Exception, relay: Relay | None) -> Exception:
    """What an exception of the driver's means; whatever its decoder stumbles over is the peer's."""
    number = _number(fault)
    if isinstance(fault, Failed):
        return fault
    if isinstance(fault, _driver().errors.MySQLError):
        if number is not None and number not in _CLIENT_CODES:
            return SqlError(str(number), _CODES.get(number, Meaning.SERVICE))
        return _of_the_driver(fault, relay)
    if isinstance(fault, OSError | EOFError):
        return _lost(relay) if isinstance(fault, ConnectionError | EOFError) else fault
    return Malformed(f"answer is no MySQL message: {type(fault).__name__} while decoding")


def _of_the_driver(fault: Exception, relay: Relay | None) -> Exception:
    """An error that the driver made of something else: of a network error, or of a peer that speaks otherwise."""
    below = fault.__cause__
    if isinstance(below, OSError) and not isinstance(below, ConnectionError):
        return below
    if isinstance(below, ConnectionError) or _number(fault) in (2006, 2013):
        return _lost(relay)
    return Malformed(f"answer does not follow MySQL: {type(fault).__name__}")


def _number(fault: Exception) -> int | None:
    number = fault.args[0] if fault.args else None
    return number if isinstance(number, int) else None


def _lost(relay: Relay | None) -> Exception:
    if relay is not None and relay.handshake is not None and relay.handshake.version() is None:
        return Failed(down(Cause.TLS_HANDSHAKE, "closed during the TLS handshake"))
    return EOFError("closed before the answer was complete")
