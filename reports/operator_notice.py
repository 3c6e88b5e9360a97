"""A mail to operators: what came to something by itself, and why. Plain words, no calendar."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from markupsafe import Markup

from reports.mail import Mail
from reports.plain import plain
from sla.span import Instant

WIDTH = 76


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """``thing`` (its id) has been ``event``; ``words`` say why, and what to do. ``provider`` is whose service it is."""

    thing: str
    event: str
    words: str
    provider: str


def mail(notice: OperatorNotice, sender: tuple[str, str], recipient: str, message_id: str, now: Instant) -> Mail:
    """The notice as a mail."""
    lead = f"{notice.thing}: {notice.event}"
    lines = [str(plain(part)).strip() for part in notice.words.split("; ")]
    text = "\n".join(textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False) for line in (f"{lead}.", *lines))
    shown = Markup("").join(Markup("<p>{}</p>").format(line) for line in lines)
    page = Markup('<!DOCTYPE html><html lang="en"><head><title>{0}</title></head><body><h1>{0}</h1>{1}</body></html>')
    return Mail(
        message_id=message_id,
        sender=sender,
        recipient=("", recipient),
        subject=f"[Operations] {lead}",
        date=now,
        language="en",
        plain=f"{text}\n",
        html=page.format(lead, shown),
        headers={"X-Threenines-Notice": f"operations; id={notice.thing}; kind={notice.event}"},
    )
