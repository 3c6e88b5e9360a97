"""The closed lists of words customers read: kinds of components, and causes without any text of a probe.

A new cause without a word here fails the test of this file, so no reason text can reach a page by accident.
"""

from __future__ import annotations

from sla.state import Cause

_KINDS = {
    "instance": "Instance",
    "database": "Database",
    "ldap": "Directory (LDAP)",
    "vpn": "VPN tunnel",
    "certificate": "Certificate",
    "licensing": "Licence",
    "load_balancer": "Load balancer",
    "dns": "DNS",
    "gateway": "Gateway",
    "connector": "Connector",
    "connector_machine": "Connector machine",
    "saml": "Single sign-on",
    "file_service": "File service",
    "smtp": "Mail",
    "tcp": "Network service",
}

_CAUSES = {
    Cause.DNS_NXDOMAIN: "name_not_found",
    Cause.DNS_NODATA: "name_not_found",
    Cause.DNS_SERVFAIL: "name_not_found",
    Cause.TCP_REFUSED: "no_connection",
    Cause.UDP_REFUSED: "no_connection",
    Cause.TCP_TIMEOUT: "no_connection",
    Cause.TCP_UNREACHABLE: "no_connection",
    Cause.TCP_RESET: "no_connection",
    Cause.DEADLINE: "no_answer",
    Cause.TLS_HANDSHAKE: "no_secure_connection",
    Cause.CERT_EXPIRED: "certificate_expired",
    Cause.CERT_NOT_YET_VALID: "certificate_not_accepted",
    Cause.CERT_NAME: "certificate_not_accepted",
    Cause.CERT_CHAIN: "certificate_not_accepted",
    Cause.CERT_REVOKED: "certificate_not_accepted",
    Cause.PROTO_MALFORMED: "wrong_answer",
    Cause.BODY_TOO_LARGE: "wrong_answer",
    Cause.HTTP_STATUS: "error_answer",
    Cause.HTTP_REDIRECT: "wrong_answer",
    Cause.ASSERT_FAILED: "wrong_answer",
    Cause.SERVICE_ERROR: "error_answer",
    Cause.AUTH_FAILED: "sign_in_refused",
    Cause.TUNNEL_DOWN: "tunnel_down",
    Cause.TUNNEL_NO_PATH: "tunnel_down",
    Cause.LICENCE_EXPIRED: "licence_expired",
    Cause.LICENCE_INVALID: "licence_not_accepted",
    Cause.LICENCE_EXCEEDED: "licence_exceeded",
    Cause.HEARTBEAT_MISSED: "no_answer",
    Cause.SLOW: "slow",
    Cause.EXPIRES_SOON: "expires_soon",
    Cause.SEATS_LOW: "seats_low",
    Cause.MEMBERS_MISSING: "reduced_redundancy",
    Cause.PATH_PROBLEM: "reduced_redundancy",
    Cause.LAGGING: "lagging",
    Cause.SATURATED: "saturated",
}

CAUSE_WORDS = {
    "name_not_found": "name not found",
    "no_connection": "no connection",
    "no_answer": "no answer in time",
    "no_secure_connection": "no secure connection",
    "certificate_expired": "certificate expired",
    "certificate_not_accepted": "certificate not accepted",
    "wrong_answer": "unexpected answer",
    "error_answer": "answers with an error",
    "sign_in_refused": "sign-in refused",
    "tunnel_down": "tunnel down",
    "licence_expired": "licence expired",
    "licence_not_accepted": "licence not accepted",
    "licence_exceeded": "more seats used than licensed",
    "slow": "slow",
    "expires_soon": "expires soon",
    "seats_low": "few seats left",
    "reduced_redundancy": "reduced redundancy",
    "lagging": "lags behind",
    "saturated": "at its capacity",
    "not_measured": "not measured",
}
"""Slug in JSON -> English words on a page."""


def cause_word(cause: Cause | None) -> str | None:
    """The customer's slug for ``cause``; every trouble of our own looking is just ``not_measured``."""
    return None if cause is None else _CAUSES.get(cause, "not_measured")


def kind_words(kind: str) -> str:
    """What people call a component kind."""
    return _KINDS.get(kind) or kind.replace("_", " ").capitalize()
