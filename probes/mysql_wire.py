"""MySQL's packets, looked at before asyncmy sees them: it reads past the end of those that lie about a length.

Fact: asyncmy 0.2.18 checks no bounds in column definitions, OK packets and rows with eight-byte lengths; one packet of a
hostile server ended the whole process. A response to a question is numbered from 1, which tells what each packet is; the
driver insists on the same numbers. The packets of the login (numbers 0 and from 2 on, before any question) are read safely.
"""

from __future__ import annotations

from probes.probe import Malformed

HEAD = 4
MAX_PACKET = 1 << 20
FIRST, LAST = 1, 250
"""Numbers of a response's packets; what we ask has some 70 columns and few rows, and beyond 255 the numbers begin anew."""
MAX_COLUMNS = 200
LOGIN = 20
"""Packets of a server's before the first question: a greeting, and some rounds of a login."""
OK, INFILE, END, ERROR = 0x00, 0xFB, 0xFE, 0xFF
LEAST_OK, LEAST_END, MOST_END = 7, 5, 8
DEFINITION_STRINGS, DEFINITION_REST = 6, 13
_WIDTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}
NULL = 0xFB


class Packets:
    """Follows the packets of one connection. Raises Malformed for one that asyncmy could not bear."""

    def __init__(self) -> None:
        self._rest = b""
        self._columns = self._before = 0
        self._asked = False

    def __call__(self, data: bytes) -> None:
        """Bytes arrived."""
        data, at = self._rest + data, 0
        while len(data) - at >= HEAD:
            size, number = int.from_bytes(data[at : at + 3], "little"), data[at + 3]
            if size > MAX_PACKET:
                raise Malformed(f"packet of {size} bytes, wanted at most {MAX_PACKET}")
            end = at + HEAD + size
            if end > len(data):
                break
            self._packet(number, data[at + HEAD : end])
            at = end
        self._rest = data[at:]

    def _packet(self, number: int, payload: bytes) -> None:
        self._asked = self._asked or number == FIRST
        if not self._asked:
            self._before += 1
            if self._before > LOGIN:
                raise Malformed(f"more than {LOGIN} packets of a login, wanted an end of it")
            return
        if payload[:1] == bytes([ERROR]):
            return
        if number > LAST or not payload:
            raise Malformed(f"packet {number} of {len(payload)} bytes, wanted a short answer")
        if number == FIRST:
            self._columns = _opened(payload)
        elif number <= FIRST + self._columns:
            _definition(payload)
        else:
            _row(payload)


def _opened(payload: bytes) -> int:
    """A response begins: the number of columns that follow, 0 for an OK. Raises Malformed."""
    if payload[0] == OK and len(payload) >= LEAST_OK:
        _status(payload)
        return 0
    if len(payload) == 1 and 1 <= payload[0] <= MAX_COLUMNS:
        return payload[0]
    raise Malformed(f"response begins with byte {payload[0]:#04x} of {len(payload)}, wanted OK, an error or columns")


def _definition(payload: bytes) -> None:
    at = 0
    for _ in range(DEFINITION_STRINGS):
        at = _past(payload, at)
    if len(payload) - at < DEFINITION_REST:
        raise Malformed("column's definition is too short")


def _row(payload: bytes) -> None:
    """A row, or the end of rows: which of the two ``END`` means depends on what was agreed at login."""
    if payload[0] == END:
        if len(payload) < LEAST_END:
            raise Malformed("end of rows is too short")
        if len(payload) > MOST_END:
            _status(payload)
            if payload[MOST_END] >= 0x7F:  # as a length of eight bytes it would be negative, or run over with the place
                raise Malformed("end of rows is no end")
        return
    at = 0
    while at < len(payload):
        at = _past(payload, at)


def _status(payload: bytes) -> None:
    """An OK packet: two numbers, then at least four bytes."""
    at = 1
    for _ in range(2):
        at = _past_number(payload, at)[1]
    if len(payload) - at < 4:
        raise Malformed("status is too short")


def _past(payload: bytes, at: int) -> int:
    """The place behind the string at ``at``. Raises Malformed."""
    length, at = _past_number(payload, at)
    if length > len(payload) - at:
        raise Malformed(f"string of {length} bytes in a packet of {len(payload)}")
    return at + length


def _past_number(payload: bytes, at: int) -> tuple[int, int]:
    """The number at ``at`` (0 for NULL) and the place behind it. Raises Malformed."""
    if at >= len(payload):
        raise Malformed("packet ends too early")
    first = payload[at]
    width = _WIDTHS.get(first, 0)
    if first == ERROR or at + 1 + width > len(payload):
        raise Malformed("number in a packet is cut off")
    if width == 0:
        return (0 if first == NULL else first), at + 1
    return int.from_bytes(payload[at + 1 : at + 1 + width], "little"), at + 1 + width
