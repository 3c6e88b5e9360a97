"""Which addresses may be looked at, by who named them: the operator, or a target whose word is no more than a guess."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

_METADATA = tuple(
    ip_network(text) for text in ("169.254.0.0/16", "fe80::/10", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128")
)
"""Link-local and the clouds' metadata services."""
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
"""Nobody's place on the internet, and IPv6 forms (Teredo, 6to4) that lead to an IPv4 address inside.

``ipaddress.is_global`` is no substitute: it takes 6to4 of 127.0.0.1, multicast and 168.63.129.16 for global.
"""
_GLOBAL_V6 = ip_network("2000::/3")
WEB_PORTS = frozenset({80, 443, 8443})


def operator_refusal(address: str) -> str | None:
    """Why an address that the operator named may not be looked at, or None."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if any(ip in network for network in _METADATA):
        return f"{address} is a link-local or metadata address, wanted another (or allow_metadata)"
    return None


def foreign_refusal(address: str, port: int) -> str | None:
    """Why a place that a target named (a redirect, a revocation service) may not be gone to, or None."""
    if port not in WEB_PORTS:
        return f"a target named port {port}, wanted one of the web's (80, 443, 8443)"
    ip = ip_address(address)
    if (ip.version == 6 and ip not in _GLOBAL_V6) or any(ip in network for network in _NOT_PUBLIC):
        return f"a target named {address}, which is no public address"
    return None
