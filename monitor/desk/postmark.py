"""What a letter is called: one name a key, so that a letter that is made twice is the same letter, and its bounces find it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID, uuid5

from monitor.store.letters import Key

_NAMES = b"threenines letters"
_TAG = 8


@dataclass(frozen=True, slots=True)
class Postmark:
    """``secret`` belongs to this installation; ``domain`` is the part of names and bounce addresses behind the @."""

    secret: bytes
    domain: str

    def name(self, key: Key) -> str:
        """The letter's name: a UUID of this installation and the key."""
        space = UUID(bytes=hmac.digest(self.secret, _NAMES, sha256)[:16], version=5)
        return str(uuid5(space, "\0".join((key.event, key.contact, key.kind, str(key.sequence)))))

    def message_id(self, key: Key) -> str:
        """Its Message-ID, without angle brackets."""
        return f"{self.name(key)}@{self.domain}"

    def bounce_address(self, key: Key) -> str:
        """Where a mail server sends it back to. The tag keeps others from sending back what was not theirs."""
        name = self.name(key)
        return f"bounce+{name}.{self._tag(name)}@{self.domain}"

    def bounced(self, address: str) -> str | None:
        """The name of the letter that an address of ours tells of; None: it is none, or its tag is forged."""
        local, _, domain = address.rpartition("@")
        prefix, _, rest = local.partition("+")
        name, _, tag = rest.rpartition(".")
        ours = prefix == "bounce" and domain.lower() == self.domain.lower()
        return name if ours and hmac.compare_digest(tag.lower().encode(), self._tag(name).encode()) else None

    def _tag(self, name: str) -> str:
        return hmac.digest(self.secret, name.encode(), sha256).hex()[:_TAG]
