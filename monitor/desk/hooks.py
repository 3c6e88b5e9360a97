"""Webhooks as people set them up: where they go, the secret that signs what goes there, the challenge that comes first."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy.engine import Connection

from monitor.desk.postmark import Postmark
from monitor.store import letters
from monitor.store.letters import Key, Letter
from monitor.store.subscribers import MARK, Subscriber
from sla.span import DAY, Instant

CHALLENGE = "webhook-challenge"
PORTS = frozenset({80, 443, 8443})
ROTATION_MS = DAY
"""So long the secret before the newest signs too."""
MAX_URL = 2_000


def secret_of(key: bytes, one: Subscriber, generation: int) -> str:
    """The secret of a webhook: derived, so it is shown once and kept nowhere."""
    said = f"webhook\0{one.no}\0{one.wish.page}\0{one.made_at}\0{generation}".encode()
    return "whsec_" + b64encode(hmac.digest(key, said, sha256)).decode()


def secrets_of(key: bytes, one: Subscriber, now: Instant) -> tuple[str, ...]:
    """Those that sign now, the newest first."""
    former = one.generation > 0 and one.former_until is not None and now < one.former_until
    return tuple(secret_of(key, one, one.generation - back) for back in range(2 if former else 1))


def may_be_called(url: str) -> bool:
    """Whether ``url`` is one that customers may name; its addresses are judged each time that something goes there."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_URL and not parts.fragment
    named = parts.username is None and parts.password is None and _is_host(parts.hostname or "")
    return plain and named and parts.scheme in ("https", "http") and port in PORTS


def _is_host(host: str) -> bool:
    """A DNS name with a dot whose end is no number, or a public address as it is written canonically."""
    try:
        return ip_address(host).is_global and str(ip_address(host)) == host
    except ValueError:
        labels = host.split(".")
        good = all(one and len(one) <= 63 and one.replace("-", "").isalnum() for one in labels)
        return good and len(labels) > 1 and not labels[-1][0].isdigit()


def key_of(one: Subscriber, thing: str, kind: str, sequence: int) -> Key:
    """The name of a delivery: what it tells of, to which webhook."""
    return Key(f"{thing}{MARK}{one.no}", one.wish.address, kind, sequence)


def letter(mark: Postmark, one: Subscriber, key: Key, body: bytes) -> Letter:
    """One delivery. Its sender says for whom it is and its id, which every try has again."""
    return Letter(key, f"{one.no}.{mark.name(key)}", key.kind, body, channel="webhook")


def challenge(connection: Connection, key: bytes, one: Subscriber, now: Instant) -> None:
    """Queue the question that a webhook must answer before anything else goes there."""
    mark = Postmark(key, "")
    said = hmac.digest(key, f"challenge\0{one.no}\0{one.made_at}".encode(), sha256).hex()
    body = json.dumps({"type": "challenge", "challenge": said}, separators=(",", ":")).encode()
    letters.put(connection, letter(mark, one, key_of(one, f"challenge-{now}", CHALLENGE, 0), body), now)
