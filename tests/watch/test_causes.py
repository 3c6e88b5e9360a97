from __future__ import annotations

import errno
import ssl

import pytest

from monitor.watch.causes import out_of_time, verdict_of
from probes.probe import Failed, Malformed, OverCap, cannot_look
from sla.state import Cause, State


class Named(Exception):
    pass


@pytest.mark.parametrize(
    ("raised", "phase", "cause"),
    [
        (Failed(cannot_look("no")), "tls", Cause.CHECK_CONFIG),
        (OSError(errno.ENETUNREACH, "x"), "connect", Cause.LOCAL_NETWORK),
        (PermissionError(errno.EPERM, "x"), "connect", Cause.LOCAL_NETWORK),
        (OSError(errno.EMFILE, "x"), "connect", Cause.LOCAL_NETWORK),
        (OSError(errno.EHOSTUNREACH, "x"), "connect", Cause.TCP_UNREACHABLE),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "connect", Cause.TCP_REFUSED),
        (TimeoutError(errno.ETIMEDOUT, "x"), "connect", Cause.TCP_TIMEOUT),
        (TimeoutError(errno.ETIMEDOUT, "x"), "transfer", Cause.DEADLINE),
        (ConnectionResetError(errno.ECONNRESET, "x"), "tls", Cause.TLS_HANDSHAKE),
        (ConnectionResetError(errno.ECONNRESET, "x"), "transfer", Cause.TCP_RESET),
        (EOFError("ended"), "tls", Cause.TLS_HANDSHAKE),
        (EOFError("ended"), "bind", Cause.TCP_RESET),
        (ssl.SSLError(1, "wrong version number"), "tls", Cause.TLS_HANDSHAKE),
        (OverCap("much"), "transfer", Cause.BODY_TOO_LARGE),
        (Malformed("odd"), "transfer", Cause.PROTO_MALFORMED),
        (Named("odd"), "transfer", Cause.PROTO_MALFORMED),
        (KeyError("bug"), "transfer", Cause.PROBE_BUG),
        (TimeoutError(), "transfer", Cause.PROBE_BUG),
        (FileNotFoundError(errno.ENOENT, "x"), "transfer", Cause.PROBE_BUG),
    ],
)
def test_each_exception_has_its_cause(raised: Exception, phase: str, cause: Cause) -> None:
    finding = verdict_of(raised, phase, (Named,))
    assert (finding.cause, finding.state) == (cause, cause.state)


def test_the_root_below_a_librarys_exception_counts() -> None:
    try:
        try:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "x")
        except OSError as low:
            raise RuntimeError("All connection attempts failed") from low
    except RuntimeError as fault:
        assert verdict_of(fault, "connect").cause is Cause.TCP_REFUSED


def test_the_deadline_means_what_its_phase_says() -> None:
    assert out_of_time("resolve", 1).state is State.UNKNOWN
    assert out_of_time("connect", 1).cause is Cause.TCP_TIMEOUT
    assert out_of_time("tls", 1).cause is Cause.DEADLINE
    assert out_of_time("", 1).cause is Cause.DEADLINE
