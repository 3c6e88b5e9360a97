"""What says that a form is ours: when it was given out and on which page, with a number of its own, under our signature."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from sla.span import HOUR, Instant

GOOD_FOR_MS = 12 * HOUR
"""A form may stay open over a working day; after that it is given out anew."""
_PURPOSE = b"threenines form\0"


def made(secret: bytes, page: str, now: Instant) -> str:
    """A token for one form on the page at the path ``page``."""
    said = f"{now}.{secrets.token_urlsafe(12)}"
    return f"{said}.{_signed(secret, page, said)}"


def number_of(secret: bytes, page: str, token: str, now: Instant) -> str | None:
    """The form's own number; None: it is not ours, of another page, or too old."""
    said, _, signature = token.rpartition(".")
    at, _, number = said.partition(".")
    if not hmac.compare_digest(signature.encode(), _signed(secret, page, said).encode()):
        return None
    return number if 0 <= now - int(at) <= GOOD_FOR_MS else None


def _signed(secret: bytes, page: str, said: str) -> str:
    return hmac.new(secret, _PURPOSE + f"{page}\0{said}".encode(), sha256).hexdigest()[:32]
