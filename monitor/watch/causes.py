"""From what is raised to what it means: one table for all kinds. Own trouble is never down."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator

from probes.probe import Failed, Finding, Malformed, OverCap, cannot_look, down
from probes.target import shown
from sla.state import Cause, State

LOCAL_ERRORS = frozenset(
    {
        errno.ENETUNREACH,
        errno.EADDRNOTAVAIL,
        errno.EADDRINUSE,
        errno.EPERM,
        errno.EACCES,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.ENETDOWN,
        errno.EAFNOSUPPORT,
    }
)
"""Errors of our own network or process."""

_VERIFY_CODES = {
    9: Cause.CERT_NOT_YET_VALID,
    10: Cause.CERT_EXPIRED,
    23: Cause.CERT_REVOKED,
    62: Cause.CERT_NAME,
    63: Cause.CERT_NAME,
    64: Cause.CERT_NAME,
}


def own_trouble(cause: Cause, reason: str) -> Finding:
    """We could not look; ``cause`` is one of the unknown causes."""
    return Finding(State.UNKNOWN, cause, reason)


def out_of_time(phase: str, deadline_s: float) -> Finding:
    """What the deadline means in ``phase``: a name that did not resolve in time is our resolver's silence."""
    if phase == "resolve":
        return own_trouble(Cause.RESOLVER, f"no resolver answered within {deadline_s:g} s")
    if phase == "connect":
        return down(Cause.TCP_TIMEOUT, f"no connection within {deadline_s:g} s")
    return down(Cause.DEADLINE, f"no complete answer within {deadline_s:g} s" + (f", stopped in {phase}" if phase else ""))


def verdict_of(fault: BaseException, phase: str, failures: tuple[type[Exception], ...] = ()) -> Finding:
    """The finding for an exception raised in ``phase``; ``unknown(probe_bug)`` if no row of the table fits."""
    for raised in _chain(fault):
        finding = _row(raised, phase)
        if finding is not None:
            return finding
    if isinstance(fault, failures):
        return down(Cause.PROTO_MALFORMED, _said(fault))
    return own_trouble(Cause.PROBE_BUG, f"the look itself failed: {type(fault).__name__}")


def of_verify_code(code: int) -> Cause:
    """The cause for OpenSSL's certificate verify code."""
    return _VERIFY_CODES.get(code, Cause.CERT_CHAIN)


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """The exception, what it was raised from, and so on; libraries often hide the real one below."""
    here: BaseException | None = fault
    seen = 0
    while here is not None and seen < 20:
        yield here
        here, seen = here.__cause__ or here.__context__, seen + 1


def _row(raised: BaseException, phase: str) -> Finding | None:
    match raised:
        case Failed():
            return raised.finding
        case ssl.SSLCertVerificationError():
            return down(of_verify_code(raised.verify_code), f"certificate refused: {shown(raised.verify_message)}")
        case ssl.SSLError():
            return down(Cause.TLS_HANDSHAKE, f"TLS failed: {shown(getattr(raised, 'reason', None) or 'connection ended')}")
        case OverCap():
            return down(Cause.BODY_TOO_LARGE, _said(raised))
        case Malformed():
            return down(Cause.PROTO_MALFORMED, _said(raised))
        case OSError() if raised.errno in LOCAL_ERRORS:
            return own_trouble(Cause.LOCAL_NETWORK, f"our own network failed: {errno.errorcode[raised.errno or 0]}")
        case ConnectionError() | EOFError() | OSError():
            return _connection(raised, phase)
    return None


def _connection(raised: ConnectionError | EOFError | OSError, phase: str) -> Finding | None:
    number = raised.errno if isinstance(raised, OSError) else None
    if number == errno.EHOSTUNREACH:
        return down(Cause.TCP_UNREACHABLE, "the network says the host cannot be reached")
    if number == errno.ETIMEDOUT:
        return down(Cause.TCP_TIMEOUT if phase == "connect" else Cause.DEADLINE, "the connection timed out")
    if isinstance(raised, ConnectionRefusedError):
        return down(Cause.TCP_REFUSED, "connection refused, wanted an open port")
    if not isinstance(raised, ConnectionError | EOFError):
        return None
    if phase == "tls":
        return down(Cause.TLS_HANDSHAKE, "closed during the TLS handshake")
    said = _said(raised) if number is None else "reset before the answer was complete"
    return down(Cause.TCP_RESET, said)


def _said(fault: BaseException) -> str:
    return shown(str(fault)) or type(fault).__name__


def refused_by_us(reason: str) -> Failed:
    """The gate says no: a policy or an unreadable file of ours."""
    return Failed(cannot_look(reason))
