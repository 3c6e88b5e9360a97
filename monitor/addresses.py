"""Where pages are: the secret part of a customer page's address, and the ids that things have on one page only.

Both are derived from the service key and stored nowhere; another generation of a page revokes its address and all of its ids.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

KEY_LENGTH = 26


def opaque(secret: bytes, kind: str, thing: str) -> str:
    """An id that says nothing of ``thing``: the same always, and nobody without ``secret`` makes it."""
    digest = hmac.new(secret, f"{kind}\0{thing}".encode(), sha256).digest()
    return b32encode(digest[:16]).decode().lower().rstrip("=")


def page_key(service_key: bytes, page: str, generation: int) -> str:
    """The secret part of a customer page's address: derived, not stored; another generation revokes it."""
    digest = hmac.new(service_key, f"{page}\0{generation}".encode(), sha256).digest()
    return b32encode(digest).decode().lower()[:KEY_LENGTH]


def customer_path(service_key: bytes, customer: str, generation: int) -> str:
    """The address of a customer's page, below the listener's root."""
    return f"/p/{page_key(service_key, customer, generation)}/"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page is: the listener's ``base`` (absolute), its ``path``, and the secret that its ids are made with."""

    base: str
    path: str
    secret: bytes

    @property
    def url(self) -> str:
        """The page's absolute address without a slash at its end."""
        return (self.base.rstrip("/") + self.path).rstrip("/")

    def id(self, kind: str, thing: str) -> str:
        """The page's own id of a thing."""
        return opaque(self.secret, kind, thing)

    def entry_id(self, group: str, name: str, number: int) -> str:
        """The public page's own id of an entry, the ``number``-th."""
        return self.id("entry", f"{group}\0{name}\0{number}")


def address_of(base: str, service_key: bytes, path: str) -> Address:
    """The address of the page at ``path``."""
    return Address(base, path, opaque(service_key, "page", path).encode())
