"""A mail server that keeps what it takes and does what the recipient's name says: the counterpart of the outbox.

ok@… 250 · full@… 452 · nobody@… 550 · busy@… 421 and away · slow@… 250 after a second · drop@… away after the final dot ·
grey@… 450 on the first try, 250 on the second.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = b"outbox", b"canary-secret"


@dataclass
class Sink:
    """What was taken, in order: (envelope sender, recipient, bytes, under TLS). ``most``: connections at one time."""

    taken: list[tuple[str, str, bytes, bool]] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    open_: int = 0
    most: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        self.tries[address] += 1
        name = address.partition("@")[0]
        if name == "full":
            return "452 4.2.2 mailbox full"
        if name == "nobody":
            return "550 5.1.1 no such user"
        if name == "grey" and self.tries[address] == 1:
            return "450 4.7.1 greylisted, try again"
        if name == "busy":
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
            return "421 4.3.2 closing"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        self.open_ += 1
        self.most = max(self.most, self.open_)
        await asyncio.sleep(1.0 if recipient.startswith("slow@") else 0)
        self.open_ -= 1
        self.taken.append((envelope.mail_from, recipient, envelope.content, session.ssl is not None))
        if recipient.startswith("drop@"):
            server.transport.close()
        return "250 2.0.0 queued"


def login(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)


@asynccontextmanager
async def sinking(sink: Sink, tls: ssl.SSLContext | None, at_once: bool = False, auth: bool = False) -> AsyncIterator[int]:
    """The port of a mail server around ``sink``; ``at_once``: TLS from the first byte."""
    more: dict[str, Any] = {"authenticator": login, "auth_required": True, "auth_require_tls": not at_once} if auth else {}
    started = {"tls_context": tls, "require_starttls": True} if tls and not at_once else {}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, hostname="mail.tenant.example", **started, **more), "127.0.0.1", 0, ssl=tls if at_once else None
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
