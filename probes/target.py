"""Spelling of targets: a host is a DNS name in ASCII or a canonical address, nothing that must be guessed."""

from __future__ import annotations

import ssl
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import re2

from probes.probe import Fact

_LABEL = re2.compile(r"^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$")
MAX_SHOWN = 200
"""Characters of a target's own text that may enter a reason or a fact."""


@lru_cache(65_536)
def is_address(host: str) -> bool:
    """Whether ``host`` is a literal IPv4 or IPv6 address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def checked_host(field: str, host: str) -> str:
    """``host`` itself. Raises ValueError for odd spellings (2130706433, 0x7f.1, 127.1, localhost., zone ids)."""
    if is_address(host):
        if str(ip_address(host)) != host.lower() or "%" in host:
            raise ValueError(f'{field}: must be a canonical address, got "{shown(host, 80)}"')
        return host
    labels = host.split(".")
    last = labels[-1].lower()
    numeric = last.isdigit() or last.startswith("0x")
    if len(host) > 253 or numeric or not all(_LABEL.search(label) for label in labels):
        raise ValueError(f'{field}: must be a DNS name in ASCII or an address, got "{shown(host, 80)}"')
    return host


def checked_port(field: str, port: int) -> int:
    """``port`` itself. Raises ValueError outside 1..65535."""
    if not 1 <= port <= 65535:
        raise ValueError(f"{field}: must be 1 to 65535, got {port}")
    return port


def checked_choice(field: str, value: str, *choices: str) -> str:
    """``value`` itself. Raises ValueError if it is none of ``choices``."""
    if value not in choices:
        raise ValueError(f'{field}: must be {" or ".join(choices)}, got "{shown(value, 80)}"')
    return value


def host_and_port(field: str, text: str, port: int) -> tuple[str, int]:
    """Split ``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address; ``port`` where none is said. Raises ValueError."""
    if is_address(text):
        return checked_host(field, text), port
    name, colon, digits = text.rpartition(":")
    if not colon:
        return checked_host(field, text), port
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f'{field}: must be host or host:port, got "{shown(text, 80)}"')
    name = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    return checked_host(field, name), checked_port(field, int(digits))


def ip_protocol(address: str) -> int:
    """4 or 6: the fact ``ip_protocol``."""
    return 6 if ":" in address else 4


def shown(text: str | bytes, limit: int = MAX_SHOWN) -> str:
    """A target's text fit for a reason: controls escaped, at most ``limit`` characters."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    cut = plain[:limit]
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)[:limit]


def tls_facts(ssl_object: object) -> dict[str, Fact]:
    """``tls_version``, ``tls_cipher``, ``ssl_earliest_cert_expiry`` (seconds, of the chain as sent) of a finished handshake."""
    if not isinstance(ssl_object, ssl.SSLObject | ssl.SSLSocket):
        return {}
    facts: dict[str, Fact] = {"tls_version": ssl_object.version() or ""}
    if cipher := ssl_object.cipher():
        facts["tls_cipher"] = cipher[0]
    if ends := [_seconds_of(one) for one in _ends(ssl_object)]:
        facts["ssl_earliest_cert_expiry"] = min(ends)
    return facts


@lru_cache(4_096)
def _seconds_of(certificate_time: str) -> int:
    """Unix seconds of e.g. ``Jan  5 09:34:43 2027 GMT``: read once, not at each look."""
    return int(ssl.cert_time_to_seconds(certificate_time))


def _ends(ssl_object: Any) -> list[str]:
    """When each certificate that was sent ends. Public from Python 3.13 on; where it cannot be asked, the leaf's own end."""
    sent = getattr(getattr(ssl_object, "_sslobj", None), "get_unverified_chain", None)
    chain = [one.get_info() for one in sent() or ()] if sent else [ssl_object.getpeercert() or {}]
    return [one["notAfter"] for one in chain if "notAfter" in one]
