"""OpenVPN's management interface: what the daemon says of its tunnel. Only ``state`` and ``status 2`` are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probes.probe import Malformed
from probes.target import shown

MAX_LINES = 10_000
"""Clients of a server, each a line and more for its routes."""
STATE, STATUS, END = "state", "status 2", b"END"
PASSWORD = b"ENTER PASSWORD:"
CONNECTED = "CONNECTED"
_READ, _WRITTEN = b"TCP/UDP read bytes", b"TCP/UDP write bytes"
_COLUMNS = (b"Common Name", b"Bytes Received", b"Bytes Sent", b"Connected Since (time_t)")
_CLIENT, _HEADER = b"CLIENT_LIST", b"HEADER"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes over the tunnel, both ways.

    Of a server also the common names of the ``clients`` and since when (seconds UTC) the newest is connected; else None.
    """

    bytes_in: int
    bytes_out: int
    clients: tuple[str, ...] | None
    since_s: int | None = None


def state(lines: Sequence[bytes]) -> tuple[int, str]:
    """(seconds UTC since when, state's name) of the answer to ``state``. Raises Malformed."""
    parts = lines[-1].split(b",") if lines else []
    if len(parts) < 2 or not parts[0].isdigit() or len(parts[0]) > 12 or not parts[1]:
        raise Malformed(f'management said "{shown(lines[-1] if lines else b"", 80)}", wanted a time and a state')
    return int(parts[0]), shown(parts[1], 40)


def traffic(lines: Sequence[bytes], peer: str | None = None) -> Traffic:
    """What ``status 2`` says; of a server only the rows of client ``peer``, if one is named. Raises Malformed."""
    if any(line.startswith(_HEADER) for line in lines):
        return _of_server(lines, peer)
    told = dict(line.rsplit(b",", 1) for line in lines if b"," in line)
    return Traffic(_number(told.get(_READ, b"0")), _number(told.get(_WRITTEN, b"0")), None)


def _of_server(lines: Sequence[bytes], peer: str | None) -> Traffic:
    header = next((line.split(b",")[2:] for line in lines if line.startswith(_HEADER + b"," + _CLIENT + b",")), [])
    try:
        name, came, went, since = map(header.index, _COLUMNS)
    except ValueError:
        raise Malformed(f"management names no columns of clients, wanted {b', '.join(_COLUMNS).decode()}") from None
    rows = [line.split(b",")[1:] for line in lines if line.startswith(_CLIENT + b",")]
    if any(len(row) <= max(name, came, went, since) for row in rows):
        raise Malformed("management tells of a client in fewer columns than its header, wanted as many")
    kept = [row for row in rows if peer is None or row[name] == peer.encode()]
    bytes_in, bytes_out = sum(_number(row[came]) for row in kept), sum(_number(row[went]) for row in kept)
    newest_s = max((_number(row[since]) for row in kept), default=None)
    return Traffic(bytes_in, bytes_out, tuple(shown(row[name], 80) for row in kept), newest_s)


def _number(text: bytes) -> int:
    if not text.isdigit() or len(text) > 20:
        raise Malformed(f'management counts "{shown(text, 40)}", wanted a number')
    return int(text)
