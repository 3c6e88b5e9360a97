"""A network of memory: the real runner, gate and drivers against scripted peers, at a tenth of what sockets cost.

Every connection of a look meets the peer that ``PEER`` names in the look's own context. A peer speaks ``turns[0]`` when it
is connected to and the next turn whenever it has been spoken to; after the last it hangs up (datagrams: it is silent).
"""

from __future__ import annotations

import asyncio
import contextvars
import selectors
import socket
import time
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from monitor.watch.egress import Egress, Flight
from probes.probe import Hello, Line, Tls

T = TypeVar("T")


def _same(query: bytes, answer: bytes) -> bytes:
    return answer


@dataclass(frozen=True)
class Peer:
    """What a peer says. ``fit`` may fit an answer to the query that it answers; ``piece`` is how much arrives at once.

    A peer that must think has ``wits`` instead of turns: for each connection something that answers every query.
    """

    turns: Sequence[bytes] = ()
    fit: Callable[[bytes, bytes], bytes] = _same
    piece: int = 1 << 20
    wits: Callable[[], Callable[[bytes], bytes | None]] | None = None


PEER: contextvars.ContextVar[Peer] = contextvars.ContextVar("peer")


class Script:
    """Where one connection has come to."""

    def __init__(self, peer: Peer | None = None) -> None:
        self._peer, self._next = peer or PEER.get(), 0
        self._wits = None if self._peer.wits is None else self._peer.wits()

    def answer(self, query: bytes) -> bytes | None:
        """The next turn; None if there is none."""
        if self._wits is not None:
            return self._wits(query)
        if self._next >= len(self._peer.turns):
            return None
        self._next += 1
        return self._peer.fit(query, self._peer.turns[self._next - 1])

    def pieces(self, data: bytes) -> list[bytes]:
        return [data[at : at + self._peer.piece] for at in range(0, len(data), self._peer.piece)]


class _Options:
    """The socket of a transport, on which drivers set options."""

    family = socket.AF_INET

    def setsockopt(self, *_: object) -> None:
        pass


class _Transport(asyncio.Transport):
    """One end of a connection; ``say`` takes what its owner writes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any) -> None:
        super().__init__({"socket": _Options()})
        self._loop, self._protocol, self._over, self._paused = loop, protocol, False, False
        self._due = False
        self._waiting: list[bytes] = []
        self.far: Any = None

    def write(self, data: Any) -> None:
        if not self._over:
            self.far.say(bytes(data))

    def hear(self, data: bytes) -> None:
        """Something arrives at the owner."""
        if data:
            self._waiting.append(data)
            self._soon()

    def _soon(self) -> None:
        if not self._due:  # one delivers all that waits
            self._due = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._due = False
        while self._waiting and not self._paused and not self._over:
            self._give(self._waiting.pop(0))

    def _give(self, data: bytes) -> None:
        """As asyncio's own transports do: a protocol that stumbles loses its connection."""
        try:
            self._take(data)
        except Exception as fault:
            self._stumbled(fault)

    def _stumbled(self, fault: Exception) -> None:
        if not self._over:
            self._over = True
            self._loop.call_soon(self._protocol.connection_lost, fault)
            self._loop.call_soon(self.far.left)

    def _take(self, data: bytes) -> None:
        if isinstance(self._protocol, asyncio.BufferedProtocol):
            while data:
                buffer = self._protocol.get_buffer(len(data))
                size = min(len(buffer), len(data))
                buffer[:size] = data[:size]
                self._protocol.buffer_updated(size)
                data = data[size:]
        else:
            self._protocol.data_received(data)

    def hang_up(self) -> None:
        """The other end closes after what it said."""
        self._loop.call_soon(self._end)

    def _end(self) -> None:
        if self._over:
            return
        if self._waiting and self._paused:
            self._loop.call_later(0.001, self._end)
            return
        self._deliver()
        self._protocol.eof_received()
        self.close()

    def close(self) -> None:
        if not self._over:
            self._over = True
            self._loop.call_soon(self._protocol.connection_lost, None)
            self._loop.call_soon(self.far.left)

    abort = close

    def is_closing(self) -> bool:
        return self._over

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        self._soon()

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def get_protocol(self) -> Any:
        return self._protocol


class _Scripted:
    """The far end that follows a script; what is said in one go is one query."""

    def __init__(self, loop: asyncio.AbstractEventLoop, near: _Transport) -> None:
        self._loop, self._near, self._script, self._heard = loop, near, Script(), b""
        self._speak(b"")

    def say(self, data: bytes) -> None:
        if not self._heard:
            self._loop.call_soon(self._answer)
        self._heard += data

    def left(self) -> None:
        pass

    def _answer(self) -> None:
        query, self._heard = self._heard, b""
        self._speak(query)

    def _speak(self, query: bytes) -> None:
        answer = self._script.answer(query)
        if answer is None:
            self._near.hang_up()
        else:
            for piece in self._script.pieces(answer):
                self._near.hear(piece)


class _Joined:
    """The far end that is another connection's near one."""

    def __init__(self, other: _Transport) -> None:
        self.say, self.left = other.hear, other.hang_up


class _Listener:
    """What ``create_server`` gives: enough of one for a relay."""

    def __init__(self, loop: MemoryLoop, factory: Callable[[], Any], port: int) -> None:
        self._loop, self._port, self.factory = loop, port, factory
        self.sockets = (self,)

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self._port

    def close(self) -> None:
        self._loop.listeners.pop(self._port, None)


class _Impatient(selectors.DefaultSelector):
    """Where nothing is ready, time passes at once: a silent peer costs a look its deadline and the test nothing."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout is None:
            return ready or super().select(None)
        self.skipped += max(0.0, timeout)
        return ready


class MemoryLoop(asyncio.SelectorEventLoop):
    """A loop on which no byte leaves the process and nobody waits. TLS is not spoken by it, threads are not waited for."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)
        self.listeners: dict[int, _Listener] = {}
        self._ports = 0
        self._datagrams: MutableMapping[socket.socket, tuple[Script, asyncio.Queue[bytes]]] = WeakKeyDictionary()

    def time(self) -> float:
        """What we have worked, and what was skipped: how busy others keep the machine brings no deadline nearer."""
        return time.process_time() + self._impatient.skipped

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Everybody is there."""

    async def create_connection(self, factory: Any, host: Any = None, port: Any = None, **how: Any) -> tuple[Any, Any]:  # type: ignore[override]
        assert how.get("ssl") is None, "no TLS in memory"
        if (sock := how.get("sock")) is not None:
            sock.close()
        listener = None if sock is not None else self.listeners.get(port)
        if sock is None and listener is None and port <= self._ports:
            raise ConnectionRefusedError(111, "refused")  # a relay takes one connection
        protocol = factory()
        near = _Transport(self, protocol)
        if listener is None:
            near.far = _Scripted(self, near)
        else:
            theirs = listener.factory()
            far = _Transport(self, theirs)
            near.far, far.far = _Joined(far), _Joined(near)
            theirs.connection_made(far)
        protocol.connection_made(near)
        return near, protocol

    async def create_server(self, factory: Any, host: Any = None, port: Any = None, **how: Any) -> Any:  # type: ignore[override]
        self._ports += 1
        self.listeners[self._ports] = listener = _Listener(self, factory, self._ports)
        return listener

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        if sock not in self._datagrams:
            self._datagrams[sock] = Script(), asyncio.Queue()
        script, arrived = self._datagrams[sock]
        answer = script.answer(bytes(data))
        if answer is not None:
            arrived.put_nowait(answer)

    async def sock_recv(self, sock: socket.socket, size: int) -> bytes:
        return (await self._datagrams[sock][1].get())[:size]


class _BlockingSocket:
    """A blocking socket to a scripted peer."""

    def __init__(self) -> None:
        self._script = Script()
        self._piece = PEER.get().piece
        self._inbox = self._script.answer(b"") or b""

    def sendall(self, data: bytes) -> None:
        self._inbox += self._script.answer(data) or b""

    def recv(self, size: int, flags: int = 0) -> bytes:
        size = min(size, self._piece)
        data, self._inbox = self._inbox[:size], self._inbox[size:]
        return data

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class _BlockingLine:
    def __init__(self) -> None:
        self.socket = _BlockingSocket()

    def secure(self) -> None:
        raise ConnectionResetError("no TLS in memory")


class _MemoryFlight(Flight):
    """The gate of one look, but for threads: what would block is done at once."""

    async def blocking(
        self, address: str, port: int, work: Callable[[Line], T], tls: Tls | None = None, hello: Hello | None = None
    ) -> T:
        return work(_BlockingLine())


class MemoryEgress(Egress):
    """The gate to the network of memory."""

    def flight(self) -> Flight:
        return _MemoryFlight(self)
