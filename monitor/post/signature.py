"""Letters signed by ourselves (DKIM, RFC 6376), where the mail server that takes them signs nothing. Needs the extra ``dkim``.

What a reader sees is signed once more often than it is there, so that nobody can add a second one below a good signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes
from email.policy import compat32

from monitor.config.configuration import Signing
from monitor.config.secrets import reveal

SIGNED = ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Type")


def signed(body: bytes, how: Signing | None, environ: Mapping[str, str]) -> bytes:
    """``body`` below its signature; as it is where none is wanted. Takes some ms of processor. Raises ValueError: no good key."""
    if how is None:
        return body
    from dkim import DKIM, DKIMException

    there = message_from_bytes(body, policy=compat32)
    names = [name.lower().encode() for name in SIGNED for _ in range(len(there.get_all(name, [])) + 1)]
    try:
        key = reveal(how.key, environ).reveal().encode()
        field = DKIM(body, signature_algorithm=b"rsa-sha256").sign(
            how.selector.encode(), how.domain.encode(), key, canonicalize=(b"relaxed", b"relaxed"), include_headers=names
        )
    except DKIMException as fault:
        raise ValueError(f"the letter could not be signed: {fault}") from None
    return bytes(field) + body
