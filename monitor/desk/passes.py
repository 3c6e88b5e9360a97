"""What opens a subscription without a login: a pass that only the mails to its owner carry, derived and kept nowhere."""

from __future__ import annotations

import hmac
from base64 import b32encode
from hashlib import sha256

from monitor.config.configuration import Mailing
from monitor.store.subscribers import Subscriber
from reports.subscription import Subscription

_CHARACTERS = 26
"""Of base32: 130 bits."""


def pass_of(secret: bytes, one: Subscriber) -> str:
    """The pass of a subscriber: its number and a keyed digest, which another subscription of the same number had not."""
    said = f"subscriber\0{one.no}\0{one.wish.page}\0{one.made_at}".encode()
    digest = b32encode(hmac.digest(secret, said, sha256)).decode().lower()[:_CHARACTERS]
    return f"{one.no}.{digest}"


def number_of(shown: str) -> int | None:
    """The number that a pass claims; None: it is no pass."""
    digits = shown.partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


def opens(secret: bytes, one: Subscriber, page: str, shown: str) -> bool:
    """Whether ``shown`` is the pass of ``one``, on its own page."""
    return one.wish.page == page and hmac.compare_digest(pass_of(secret, one).encode(), shown.encode())


def links(secret: bytes, one: Subscriber, url: str, title: str, mailing: Mailing) -> Subscription:
    """The ways that a mail to ``one`` offers; ``url`` is the page's folder in their language, ``title`` the page's."""
    shown = pass_of(secret, one)
    manage, leave = f"{url}/manage?s={shown}", f"{url}/leave?s={shown}"
    mailto = f"{mailing.reply_to}?subject=unsubscribe%20{shown}" if mailing.reply_to else None
    return Subscription(title, manage, leave, leave, f"status.{mailing.domain}", mailto)
