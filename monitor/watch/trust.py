"""TLS trust settings and their contexts, built once each: a context costs about 20 ms, a look 0.2 ms."""

from __future__ import annotations

import os
import ssl
from typing import TypeAlias

from monitor.watch.causes import refused_by_us
from monitor.watch.line import CountedTls, WatchedTls
from probes.probe import Tls

Settings: TypeAlias = tuple[str | None, str | None, str, str | None, tuple[str, ...]]
"""(CA file, client certificate, lowest and highest TLS version, protocols offered)."""
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class TrustStore:
    """Contexts by their settings; a file that changed makes a new context."""

    def __init__(self) -> None:
        self._kept: dict[Settings, tuple[tuple[int, ...], ssl.SSLContext]] = {}

    def context(self, tls: Tls) -> ssl.SSLContext:
        """The verified context for ``tls``. Raises Failed(check_config) if a file of ours is unreadable."""
        settings = (tls.ca_file, tls.client_cert, tls.min_tls, tls.max_tls, tls.alpn)
        stamp = tuple(_changed(path) for path in (tls.ca_file, tls.client_cert) if path is not None)
        kept = self._kept.get(settings)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        context = _made(tls)
        self._kept[settings] = (stamp, context)
        return context


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError as fault:
        raise refused_by_us(f"{path}: {fault.strerror}, wanted a readable file") from None


def _made(tls: Tls) -> ssl.SSLContext:
    if tls.min_tls not in VERSIONS:
        raise refused_by_us(f'min_tls: wanted 1.2 or 1.3, got "{tls.min_tls}"')
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks chain and name
    context.sslsocket_class = CountedTls  # for libraries that block
    context.sslobject_class = WatchedTls  # for drivers that choke on some bytes
    context.minimum_version = VERSIONS[tls.min_tls]
    if tls.max_tls is not None:
        context.maximum_version = VERSIONS[tls.max_tls]
    if tls.alpn:
        context.set_alpn_protocols(list(tls.alpn))
    # Newer Pythons refuse private CAs without key identifiers, which clients take: that would be a false outage.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(tls.ca_file or system_bundle())
        if tls.client_cert is not None:
            context.load_cert_chain(tls.client_cert)
    except (OSError, ssl.SSLError):
        raise refused_by_us(f"{tls.client_cert or tls.ca_file or 'system trust'}: no usable certificates, wanted PEM") from None
    return context


def system_bundle() -> str:
    """The file of trusted roots: the system's, else the one that comes with httpx."""
    if os.path.isfile(found := ssl.get_default_verify_paths().cafile or ""):
        return found
    import certifi

    return certifi.where()
