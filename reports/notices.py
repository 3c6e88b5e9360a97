"""Letters that tell people something: values in, finished mails out."""

from __future__ import annotations

from reports.mail import Mail, rendered
from sla.span import Instant
from sla.texts import instant_text


def trial(sender: tuple[str, str], recipient: str, domain: str, now: Instant) -> bytes:
    """A letter that only shows that letters arrive."""
    said = f"threenines sent this letter at {instant_text(now)} to see whether its mails arrive. You need not do anything."
    return rendered(
        Mail(
            message_id=f"trial-{now}@{domain}",
            sender=sender,
            recipient=("", recipient),
            subject="threenines: a trial letter",
            date=now,
            language="en",
            plain=said,
            html=f'<!DOCTYPE html><html lang="en"><head><title>A trial letter</title></head><body><p>{said}</p></body></html>',
            headers={"X-Threenines-Notice": "trial"},
        )
    )
