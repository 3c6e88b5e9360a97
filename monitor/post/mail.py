"""The next hop: one letter over one connection, only ever encrypted, and what the mail server said to it.

A refusal of the recipient or of the text is the letter's own and final. Everything before that (no connection, no
STARTTLS, a certificate that is wrong, a refused login or sender) is trouble of the way: the letter waits.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import aiosmtplib

from monitor.config.configuration import Mailing
from monitor.config.secrets import reveal
from monitor.post.signature import signed
from probes.probe import Secret

DEADLINE_S = 60.0
"""For a whole letter. RFC 5321 lets a server think for minutes; who needs that long is tried again."""
_GREETING_S = 20.0
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Hop:
    """The mail server that takes our letters. ``tls`` none: only for a server on this machine. ``login``: user, password."""

    host: str
    port: int
    tls: Literal["start_tls", "implicit", "none"] = "start_tls"
    ca_file: str | None = None
    login: tuple[str, Callable[[], Secret]] | None = None
    helo: str | None = None


def hop_of(mailing: Mailing, environ: Mapping[str, str]) -> Hop:
    """The configured mail server; its password is read when it is needed, so that a changed one is found."""
    login = None
    if mailing.user is not None and (reference := mailing.password) is not None:
        login = mailing.user, lambda: reveal(reference, environ)
    return Hop(mailing.host, mailing.port, mailing.tls, mailing.ca_file, login, mailing.domain)


class Fate(Enum):
    """What became of a try."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a try, in the server's words or ours."""

    fate: Fate
    text: str


async def give(mailing: Mailing, environ: Mapping[str, str], sender: str, recipient: str, body: bytes) -> Reply:
    """Sign a letter if that is wanted, and give it to the configured server. The letter is the same bytes at every try."""
    try:
        whole = await asyncio.to_thread(signed, body, mailing.signing, environ)
    except ValueError as fault:
        return Reply(Fate.LATER, _one_line(str(fault)))
    return await deliver(hop_of(mailing, environ), sender, recipient, whole)


async def deliver(hop: Hop, sender: str, recipient: str, body: bytes) -> Reply:
    """Give one letter to the next hop. Never raises for what a mail server does; a cancelled call leaves no connection."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await _conversation(hop, sender, recipient, body)
    except aiosmtplib.SMTPResponseException as no:
        return Reply(Fate.LATER, f"{hop.host}: {no.code} {_one_line(no.message)}")
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ssl.SSLError, ValueError) as fault:
        return Reply(Fate.LATER, f"{hop.host}: {_one_line(str(fault)) or type(fault).__name__}")


async def _conversation(hop: Hop, sender: str, recipient: str, body: bytes) -> Reply:
    """From the greeting to the server's word on the text."""
    client = _client(hop)
    try:
        await client.connect()
        await client.ehlo()
        if hop.tls == "start_tls" and not client.supports_extension("starttls"):
            return Reply(Fate.LATER, f"{hop.host} does not offer STARTTLS; refusing to send in clear")
        if hop.tls == "start_tls":
            await client.starttls()
        if hop.login is not None:
            user, secret = hop.login
            await client.login(user, secret().reveal())
        await client.mail(sender)
        return await _handed_over(client, recipient, body)
    finally:
        client.close()


async def _handed_over(client: aiosmtplib.SMTP, recipient: str, body: bytes) -> Reply:
    """The recipient and the text: here a 5xx is the letter's end."""
    try:
        await client.rcpt(recipient)
        answer = await client.data(body)
    except aiosmtplib.SMTPResponseException as no:
        fate = Fate.REFUSED if no.code >= _PERMANENT else Fate.LATER
        return Reply(fate, f"{no.code} {_one_line(no.message)}")
    return Reply(Fate.TAKEN, f"{answer.code} {_one_line(answer.message)}")


def _client(hop: Hop) -> aiosmtplib.SMTP:
    """A client that does nothing by itself: what is optional is asked for above, so that nothing is left out unseen."""
    context = None if hop.tls == "none" else ssl.create_default_context(cafile=hop.ca_file)
    return aiosmtplib.SMTP(
        hostname=hop.host,
        port=hop.port,
        use_tls=hop.tls == "implicit",
        start_tls=False,
        tls_context=context,
        local_hostname=hop.helo,
        timeout=_GREETING_S,
    )


def _one_line(text: str) -> str:
    """A server's words without what could spoil a terminal or a log."""
    return "".join(char if char.isprintable() else " " for char in text)[:400].strip()
