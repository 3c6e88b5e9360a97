"""The closed lists of words customers read: kinds of components, and causes without any text of a probe.

A new cause without a word here fails the test of this file, so no reason text can reach a page by accident.
"""

from __future__ import annotations

from reports.catalogue import ENGLISH, Catalogue
from sla.state import Cause

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


def cause_word(cause: Cause | None) -> str | None:
    """The customer's slug for ``cause``; every trouble of our own looking is just ``not_measured``."""
    return None if cause is None else _CAUSES.get(cause, "not_measured")


def cause_words(slug: str, catalogue: Catalogue = ENGLISH) -> str:
    """What a page says for the slug of a cause. Raises KeyError for one that is not of the closed list."""
    return catalogue.say(f"cause.{slug}")


def kind_words(kind: str, catalogue: Catalogue = ENGLISH) -> str:
    """What people call a component kind; a foreign one goes by its own name."""
    return catalogue.texts.get(f"kind.{kind}") or kind.replace("_", " ").capitalize()


def excluded_words(code: str, catalogue: Catalogue = ENGLISH) -> str:
    """What a page says for what the agreement leaves out; a cause that an agreement added itself is read as it is written."""
    return catalogue.texts.get(f"excluded.{code}") or code.replace("_", " ")
