"""A mail to who asked a page for news of releases: the notes as its article tells them, and where that is. Not by contract."""

from __future__ import annotations

from collections.abc import Iterator

from reports.catalogue import Catalogue
from reports.events import Release
from reports.frame import environment
from reports.incident_notice import Reader
from reports.mail import Mail
from reports.maintenance_notice import Provider
from reports.plain import plain
from reports.release_notice import Dated, called, dated, sections
from reports.release_words import CATALOGUES
from reports.rows import Line, Link, Row, in_plain
from sla.span import Instant


def news(
    one: Release,
    corrected: bool,
    page: str,
    reader: Reader,
    provider: Provider,
    message_id: str,
    first: str,
    queued_at: Instant,
) -> Mail:
    """``one`` as the page tells it; ``page`` is its address in the reader's language; ``corrected``: they were told before.

    ``first`` is the Message-ID of the first mail on this release to them.
    """
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    kind, named = "corrected" if corrected else "release", called(one.note)
    lead, rows = words.say(f"lead.{kind}", provider=str(plain(provider.name)), **named), tuple(_rows(one, page, reader, words))
    return Mail(
        message_id=message_id,
        sender=(provider.name, provider.sender),
        recipient=(reader.name, reader.address),
        subject=words.say(f"subject.{kind}", **named),
        date=queued_at,
        language=words.language,
        plain=in_plain(lead, rows),
        html=environment().get_template("notice.html").render(lang=words.language, lead=lead, rows=rows, tone="calm"),
        reply_to=provider.reply_to,
        first=None if first == message_id else first,
        headers={
            "X-Threenines-Notice": f"release-news; id={one.id}; version={named['version']}",
            **(reader.subscription.headers if reader.subscription else {}),
        },
    )


def _rows(one: Release, page: str, reader: Reader, words: Catalogue) -> Iterator[Row]:
    """When the reader's sites get it, if their page tells that, then the notes, where to read on, and why this came."""
    dates = tuple(line for date in one.dates for line in dated(Dated(*date), reader.zone, words))
    if dates:
        yield _row(words, "date", *dates)
    yield from sections(one.note, words)
    article = Link(words.say("article"), f"{page}/releases/{one.id}.html")
    yield _row(words, "links", article, Link(words.say("page"), f"{page}/"))
    if (ways := reader.subscription) is not None:
        links = Link(words.say("manage"), ways.manage), Link(words.say("leave"), ways.leave)
        yield _row(words, "because", words.say("because.subscriber", page=str(plain(ways.page))), *links)


def _row(words: Catalogue, name: str, *lines: Line) -> Row:
    return Row(name, words.say(f"row.{name}"), lines)
