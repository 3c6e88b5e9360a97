"""Peers that mean no good: for each kind a good conversation, recorded, and the ways of spoiling it.

A kind joins by one line in ``VICTIMS``; ``test_hostile.py`` does the rest.
"""

from __future__ import annotations

import contextlib
import json
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from memory import Peer
from OpenSSL import SSL, crypto
from protocol_words import DER, DNS, HTTP, LDAP, MYSQL, NUMBERS, PG, SMTP, TDS, TLS, XML
from record import PLAIN, RECORDINGS, REF
from saml_documents import ENTITY_ID, metadata
from slapd import BASE
from tds_server import NOT_SUPPORTED, greeting, packets, prelogin, table, well

from probes.kinds.certificate import Certificate
from probes.kinds.database import Database
from probes.kinds.dns import Dns
from probes.kinds.instance import Instance
from probes.kinds.ldap import Ldap
from probes.kinds.saml import Saml
from probes.kinds.smtp import Smtp
from probes.kinds.tcp import Tcp
from probes.probe import Probe

RECORDED = {name: tuple(map(bytes.fromhex, turns)) for name, turns in json.loads(RECORDINGS.read_text()).items()}
Make = Callable[[int, Path], Probe]
"""The probe that looks at 127.0.0.1 on this port, with the certificates in this folder."""


@dataclass(frozen=True)
class Victim:
    """A kind and how a good peer answers it. ``words`` are what its protocol makes much of; ``invent`` makes an answer up."""

    make: Make
    turns: Callable[[Path], Sequence[bytes]]
    words: tuple[bytes, ...] = ()
    invent: Callable[[random.Random], bytes] | None = None
    fit: Callable[[bytes, bytes], bytes] = lambda query, answer: answer
    datagrams: bool = False
    thinking: Callable[[Path, random.Random | None], Peer] | None = None
    """Makes a peer that must think: a good one, or with a chance one that is spoilt."""

    def good(self, pki: Path, piece: int) -> Peer:
        """A peer that does nothing wrong."""
        peer = self.thinking(pki, None) if self.thinking else Peer(self.turns(pki), self.fit)
        return replace(peer, piece=piece)

    def bad(self, pki: Path, chance: random.Random) -> Iterator[Peer]:
        """Peers without end that each do something wrong."""
        turns = self.turns(pki)
        while True:
            yield self.thinking(pki, chance) if self.thinking else spoilt(self, turns, chance)


def replay(name: str) -> Callable[[Path], Sequence[bytes]]:
    """The recorded turns of a real server."""
    return lambda pki: RECORDED[name]


def ber(chance: random.Random, depth: int = 0) -> bytes:
    """A random tree of BER that is often nearly LDAP."""
    tag = chance.choice((0x30, 0x02, 0x04, 0x0A, 0x61, 0x64, 0x65, 0x73, 0x78, 0xA0, 0x80, 0x31, 0x01, chance.randrange(256)))
    if tag & 0x20 and depth < 40 and chance.random() < 0.9:
        content = b"".join(ber(chance, depth + 1) for _ in range(chance.choice((0, 1, 1, 2, 3))))
    else:
        content = chance.randbytes(chance.choice((0, 1, 1, 2, 4, 9)))
    size = len(content) if chance.random() < 0.9 else chance.choice((0, 1, 127, 128, 65535, 1 << 31))
    length = bytes([size]) if size < 128 else bytes([0x80 | 4]) + struct.pack(">I", size & 0xFFFFFFFF)
    return bytes([tag]) + length + content


def http(chance: random.Random) -> bytes:
    """A random answer of HTTP-like lines."""
    return b"HTTP/1.1 %d x\r\n" % chance.randrange(1000) + b"".join(chance.choice(HTTP) for _ in range(chance.randrange(12)))


def datagram(chance: random.Random) -> bytes:
    """A random DNS answer: plausible counts, names with pointers anywhere."""
    head = b"\0\0" + struct.pack(
        ">HHHHH", chance.choice((0x8400, 0x8403, 0x8600, chance.randrange(1 << 16))), 1, 1, chance.randrange(3), 1
    )
    names = b"\x06tenant\x07example\0\0\6\0\1"
    parts = (chance.choice(DNS) + chance.randbytes(chance.randrange(12)) for _ in range(chance.randrange(8)))
    return head + names + b"".join(parts)


def noise(chance: random.Random) -> bytes:
    """Anything."""
    return chance.randbytes(chance.choice((1, 7, 64, 700, 4096)))


PIECES = (1 << 20, 1 << 20, 1 << 20, 61, 7, 1)
"""Bytes that arrive at once."""


def spoilt(victim: Victim, turns: Sequence[bytes], chance: random.Random) -> Peer:
    """A peer that does one to four things wrong."""
    made = list(turns)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        place = chance.randrange(len(made)) if made else 0
        match chance.randrange(12):
            case 0 if victim.invent is not None:
                made[place : place + 1] = [victim.invent(chance)]
            case 1:
                made[place : place + 1] = [noise(chance)]
            case 2 if len(made) > 1:
                del made[place]
            case 3 if made:
                made.insert(chance.randrange(len(made)), made[place])
            case _ if made:
                made[place] = _changed(made[place], victim.words, chance)
    return Peer(tuple(made), victim.fit, chance.choice(PIECES))


def _changed(data: bytes, words: tuple[bytes, ...], chance: random.Random) -> bytes:
    """One change of an answer."""
    at = chance.randrange(len(data) + 1)
    near = at + chance.choice((1, 1, 2, 4, 8, 32))
    match chance.randrange(9):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[near:]
        case 2:
            return data[:at] + data[at:near] * chance.choice((2, 3, 60)) + data[near:]
        case 3:
            return data[:at] + chance.randbytes(chance.randrange(9)) + data[at:]
        case 4 if words:
            return data[:at] + chance.choice(words) + data[at:]
        case 5 if words:
            word = chance.choice(words)
            return data[:at] + word + data[at + len(word) :]
        case 6:
            return data[:at] + chance.choice(NUMBERS) + data[near:]
        case 7:
            return data[:at] + chance.choice((b"\0", b"\1", b"\x7f", b"\x80", b"\xff", b"\xff" * 4, b"\0" * 4)) + data[near:]
    flipped = bytearray(data)
    for _ in range(chance.choice((1, 2, 6)) if data else 0):
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _soa(pki: Path) -> Sequence[bytes]:
    """What a name server says of its zone (its id is fitted to the question)."""
    answer = dns.message.make_response(dns.message.make_query("tenant.example", "SOA", use_edns=0, payload=1232))
    answer.flags |= 0x0400
    answer.answer.append(
        dns.rrset.from_text("tenant.example.", 300, "IN", "SOA", "ns1.tenant.example. h.tenant.example. 7 3600 600 86400 300")
    )
    return (b"", answer.to_wire())


def own_id(query: bytes, answer: bytes) -> bytes:
    """Most hostile name servers know the id of the question; over TCP a length comes first."""
    over_tcp = len(query) > 2 and int.from_bytes(query[:2], "big") == len(query) - 2
    if len(answer) < 2 or answer[1] == 0x99:
        return answer
    return len(answer).to_bytes(2, "big") + query[2:4] + answer[2:] if over_tcp else query[:2] + answer[2:]


def own_number(query: bytes, answer: bytes) -> bytes:
    """A directory's messages bear the number of the request: ldap3 counts them over all connections."""
    at = 2 + (query[1] & 0x7F if len(query) > 1 and query[1] & 0x80 else 0)
    number = query[at : at + 2 + query[at + 1]] if len(query) > at + 1 and query[at] == 2 else b""
    made = b""
    while number and len(answer) > 5 and answer[0] == 0x30 and answer[1] < 0x7C and answer[2:4] == b"\2\1":
        end = 2 + answer[1]
        made += bytes([0x30, answer[1] + len(number) - 3]) + number + answer[5:end]
        answer = answer[end:]
    return made + answer


class TlsWits:
    """A TLS server in memory; ``spoil`` may change what it says."""

    def __init__(self, context: SSL.Context, spoil: Callable[[bytes], bytes]) -> None:
        self._connection, self._spoil = SSL.Connection(context, None), spoil
        self._connection.set_accept_state()

    def __call__(self, query: bytes) -> bytes | None:
        if not query:
            return b""
        self._connection.bio_write(query)
        with contextlib.suppress(SSL.Error):
            self._connection.do_handshake()
        try:
            return self._spoil(self._connection.bio_read(1 << 16))
        except SSL.WantReadError:
            return None


@cache
def _context(pki: Path, version: int, certificate: x509.Certificate | None) -> SSL.Context:
    """A server's context of TLS up to ``version``. Raises SSL.Error, crypto.Error for one that is never shown."""
    pem = (pki / "good.pem").read_bytes()
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_max_proto_version(version)
    context.use_privatekey(serialization.load_pem_private_key(pem, None))  # type: ignore[arg-type]
    context.use_certificate(certificate or x509.load_pem_x509_certificate(pem))
    return context


def tls(pki: Path, chance: random.Random | None) -> Peer:
    """A server with a good certificate; or with spoilt flights, or with a certificate that is nearly one."""
    if chance is None:
        return Peer(wits=lambda: TlsWits(_context(pki, SSL.TLS1_3_VERSION, None), lambda data: data))
    version = chance.choice((SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION))  # before 1.3 the certificate is shown in clear
    piece = chance.choice(PIECES)
    if chance.random() < 0.7:
        context = _context(pki, version, None)
        return Peer(wits=lambda: TlsWits(context, lambda data: _changed(data, TLS, chance)), piece=piece)
    try:
        context = _context.__wrapped__(pki, version, _nearly(pki, chance))
    except (SSL.Error, crypto.Error):
        return Peer((b"", noise(chance)))
    return Peer(wits=lambda: TlsWits(context, lambda data: data), piece=piece)


def _nearly(pki: Path, chance: random.Random) -> x509.Certificate | None:
    """A certificate that can still be read, with something changed in it."""
    der = x509.load_pem_x509_certificate((pki / "good.pem").read_bytes()).public_bytes(serialization.Encoding.DER)
    for _ in range(40):
        with contextlib.suppress(ValueError, x509.InvalidVersion):
            return x509.load_der_x509_certificate(_changed(der, DER, chance))
    return None


def _saml(pki: Path) -> Sequence[bytes]:
    body = metadata([pki / "good.pem", pki / "soon.pem"]).encode()
    return (b"", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def _sql_server(pki: Path) -> Sequence[bytes]:
    """A server without TLS that leads an availability group."""
    group = [["1", "1", "SYNCHRONIZED", "0", None, "0"], ["0", "0", "SYNCHRONIZED", "0", "3", "12"]]
    said = (prelogin(NOT_SUPPORTED), greeting(), table(well(), sparse=False), table(group, sparse=True))
    return (b"", *map(packets, said))


JSON = ({"pointer": "/status", "equals": "UP"}, {"pointer": "/nodes/2", "at_most": 3})
VICTIMS: dict[str, Victim] = {
    "instance": Victim(lambda port, pki: Instance(f"http://127.0.0.1:{port}/", json=JSON), replay("nginx"), HTTP, http),
    "instance, gzip": Victim(
        lambda port, pki: Instance(f"http://127.0.0.1:{port}/", contains="UP", compression="gzip"),
        replay("nginx, gzip"),
        HTTP,
        http,
    ),
    "tcp": Victim(lambda port, pki: Tcp("127.0.0.1", port, matches="^220 mail"), replay("aiosmtpd"), SMTP),
    "dns": Victim(lambda port, pki: Dns((f"127.0.0.1:{port}",), "tenant.example"), _soa, DNS, datagram, own_id, datagrams=True),
    "ldap": Victim(
        lambda port, pki: Ldap("127.0.0.1", port, user=f"cn=probe,{BASE}", password=REF, base=BASE, **PLAIN),
        replay("slapd"),
        LDAP,
        ber,
        own_number,
    ),
    "postgresql": Victim(
        lambda port, pki: Database("postgresql", "127.0.0.1", "postgres", "p", REF, port, True), replay("postgresql"), PG
    ),
    "mysql": Victim(
        lambda port, pki: Database("mariadb", "127.0.0.1", "mdm", "p", REF, port, True, role="any", lag_degraded_s=9999),
        replay("mariadb"),
        MYSQL,
    ),
    "mssql": Victim(
        lambda port, pki: Database("mssql", "127.0.0.1", "mdm", "p", REF, port, True, min_replicas=1), _sql_server, TDS
    ),
    "smtp": Victim(lambda port, pki: Smtp("127.0.0.1", port, user="p", password=REF, **PLAIN), replay("aiosmtpd"), SMTP),
    "saml": Victim(lambda port, pki: Saml(ENTITY_ID, f"http://127.0.0.1:{port}/"), _saml, XML + HTTP),
    "certificate": Victim(
        lambda port, pki: Certificate("127.0.0.1", port, ca_file=str(pki / "ca.pem")), lambda pki: (), thinking=tls
    ),
}
