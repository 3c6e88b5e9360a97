"""What a Microsoft SQL Server answers: a stream of tokens (MS-TDS 2.2.7), read whole, with every length held to its end.

Of values only texts are read: what we ask for is converted by the server itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from probes.probe import Malformed

ERROR, INFO, LOGGED_IN, CHANGE, COLUMNS, ROW, SPARSE_ROW = 0xAA, 0xAB, 0xAD, 0xE3, 0x81, 0xD1, 0xD2
ORDER, TABLES, COLUMN_INFO, STATUS, FEATURES, STATE = 0xA9, 0xA4, 0xA5, 0x79, 0xAE, 0xE4
DONE, DONE_PROCEDURE, DONE_INSIDE = 0xFD, 0xFE, 0xFF
_ENDS = (DONE, DONE_PROCEDURE, DONE_INSIDE)
_SKIPPED_BY_LENGTH = {INFO: 2, ORDER: 2, TABLES: 2, COLUMN_INFO: 2, STATE: 4}
"""Tokens that a look has no use for, and the bytes of their length."""
MORE = 0x0001
ROUTE = 20
"""The change that sends a client on to another server."""
OLDEST = 0x72
"""The first byte of TDS 7.2's version (SQL Server 2005); before it, tokens had other sizes."""
MAX_COLUMNS, NO_COLUMNS = 16, 0xFFFF
MAX_ROWS = 100
_TEXTS = {0xE7: "utf-16-le", 0xA7: "latin-1"}
"""Types of a column that are read: nvarchar(n) and varchar(n)."""
_UNBOUNDED, _NULL, _COLLATION = 0xFFFF, 0xFFFF, 5
_NO_MORE_FEATURES = 0xFF

Row = tuple[str | None, ...]


@dataclass
class Answer:
    """What one message said. ``errors`` are numbers, the first is the reason of the others; ``route``: we are sent elsewhere."""

    rows: list[Row] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    logged_in: bool = False
    route: bool = False


class _Reader:
    """A place in a message. Everything raises Malformed rather than read beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)

    def bytes(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise Malformed(f"{size} bytes wanted where {len(self._data) - self._at} are left of the answer")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.bytes(size), "little")

    def counted(self, size: int) -> _Reader:
        """What a length of ``size`` bytes announces."""
        return _Reader(self.bytes(self.number(size)))


def answer(message: bytes) -> Answer:
    """The meaning of a whole message. Raises Malformed."""
    reader, said, more = _Reader(message), Answer(), True
    columns: tuple[str, ...] = ()
    while not reader.ended:
        if not more:
            raise Malformed("tokens after the last one of an answer")
        token = reader.number(1)
        if token == COLUMNS:
            columns = tuple(_columns(reader))
        elif token in (ROW, SPARSE_ROW):
            if not columns or len(said.rows) >= MAX_ROWS:
                raise Malformed(f"row {len(said.rows) + 1} of {len(columns)} columns, wanted at most {MAX_ROWS} of some")
            said.rows.append(_row(reader, columns, sparse=token == SPARSE_ROW))
        elif token in _ENDS:
            more = _goes_on(reader, token)
        else:
            _other(token, reader, said)
    if more:
        raise Malformed("answer has no end, wanted one")
    return said


def _other(token: int, reader: _Reader, said: Answer) -> None:
    """A token that is neither of a table nor an end."""
    if token in _SKIPPED_BY_LENGTH:
        reader.counted(_SKIPPED_BY_LENGTH[token])
    elif token == ERROR:
        said.errors.append(reader.counted(2).number(4))
    elif token == CHANGE:
        said.route = said.route or reader.counted(2).number(1) == ROUTE
    elif token == LOGGED_IN:
        body = reader.counted(2)
        body.bytes(1)
        if (version := body.bytes(4))[0] < OLDEST:
            raise Malformed(f"server speaks TDS {version.hex()}, wanted 7.2 (72090002) or later")
        said.logged_in = True
    elif token == STATUS:
        reader.bytes(4)
    elif token == FEATURES:
        while reader.number(1) != _NO_MORE_FEATURES:
            reader.counted(4)
    else:
        raise Malformed(f"token {token:#04x}, wanted one that belongs into an answer")


def _goes_on(reader: _Reader, token: int) -> bool:
    """Whether more follows an end: of an inner one always, the last one says so itself."""
    status, _, _ = struct.unpack("<HHQ", reader.bytes(12))
    return bool(status & MORE) or token == DONE_INSIDE


def _columns(reader: _Reader) -> Iterator[str]:
    """The encoding of each column; their names are skipped."""
    count = reader.number(2)
    if count == NO_COLUMNS:
        return
    if not 1 <= count <= MAX_COLUMNS:
        raise Malformed(f"table of {count} columns, wanted 1 to {MAX_COLUMNS}")
    for _ in range(count):
        _, _, kind = struct.unpack("<IHB", reader.bytes(7))
        if kind not in _TEXTS or reader.number(2) == _UNBOUNDED:
            raise Malformed(f"column of type {kind:#04x}, wanted a short text")
        reader.bytes(_COLLATION)
        reader.bytes(2 * reader.number(1))
        yield _TEXTS[kind]


def _row(reader: _Reader, columns: tuple[str, ...], sparse: bool) -> Row:
    """One row; a sparse one begins with a bit for each column that is NULL."""
    absent = reader.number((len(columns) + 7) // 8) if sparse else 0
    return tuple(None if absent >> place & 1 else _value(reader, encoding) for place, encoding in enumerate(columns))


def _value(reader: _Reader, encoding: str) -> str | None:
    size = reader.number(2)
    return None if size == _NULL else reader.bytes(size).decode(encoding, "replace")
