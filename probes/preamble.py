"""What must be said on a plain connection before TLS may begin (STARTTLS and its kin), protocol by protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from probes import tds
from probes.dialogue import Dialogue, Lines, Reply
from probes.handshake import Exchange
from probes.probe import Conversation, Failed, Malformed, down
from probes.target import shown
from probes.tds_tokens import ERROR
from sla.state import Cause

Protocol: TypeAlias = Literal["none", "smtp", "imap", "pop3", "ldap", "postgres", "mysql", "mssql", "xmpp"]
"""``none``: TLS begins at once."""

MAX_WORDS = 16 << 10
"""Bytes of a greeting that is no line: features of XMPP, a greeting of MySQL."""
_OURSELVES = "monitor.invalid"
_LDAP_REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
_POSTGRES_REQUEST = bytes.fromhex("0000000804d2162f")
_MYSQL_SSL = 0x0800
_MYSQL_REQUEST = bytes.fromhex("20000001") + bytes.fromhex("058a0000000000012d") + bytes(23)
"""Capabilities protocol 4.1, SSL, secure connection, plugin names; 16 MiB packets; utf8mb4."""


async def begun(protocol: Protocol, stream: Conversation, name: str) -> Exchange:
    """Come to where TLS begins, and go on there with what it gives. ``name`` is the host that we ask for.

    Raises Failed (``assert_failed``: TLS is not offered; ``service_error``: it is refused), Malformed, OverCap, EOFError.
    """
    if protocol != "none":
        await _PREAMBLES[protocol](stream, name)
    return tds.Flights(stream, tds.Messages()) if protocol == "mssql" else stream


async def _smtp(stream: Conversation, _: str) -> None:
    dialogue = Dialogue(stream)
    _smtp_ok("banner", await dialogue.reply(), 220)
    offered = _smtp_ok("EHLO", await dialogue.ask(f"EHLO {_OURSELVES}"), 250).lines[1:]
    if not any(line.upper().split()[:1] == ["STARTTLS"] for line in offered):
        raise _not_offered("STARTTLS")
    _smtp_ok("STARTTLS", await dialogue.ask("STARTTLS"), 220)
    _silence(dialogue.pending)


def _smtp_ok(what: str, reply: Reply, wanted: int) -> Reply:
    if reply.code != wanted:
        raise _refused(f"{what} answered {reply.code}, wanted {wanted}")
    return reply


async def _imap(stream: Conversation, _: str) -> None:
    lines = Lines()
    greeting = await _line(stream, lines)
    if not greeting.upper().startswith((b"* OK", b"* PREAUTH")):
        raise _odd(greeting, "* OK", b"* BYE")
    await stream.write(b"a STARTTLS\r\n")
    while (line := await _line(stream, lines)).startswith(b"* "):
        pass
    if not line.upper().startswith(b"A OK"):
        raise _odd(line, "a OK", b"A NO", b"A BAD")
    _silence(lines.pending)


async def _pop3(stream: Conversation, _: str) -> None:
    lines = Lines()
    for request in (b"", b"STLS\r\n"):
        if request:
            await stream.write(request)
        answer = await _line(stream, lines)
        if not answer.upper().startswith(b"+OK"):
            raise _odd(answer, "+OK", b"-ERR")
    _silence(lines.pending)


async def _ldap(stream: Conversation, _: str) -> None:
    """An extended operation (RFC 4511, 4.14); of its answer only the result code counts."""
    await stream.write(_LDAP_REQUEST)
    data = await _at_least(stream, b"", 2)
    size, start = data[1], 2
    if size & 0x80:  # some servers write every length in the long form
        start = 2 + (size & 0x7F)
        data = await _at_least(stream, data, start)
        size = int.from_bytes(data[2:start], "big")
    if data[0] != 0x30 or not 0 < size <= MAX_WORDS:
        raise Malformed("answer to StartTLS is no LDAP message, wanted one")
    data = await _at_least(stream, data, start + size)
    code = _ldap_code(data[start : start + size])
    if code != 0:
        raise _refused(f"StartTLS answered result code {code}, wanted 0")
    _silence(len(data) > start + size)


def _ldap_code(message: bytes) -> int:
    """The result code of an extended response to message 1. Raises Malformed."""
    head, _, rest = message.partition(b"\x78")
    if head != b"\x02\x01\x01" or len(rest) < 4:
        raise Malformed("answer to StartTLS belongs to another operation, wanted ours")
    rest = rest[1 + (rest[0] & 0x7F if rest[0] & 0x80 else 0) :]
    if rest[:2] != b"\x0a\x01" or len(rest) < 3:
        raise Malformed("answer to StartTLS has no result code, wanted one")
    return rest[2]


async def _postgres(stream: Conversation, _: str) -> None:
    await stream.write(_POSTGRES_REQUEST)
    data = await _at_least(stream, b"", 1)
    match data[:1]:
        case b"S":
            _silence(len(data) > 1)
        case b"N":
            raise _not_offered("TLS")
        case b"E":
            raise _refused("SSLRequest answered an error, wanted S")
        case _:
            raise Malformed(f'SSLRequest answered "{shown(data[:8])}", wanted S or N')


async def _mysql(stream: Conversation, _: str) -> None:
    """The server greets; its capabilities say whether it takes TLS (protocol 10)."""
    data = await _at_least(stream, b"", 5)
    size = int.from_bytes(data[:3], "little")
    if not 0 < size <= MAX_WORDS or data[3] != 0:
        raise Malformed("greeting is no packet of MySQL, wanted one")
    data = await _at_least(stream, data, 4 + size)
    if data[4] == 0xFF:
        raise _refused(f"greeted with error {int.from_bytes(data[5:7], 'little')}, wanted a greeting")
    rest = data[5 : 4 + size].partition(b"\0")[2]  # after the version's text
    if data[4] != 10 or len(rest) < 15:
        raise Malformed(f"greeting is of protocol {data[4]}, wanted 10")
    _silence(len(data) > 4 + size)
    if not int.from_bytes(rest[13:15], "little") & _MYSQL_SSL:
        raise _not_offered("TLS")
    await stream.write(_MYSQL_REQUEST)


async def _mssql(stream: Conversation, _: str) -> None:
    """An offer of encryption for an offer of it (MS-TDS 2.2.6.5); the handshake itself goes on in packets."""
    messages = tds.Messages()
    await stream.write(tds.packet(tds.PRELOGIN, tds.prelogin(tds.TLS_ON)))
    while (said := messages.take((tds.ANSWER,))) is None:
        messages.feed(await _more(stream))
    if said[:1] == bytes([ERROR]):
        raise _refused("prelogin answered an error, wanted an offer")
    if tds.encryption(said) not in (tds.TLS_ON, tds.TLS_DEMANDED):
        raise _not_offered("TLS")
    _silence(messages.begun)


async def _xmpp(stream: Conversation, name: str) -> None:
    opening = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
    await stream.write(f"{opening} to='{name}' version='1.0'>".encode())
    seen = await _until(stream, b"features>", b"</stream:stream>")
    if b"urn:ietf:params:xml:ns:xmpp-tls" not in seen:
        raise _not_offered("STARTTLS")
    await stream.write(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    seen = await _until(stream, b">")
    if not seen.lstrip().startswith(b"<proceed"):
        raise _refused("starttls was not answered by proceed")
    _silence(seen.count(b">") > 1)


_PREAMBLES: Mapping[str, Callable[[Conversation, str], Awaitable[None]]] = MappingProxyType(
    {
        "smtp": _smtp,
        "imap": _imap,
        "pop3": _pop3,
        "ldap": _ldap,
        "postgres": _postgres,
        "mysql": _mysql,
        "mssql": _mssql,
        "xmpp": _xmpp,
    }
)


async def _line(stream: Conversation, lines: Lines) -> bytes:
    while (line := lines.take()) is None:
        lines.feed(await _more(stream))
    return line


async def _at_least(stream: Conversation, data: bytes, size: int) -> bytes:
    """``data`` and what follows, until there are ``size`` bytes."""
    while len(data) < size:
        data += await _more(stream)
    return data


async def _until(stream: Conversation, *marks: bytes) -> bytes:
    """Bytes up to where one of ``marks`` has come. Raises Malformed beyond what a greeting may be long."""
    data = b""
    while not any(mark in data for mark in marks):
        if len(data) > MAX_WORDS:
            raise Malformed(f"spoke {MAX_WORDS} bytes without coming to TLS, wanted less")
        data += await _more(stream)
    return data


async def _more(stream: Conversation) -> bytes:
    data = await stream.read()
    if not data:
        raise EOFError("closed before TLS began")
    return data


def _silence(broken: bool) -> None:
    """After its yes the server must wait for us: what it says now would pass for encrypted."""
    if broken:
        raise Malformed("peer spoke on before TLS began, wanted silence")


def _odd(line: bytes, wanted: str, *refusals: bytes) -> Exception:
    """A line that is a refusal, or none of the protocol."""
    if line.upper().startswith(refusals):
        return _refused(f'answered "{shown(line, 80)}", wanted {wanted}')
    return Malformed(f'peer said "{shown(line, 80)}", wanted {wanted}')


def _refused(reason: str) -> Failed:
    return Failed(down(Cause.SERVICE_ERROR, reason))


def _not_offered(what: str) -> Failed:
    return Failed(down(Cause.ASSERT_FAILED, f"{what} is not offered, wanted it"))
