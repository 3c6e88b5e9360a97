"""A mail on a release: what is new, what is known to be wrong, and when the reader's own sites get it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.catalogue import Catalogue
from reports.frame import environment
from reports.mail import Mail
from reports.maintenance_notice import Provider, Reader
from reports.plain import plain
from reports.release_note import SECTIONS, ReleaseNote
from reports.release_words import CATALOGUES
from reports.rows import Link, Row, Words, in_plain
from reports.when import window
from sla.span import Instant, Span


@dataclass(frozen=True, slots=True)
class Dated:
    """When one of the reader's sites (its name) gets the release; ``wave`` and ``span`` None: its date follows."""

    site: str
    wave: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class ReleaseNotice:
    """The notes for the contacts of one customer; ``url`` is the article on their page, ``edition`` 0 the first."""

    note: ReleaseNote
    dates: tuple[Dated, ...]
    edition: int = 0
    url: str | None = None


def mail(notice: ReleaseNotice, reader: Reader, provider: Provider, message_id: str, first: str, queued_at: Instant) -> Mail:
    """The notice for one reader; ``first`` is the Message-ID of the first mail on this release to them."""
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    lead = words.say(f"lead.{_kind(notice)}", provider=_clean(provider.name), **called(notice.note))
    rows = tuple(_rows(notice, reader, provider, words))
    html = environment().get_template("notice.html").render(lang=words.language, lead=lead, rows=rows, tone="calm")
    return Mail(
        message_id=message_id,
        sender=(provider.name, provider.sender),
        recipient=(reader.name, reader.address),
        subject=subject(notice, reader),
        date=queued_at,
        language=words.language,
        plain=in_plain(lead, rows),
        html=html,
        reply_to=provider.reply_to,
        first=first,
        headers={"X-Threenines-Notice": f"release; version={_clean(notice.note.version)}; edition={notice.edition}"},
    )


def subject(notice: ReleaseNotice, reader: Reader) -> str:
    """``[Release 10.18.3] Faster enrolment``."""
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    return words.say(f"subject.{_kind(notice)}", **called(notice.note))


def _kind(notice: ReleaseNotice) -> str:
    return "corrected" if notice.edition else "release"


def called(note: ReleaseNote) -> dict[str, str]:
    """How the words of subjects and first lines name a release."""
    return {"version": _clean(note.version), "title": _clean(note.title)}


def _rows(notice: ReleaseNotice, reader: Reader, provider: Provider, words: Catalogue) -> Iterator[Row]:
    """The reader's own date first, then the notes."""
    yield Row("date", words.say("row.date"), tuple(said for one in notice.dates for said in dated(one, reader.zone, words)))
    yield from sections(notice.note, words)
    yield Row("ask", words.say("row.ask"), (_clean(provider.ask),))
    if notice.url is not None:
        yield Row("links", words.say("row.links"), (Link(words.say("article"), notice.url),))
    yield Row("because", words.say("row.because"), (words.say("because.release", customer=_clean(reader.customer)),))


def sections(note: ReleaseNote, words: Catalogue) -> Iterator[Row]:
    """The notes in their order; empty ones say so."""
    for key in SECTIONS:
        yield Row(key, words.say(f"row.{key}"), (Words(note.sections[key] or words.say("none")),))


def dated(one: Dated, zone: str, words: Catalogue) -> tuple[str, ...]:
    """The wave and the window of a site in the reader's time, or that its date follows."""
    if one.span is None:
        return (words.say("date.follows", site=_clean(one.site)),)
    when, *more = window(one.span, zone, words)
    return (words.say("date.wave", site=_clean(one.site), wave=one.wave, when=when), *more)


def _clean(text: str) -> str:
    """Text of people on one line of a mail: no controls, not without end."""
    return " ".join(str(plain(text.replace("\n", " "))).split())
