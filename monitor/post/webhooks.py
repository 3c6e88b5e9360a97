"""Delivers to webhooks: each try has the same bytes and id, a signature of its own, and is judged by what came back."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from hashlib import sha256
from typing import Literal, Protocol, TypeAlias

import structlog
from sqlalchemy.engine import Connection

from monitor.clock import Clock
from monitor.config.configuration import Configuration, Mailing
from monitor.desk.hooks import CHALLENGE, secrets_of
from monitor.desk.maintenance_letters import provider_of
from monitor.desk.postmark import Postmark
from monitor.post.mail import Fate, Reply
from monitor.store import letters, subscribers
from monitor.store.database import Database
from monitor.store.letters import Kept, Key, Letter, State
from monitor.store.subscribers import MARK, Subscriber
from reports.mail import rendered
from reports.subscribe_mail import failing
from sla.span import SECOND, Instant

log = structlog.get_logger("webhooks")


class Answered(Protocol):
    """What an endpoint said; no ``status``: it said nothing, and ``trouble`` is why."""

    @property
    def status(self) -> int | None:
        """The status code."""

    @property
    def body(self) -> bytes:
        """The answer's beginning."""

    @property
    def trouble(self) -> str:
        """Why there is none."""


Post: TypeAlias = Callable[[str, Mapping[str, str], bytes], Awaitable[Answered]]
"""Sends bytes with headers to an address that a customer named."""


def signed(name: str, at_s: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of the Standard Webhooks scheme; while a secret is replaced both sign."""
    said = f"{name}.{at_s}.".encode() + body
    keys = (b64decode(secret.removeprefix("whsec_")) for secret in secrets)
    signatures = " ".join(f"v1,{b64encode(hmac.digest(key, said, sha256)).decode()}" for key in keys)
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signatures,
    }


class Webhooks:
    """The way of letters to webhooks, for an outbox."""

    def __init__(self, database: Database, clock: Clock, secret: bytes, post: Post) -> None:
        self._database, self._clock, self._secret, self._post = database, clock, secret, post
        self._mailing: Mailing | None = None
        self._language = "en"

    def watch(self, configuration: Configuration) -> None:
        """Write to people as this configuration says from now on."""
        self._mailing, self._language = configuration.mailing, configuration.provider.language

    async def deliver(self, sender: str, recipient: str, body: bytes) -> Reply:
        """One try. ``sender`` is the subscriber's number and the delivery's id."""
        number, _, name = sender.partition(".")
        one = await self._database.read(lambda db: subscribers.find(db, int(number)))
        if one is None or one.off_at is not None:
            return Reply(Fate.REFUSED, "the webhook is off or was removed")
        now = self._clock()
        headers = signed(name, now // SECOND, body, secrets_of(self._secret, one, now))
        return _judged(await self._post(recipient, headers, body), one, body)

    def accepted(self, connection: Connection, kept: Kept, now: Instant) -> None:
        """It took something: it works, and if that was its challenge, it is confirmed."""
        subscribers.delivered(connection, _number(kept), now)

    def failed(self, connection: Connection, kept: Kept, now: Instant) -> None:
        """It took nothing: after five days without anything it is off. Who looks after it is told so, and of what is dead."""
        number = _number(kept)
        off = kept.letter.key.kind != CHALLENGE and subscribers.failed(connection, number, now)
        one, tried = subscribers.find(connection, number), letters.find(connection, kept.no)
        if one is None or tried is None:
            return
        if off:
            log.warning("webhook_off", subscriber=number)
        if off or (tried.state is State.DEAD and one.off_at is None):
            self._tell(connection, one, "off" if off else "dead", tried.reply, now)

    def _tell(self, connection: Connection, one: Subscriber, what: Literal["dead", "off"], answer: str, now: Instant) -> None:
        """One mail of each kind in a time of failing."""
        if one.tell is None or self._mailing is None:
            return
        mark = Postmark(self._secret, self._mailing.domain)
        key = Key(f"webhook-{one.failing_since}{MARK}{one.no}", one.tell, f"subscriber-hook-{what}", 0)
        hook = one.wish.address, answer
        mail = failing(what, hook, one.tell, self._language, provider_of(self._mailing), mark.message_id(key), now)
        letters.put(connection, Letter(key, mark.bounce_address(key), mail.subject, rendered(mail)), now)


def _number(kept: Kept) -> int:
    return int(kept.letter.sender.partition(".")[0])


def _judged(answer: Answered, one: Subscriber, body: bytes) -> Reply:
    """2xx is taken; a challenge must come back whole. Everything else is tried again: endpoints are mended."""
    if answer.status is None:
        return Reply(Fate.LATER, answer.trouble)
    if one.confirmed_at is None:
        wanted = json.loads(body).get("challenge")
        good = answer.status == 200 and wanted is not None and _returned(answer.body) == wanted
        return Reply(Fate.TAKEN if good else Fate.LATER, f"answered {answer.status}, wanted 200 with the challenge")
    if 200 <= answer.status < 300:
        return Reply(Fate.TAKEN, f"answered {answer.status}")
    return Reply(Fate.LATER, f"answered {answer.status}, wanted 2xx")


def _returned(body: bytes) -> str | None:
    """The challenge in an answer: as JSON like the question, or as bare text."""
    try:
        found = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace").strip()
    said = found.get("challenge") if isinstance(found, dict) else found
    return said if isinstance(said, str) else None
