"""The mail that tells a contact how their request stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from reports import languages, notice_words
from reports.catalogue import Catalogue
from reports.letter import Tone, clean, clean_lines, forms
from reports.mail import Mail, rendered
from reports.request import Requested, kind_name, seen_lines
from reports.rows import Row
from reports.when import begins
from sla.request import Status
from sla.span import Instant

_WORDS = {
    language: Catalogue(language, MappingProxyType({**pages.texts, **notice_words.CATALOGUES[language].texts}))
    for language, pages in languages.CATALOGUES.items()
}
"""The words of pages, and dates as notices write them."""
_TONES: dict[Status, Tone] = {Status.DECLINED: "off", Status.ACCEPTED: "done", Status.ANSWERED: "done"}


@dataclass(frozen=True, slots=True)
class Reader:
    """The contact who asked: name and address, language, zone, and whose contact they are."""

    name: str
    address: str
    customer: str
    language: str = "en"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who answers: name and address, and where readers may write to. ``page``: the customer's page; empty: it has none."""

    name: str
    address: str
    ask: str
    reply_to: str | None = None
    page: str = ""


def subject(one: Requested, reader: Reader) -> str:
    """``[Request accepted] REQ-2026-0007: Restart of components …``."""
    words = _WORDS[reader.language]
    status = words.say(f"request.status.{one.status.value}").lower()
    return words.say("request.subject", status=status, id=one.id, what=kind_name(one.kind, words))


def written(one: Requested, reader: Reader, sender: Sender, message_id: str, first: str, now: Instant) -> bytes:
    """The finished bytes; ``first`` is the Message-ID of the first mail of this request."""
    words = _WORDS[reader.language]
    both = forms(
        words.language, words.say(f"request.lead.{one.status.value}"), tuple(_rows(one, reader, sender, words)), _tone(one)
    )
    return rendered(
        Mail(
            message_id=message_id,
            sender=(sender.name, sender.address),
            recipient=(reader.name, reader.address),
            subject=subject(one, reader),
            date=now,
            language=words.language,
            plain=both.plain,
            html=both.html,
            reply_to=sender.reply_to,
            first=first,
            headers={"X-Threenines-Notice": f"request; id={one.id}; status={one.status.value}"},
        )
    )


def _tone(one: Requested) -> Tone:
    return _TONES.get(one.status, "news")


def _rows(one: Requested, reader: Reader, sender: Sender, words: Catalogue) -> Iterator[Row]:
    """What the mail says, the answer first."""

    def row(name: str, *lines: str) -> Row:
        return Row(name, words.say(f"request.row.{name}"), lines)

    if one.seen:
        yield row("seen", *map(clean, seen_lines(one, words)))
    if one.answer:
        yield row("answer", *clean_lines(one.answer))
    if one.plan:
        yield row("plan", words.say("request.planned", id=one.plan))
    yield row("what", kind_name(one.kind, words), one.id)
    yield row("affected", clean(one.site), *map(clean, one.affected))
    if one.wanted_from is not None:
        yield row("wanted", begins(one.wanted_from, reader.zone, words))
    if one.words:
        yield row("words", *clean_lines(one.words))
    if sender.page:
        yield row("links", words.say("page", url=sender.page))
    yield row("because", words.say("request.because", customer=clean(reader.customer), ask=clean(sender.ask)))
