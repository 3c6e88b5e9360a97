"""Letters to our own people, through the same outbox as everybody's."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from monitor.desk.deed import Installation
from monitor.desk.postmark import Postmark
from monitor.store import letters
from monitor.store.letters import Key, Letter
from reports.letter import Tone
from reports.operator_letter import written
from sla.span import Instant

KIND = "ops"
"""What the kinds of letters begin with that only operators get."""


def is_ours(key: Key) -> bool:
    """Whether a letter is to our own people: one that is lost is told to nobody."""
    return key.kind.partition("-")[0] == KIND


def tell(
    connection: Connection,
    ground: Installation,
    event: str,
    subject: str,
    said: dict[str, str],
    now: Instant,
    tone: Tone = "news",
    what: str = "",
    sequence: int = 0,
) -> bool:
    """Queue a letter to the operators about ``event`` in the caller's transaction; False: there is no mail, or it was told.

    ``what`` came to it, the ``sequence``-th time: where one event has more than one letter.
    """
    mailing = ground.configuration.mailing
    if mailing is None:
        return False
    mark, key = Postmark(ground.secret, mailing.domain), Key(event, mailing.ours, f"{KIND}-{what}" if what else KIND, sequence)
    sender = mailing.name, mailing.sender
    body = written(sender, mailing.ours, mark.message_id(key), subject, said, now, tone, mailing.reply_to)
    return letters.put(connection, Letter(key, mark.bounce_address(key), subject, body), now)
