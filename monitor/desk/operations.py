"""What operators are told by mail of what the service did by itself: the same outbox, to the operations' own address."""

from __future__ import annotations

from monitor.desk.deed import Sitting
from monitor.desk.postmark import Postmark
from monitor.store import letters
from monitor.store.letters import Key, Letter
from reports.mail import rendered
from reports.operator_notice import OperatorNotice, mail

PREFIX = "ops-"
"""Before the kinds of letters that only operators get."""


def tell(at: Sitting, thing: str, event: str, sequence: int, words: str) -> None:
    """Queue a letter to operations: of ``thing`` (an id) that ``event`` came to it, and why. Without a mail server: nothing."""
    mailing = at.ground.configuration.mailing
    if mailing is None:
        return
    recipient, mark = mailing.reply_to or mailing.sender, Postmark(at.ground.secret, mailing.domain)
    key = Key(thing, recipient, f"{PREFIX}{event}", sequence)
    notice = OperatorNotice(thing, event, words, mailing.name)
    written = mail(notice, (mailing.name, mailing.sender), recipient, mark.message_id(key), at.now)
    letters.put(at.connection, Letter(key, mark.bounce_address(key), written.subject, rendered(written)), at.now)
