"""Protocols of lines: bytes in, lines and replies out, each within its bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probes.probe import Conversation, Malformed
from probes.target import shown

MAX_LINE = 2_048
"""RFC 5321 allows 512 bytes a line and 1,000 of text; servers are generous."""
MAX_LINES = 100
"""Of one conversation: a server that lists more extensions than that has something else in mind."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of SMTP and its kin: three digits and the lines of text."""

    code: int
    lines: tuple[str, ...]


class Lines:
    """Collects bytes into lines. Raises Malformed for a line, or a number of lines, beyond the bounds."""

    def __init__(self, most: int = MAX_LINES) -> None:
        self._most, self._seen = most, 0
        self._rest = b""

    @property
    def pending(self) -> bool:
        """Whether bytes are left that nobody has taken."""
        return bool(self._rest)

    @property
    def begun(self) -> bytes:
        """What has come of the line that is not complete yet."""
        return self._rest

    def feed(self, data: bytes) -> None:
        """Bytes arrived."""
        self._rest += data

    def take(self) -> bytes | None:
        """The next line without its end, or None if it is not complete yet."""
        line, end, rest = self._rest.partition(b"\n")
        if len(line) > MAX_LINE:
            raise Malformed(f"line of more than {MAX_LINE} bytes, wanted at most that")
        if not end:
            return None
        self._rest = rest
        self._seen += 1
        if self._seen > self._most:
            raise Malformed(f"more than {self._most} lines, wanted at most that")
        return line.removesuffix(b"\r")


def reply_of(lines: list[bytes]) -> Reply | None:
    """The reply that ``lines`` make, or None if more belong to it (RFC 5321, 4.2.1). Raises Malformed."""
    for line in lines:
        code, mark = line[:3], line[3:4]
        if not (code.isdigit() and len(code) == 3 and b"2" <= code[:1] <= b"5" and mark in (b"", b" ", b"-")):
            raise Malformed(f'peer said "{shown(line, 80)}", wanted a reply like "220 ready"')
        if code != lines[0][:3]:
            raise Malformed(f"reply of two codes, {shown(lines[0][:3])} and {shown(code)}, wanted one")
    if lines[-1][3:4] == b"-":
        return None
    return Reply(int(lines[0][:3]), tuple(_texts(lines)))


def _texts(lines: list[bytes]) -> Iterator[str]:
    return (line[4:].decode("utf-8", "replace") for line in lines)


class Dialogue:
    """A conversation in lines over a stream."""

    def __init__(self, stream: Conversation) -> None:
        self._stream, self._lines = stream, Lines()

    @property
    def pending(self) -> bool:
        """Whether the peer said more than was asked for."""
        return self._lines.pending

    async def say(self, line: str) -> None:
        """Send a line."""
        await self._stream.write(line.encode() + b"\r\n")

    async def reply(self) -> Reply:
        """The peer's next reply. Raises Malformed, OverCap, EOFError."""
        lines: list[bytes] = []
        while True:
            while (line := self._lines.take()) is None:
                data = await self._stream.read()
                if not data:
                    raise EOFError("closed before the reply was complete")
                self._lines.feed(data)
            lines.append(line)
            if (reply := reply_of(lines)) is not None:
                return reply

    async def ask(self, line: str) -> Reply:
        """Send a line and wait for its reply."""
        await self.say(line)
        return await self.reply()
