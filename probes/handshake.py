"""A TLS handshake that only reads: it takes every certificate and version, sends nothing, and leaves judging to others.

The one unverified connection of the product. No callbacks: under a memory policy that forbids code pages to be written
(systemd's MemoryDenyWriteExecute) the library cannot make any.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from cryptography import x509
from OpenSSL import SSL, _util

from probes.chain import UNREADABLE
from probes.probe import Failed, Malformed, down
from probes.target import is_address, shown
from sla.state import Cause

CAP = 256 << 10
"""Bytes of a handshake, with what is said before it: ten certificates of 8 KiB and a staple, with room."""
MAX_CHAIN = 10
VERSIONS = {"TLSv1": 0, "TLSv1.1": 1, "TLSv1.2": 2, "TLSv1.3": 3}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the endpoint showed: the chain as sent (leaf first), TLS version and cipher (empty if it was not agreed on), and
    the OCSP answer stapled to it.
    """

    chain: tuple[x509.Certificate, ...]
    version: str
    cipher: str
    staple: bytes = b""

    @property
    def forward_secret(self) -> bool:
        """Whether a stolen key would not open what was recorded."""
        return self.version == "TLSv1.3" or "DHE" in self.cipher or not self.cipher


class Exchange(Protocol):
    """Where the flights of a handshake come from and go to."""

    async def read(self) -> bytes:
        """What came; ``b""`` at the end."""

    async def write(self, data: bytes) -> None:
        """Send ``data``, which may be empty."""


async def read(stream: Exchange, name: str) -> Shown:
    """What the endpoint shows to whoever asks for ``name``. Raises Failed (no handshake), EOFError, OverCap, Malformed."""
    connection = SSL.Connection(_context(), None)
    if not is_address(name):
        connection.set_tlsext_host_name(name.encode())
    connection.request_ocsp()
    connection.set_connect_state()
    while not _advanced(connection):
        await stream.write(_to_send(connection))
        data = await stream.read()
        if not data:
            raise EOFError("closed during the TLS handshake")
        connection.bio_write(data)
    try:
        chain = connection.get_peer_cert_chain(as_cryptography=True) or []
    except UNREADABLE:
        raise Malformed("a certificate of the chain cannot be read, wanted X.509") from None
    if not chain or len(chain) > MAX_CHAIN:
        raise Malformed(f"{len(chain)} certificates shown, wanted 1 to {MAX_CHAIN}")
    return Shown(tuple(chain), connection.get_protocol_version_name(), connection.get_cipher_name() or "", _staple(connection))


def _advanced(connection: SSL.Connection) -> bool:
    """Whether all was shown; False if more bytes are needed. Raises Failed if there is no handshake.

    A server that wants a certificate of ours ends it by an alert, once it has shown and proved its own: that is enough.
    """
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    except SSL.Error as fault:
        why = _reason(fault)
        if "alert" in why and connection.get_peer_certificate() is not None:
            return True
        raise Failed(down(Cause.TLS_HANDSHAKE, f"TLS failed: {shown(why, 80)}")) from None
    return True


def _reason(fault: SSL.Error) -> str:
    """OpenSSL's own words for what ended a handshake."""
    errors = fault.args[0] if fault.args else None
    return str(errors[0][2]) if isinstance(errors, list) and errors else "ended by the peer"


def _to_send(connection: SSL.Connection) -> bytes:
    """What the handshake wants to send now: nothing, while a flight of the peer has come in part."""
    try:
        return connection.bio_read(65_536)
    except SSL.WantReadError:
        return b""


@cache
def _context() -> SSL.Context:
    """Takes every certificate and version. Nothing is ever sent through it."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_verify(SSL.VERIFY_NONE)
    return context


def _staple(connection: SSL.Connection) -> bytes:
    """The stapled OCSP answer, empty if there is none. The library gives it to callbacks only, hence the private touch;
    where it cannot be touched, no staple is seen and the responder is asked.
    """
    read_staple = getattr(_util.lib, "SSL_get_tlsext_status_ocsp_resp", None)
    if read_staple is None:
        return b""
    place = _util.ffi.new("unsigned char **")
    length = read_staple(connection._ssl, place)
    return bytes(_util.ffi.buffer(place[0], length)) if length > 0 else b""
