"""A letter to our own people: something needs one of them. English, and as plain as the others."""

from __future__ import annotations

from reports.letter import Tone, clean, clean_lines, forms
from reports.mail import Mail, rendered
from reports.rows import Row
from sla.span import Instant


def written(
    sender: tuple[str, str],
    recipient: str,
    message_id: str,
    subject: str,
    said: dict[str, str],
    now: Instant,
    tone: Tone = "news",
    reply_to: str | None = None,
) -> bytes:
    """The finished bytes. ``subject`` is the first sentence too; ``said`` are texts of any lines by their heading."""
    rows = tuple(Row("text", heading, clean_lines(text)) for heading, text in said.items() if text.strip())
    both = forms("en", clean(subject), rows, tone)
    return rendered(
        Mail(
            message_id=message_id,
            sender=sender,
            recipient=("", recipient),
            subject=subject,
            date=now,
            language="en",
            plain=both.plain,
            html=both.html,
            reply_to=reply_to,
            headers={"X-Threenines-Notice": "operators"},
        )
    )
