"""A mail to who asked for news of a page: what is maintained, when, how bad, where to read on. No notice by contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reports.catalogue import Catalogue
from reports.events import Maintenance
from reports.frame import environment
from reports.incident_notice import Reader
from reports.mail import Mail
from reports.maintenance_notice import Provider
from reports.plain import plain
from reports.rows import Line, Link, Row, in_plain
from reports.said import impact_words, listed, maintenance_status
from reports.subscribe_words import CATALOGUES
from reports.when import window
from sla.maintenance import Status
from sla.span import Instant

_TONES = {Status.COMPLETED: "done", Status.CANCELLED: "off"}


def news(
    one: Maintenance,
    names: Mapping[str, str],
    page: str,
    reader: Reader,
    provider: Provider,
    message_id: str,
    first: str,
    queued_at: Instant,
) -> Mail:
    """The newest announcement of ``one`` as the page at ``page`` tells it; ``names`` are what it calls its entries."""
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    what = str(plain(one.title or words.say("maintenance.named", names=listed(_names(one, names), words))))
    status = maintenance_status(one.last.status, words)
    rows = tuple(_rows(one, names, page, reader, words))
    lead = words.say("maintenance.lead", what=what, status=status)
    tone = _TONES.get(one.last.status, "calm")
    return Mail(
        message_id=message_id,
        sender=(provider.name, provider.sender),
        recipient=(reader.name, reader.address),
        subject=words.say("maintenance.subject", what=what, status=status),
        date=queued_at,
        language=words.language,
        plain=in_plain(lead, rows),
        html=environment().get_template("notice.html").render(lang=words.language, lead=lead, rows=rows, tone=tone),
        reply_to=provider.reply_to,
        first=None if first == message_id else first,
        headers={
            "X-Threenines-Notice": f"maintenance-news; id={one.id}; status={one.last.status.value}",
            **(reader.subscription.headers if reader.subscription else {}),
        },
    )


def _rows(one: Maintenance, names: Mapping[str, str], page: str, reader: Reader, words: Catalogue) -> Iterator[Row]:
    yield _row(words, "when", *window(one.last.span, reader.zone, words))
    if one.last.status not in _TONES:
        yield _row(words, "impact", impact_words(one.last, words))
    yield _row(words, "concerns", ", ".join(_names(one, names)))
    link = Link(words.say("maintenance.link"), f"{page}/maintenance/{one.id}.html")
    yield _row(words, "links", link, Link(words.say("page"), f"{page}/"))
    if (ways := reader.subscription) is not None:
        links = Link(words.say("manage"), ways.manage), Link(words.say("leave"), ways.leave)
        yield _row(words, "because", words.say("because.subscriber", page=str(plain(ways.page))), *links)


def _names(one: Maintenance, names: Mapping[str, str]) -> list[str]:
    return [str(plain(names[key])) for key in one.entries if key in names]


def _row(words: Catalogue, name: str, *lines: Line) -> Row:
    return Row(name, words.say(f"row.{name}"), lines)
