"""A notice of maintenance: one value in, one mail out, in the reader's language and zone, with the calendar part they chose.

Plain text and HTML are made from the same rows, so that neither says more than the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Literal

from reports.catalogue import Catalogue
from reports.letter import Tone, clean, clean_lines, forms
from reports.mail import Calendar, Mail, Method, rendered
from reports.maintenance_calendar import Event, calendar
from reports.notice_words import CATALOGUES
from reports.rows import Row
from reports.when import begins, duration, window
from sla.maintenance import Impact, Status
from sla.span import Instant, Span

Mode = Literal["attach", "publish", "invite", "off"]


class Kind(Enum):
    """Which step of a maintenance a notice tells of."""

    ANNOUNCED = "announced"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    REMINDER = "reminder"
    STARTED = "started"
    EXTENDED = "extended"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


_TONES: Mapping[Kind, Tone] = {Kind.CHANGED: "news", Kind.EXTENDED: "news", Kind.COMPLETED: "done", Kind.CANCELLED: "off"}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who announces: the name, the address mails come from, the domain of names, whom to ask."""

    name: str
    sender: str
    domain: str
    ask: str
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A designated contact of ``customer``; ``mode`` is how they want the calendar part."""

    name: str
    address: str
    customer: str
    language: str = "en"
    zone: str = "UTC"
    mode: Mode = "attach"


@dataclass(frozen=True, slots=True)
class Revision:
    """A maintenance as it is announced now. ``impacts`` are its components by name; empty: the whole site by ``impact``.

    ``objects`` are the same for machines, by the contract's ids ``site/component``.
    """

    maintenance: str
    sequence: int
    status: Status
    span: Span
    impact: Impact
    title: str
    made_at: Instant
    impacts: Mapping[str, Impact]
    about: str = ""
    action: str = ""
    emergency: str | None = None
    outcome: Literal["done", "rolled-back", "abandoned", "postponed"] | None = None
    objects: Mapping[str, Impact] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen of the announced window, ms each."""

    degraded: int
    down: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Notice:
    """One step told of one site. ``was``: the span announced before; ``site``: its key and name; ``created_at``: revision 0.

    ``page`` is where the readers' own page lies, ``own_url`` what it says of this maintenance, ``calendar_url`` of all.
    """

    kind: Kind
    now: Revision
    account: str
    site: tuple[str, str]
    created_at: Instant
    was: Span | None = None
    measured: Measured | None = None
    page: str | None = None
    calendar_url: str | None = None
    own_url: str | None = None
    related_to: str | None = None


def mail(notice: Notice, reader: Reader, provider: Provider, message_id: str, first: str, queued_at: Instant) -> Mail:
    """The notice for one reader; ``first`` is the Message-ID of the first mail of this maintenance to them."""
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    rows = tuple(_rows(notice, reader, provider, words))
    lead = words.say(f"lead.{_state(notice)}", site=clean(notice.site[1]))
    both = forms(words.language, lead, rows, _tone(notice))
    title = subject(notice, reader)
    return Mail(
        message_id=message_id,
        sender=(provider.name, provider.sender),
        recipient=(reader.name, reader.address),
        subject=title,
        date=queued_at,
        language=words.language,
        plain=both.plain,
        html=both.html,
        reply_to=provider.reply_to,
        first=first,
        calendar=_calendar(notice, reader, provider, queued_at),
        headers={"X-Threenines-Notice": _label(notice)},
    )


def written(notice: Notice, reader: Reader, provider: Provider, message_id: str, first: str, queued_at: Instant) -> bytes:
    """The same as finished bytes."""
    return rendered(mail(notice, reader, provider, message_id, first, queued_at))


def subject(notice: Notice, reader: Reader) -> str:
    """``[Maintenance confirmed] acme-prod: Tue 1 Dec 2026, 23:00 CET – Rolling update 10.18.3 (wave 2)``."""
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    what = words.say("maintenance" if notice.now.emergency is None else "emergency_maintenance")
    state = words.say(f"state.{_state(notice)}", what=what)
    when = begins(notice.now.span.start, reader.zone, words)
    return words.say("subject", state=state, site=notice.site[0], when=when, title=clean(notice.now.title))


def _state(notice: Notice) -> str:
    """The word for the step: an announcement is provisional, or firm from the start."""
    if notice.kind is Kind.ANNOUNCED and notice.now.status is Status.TENTATIVE:
        return "provisional"
    return notice.kind.value


def _tone(notice: Notice) -> Tone:
    """How urgent a mail looks, beside what it says in words."""
    if notice.now.emergency is not None and notice.kind not in (Kind.COMPLETED, Kind.CANCELLED):
        return "urgent"
    return _TONES.get(notice.kind, "calm")


def _label(notice: Notice) -> str:
    return f"maintenance; id={notice.now.maintenance}; revision={notice.now.sequence}; kind={notice.kind.value}"


def _row(words: Catalogue, name: str, *lines: str) -> Row:
    return Row(name, words.say(f"row.{name}"), lines)


def _rows(notice: Notice, reader: Reader, provider: Provider, words: Catalogue) -> Iterator[Row]:
    """What the mail says, the most needed first: what is new in this step before what the revision says anyway."""
    now = notice.now
    if notice.was is not None:
        yield _row(words, "was", *window(notice.was, reader.zone, words))
        yield _row(words, "now", *window(now.span, reader.zone, words))
    if now.outcome is not None:
        yield _row(words, "outcome", words.say(f"outcome.{now.outcome}"))
    if notice.measured is not None:
        yield _row(words, "measured", _measured(notice.measured, now, words))
    yield from _standing(notice, reader, provider, words, timed=notice.was is None)


def _standing(notice: Notice, reader: Reader, provider: Provider, words: Catalogue, timed: bool = True) -> Iterator[Row]:
    """What the revision says, whichever step is told; ``timed``: with its time."""
    now = notice.now
    yield _row(words, "what", clean(now.title), words.say("id", id=now.maintenance, sequence=now.sequence))
    if timed:
        yield _row(words, "when", *window(now.span, reader.zone, words))
    yield _row(words, "impact", _impact(now.impact, words))
    affected = tuple(_affected(name, impact, words) for name, impact in sorted(now.impacts.items()))
    yield _row(words, "affected", *(affected or (words.say("whole_site"),)))
    if now.emergency is not None:
        yield _row(words, "why", clean(now.emergency))
    yield _row(words, "do", clean(now.action) or words.say("do.nothing"))
    if now.about:
        yield _row(words, "about", *clean_lines(now.about))
    yield _row(words, "ask", clean(provider.ask))
    if links := tuple(_links(notice, words)):
        yield _row(words, "links", *links)
    yield _row(words, "because", words.say("because", customer=clean(reader.customer)))


def _links(notice: Notice, words: Catalogue) -> Iterator[str]:
    if notice.page is not None:
        yield words.say("page", url=notice.page)
    if notice.own_url is not None:
        yield words.say("own_page", url=notice.own_url)
    if notice.calendar_url is not None:
        yield words.say("calendar", url=notice.calendar_url)


def _impact(impact: Impact, words: Catalogue) -> str:
    return words.say("impact", words=words.say(f"impact.{impact.word}"), code=impact.word)


def _affected(name: str, impact: Impact, words: Catalogue) -> str:
    return words.say("affected", component=clean(name), words=words.say(f"impact.{impact.word}"), code=impact.word)


def _measured(found: Measured, now: Revision, words: Catalogue) -> str:
    return words.say(
        "measured",
        impact=words.say(f"impact.{now.impact.word}"),
        announced=duration(now.span.length, words),
        degraded=duration(found.degraded, words),
        down=duration(found.down, words),
        unknown=duration(found.unknown, words),
    )


def _calendar(notice: Notice, reader: Reader, provider: Provider, queued_at: Instant) -> Calendar | None:
    """The calendar part by the reader's mode; a reminder only repeats the file of the revision that it reminds of."""
    if reader.mode == "off" or (notice.kind is Kind.REMINDER and reader.mode != "attach"):
        return None
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    rows = _standing(notice, reader, provider, words)
    text = "\n".join(f"{row.heading}: {' · '.join(map(str, row.lines))}" for row in rows)
    method = _method(notice, reader.mode)
    now, site = notice.now, notice.site[0]
    event = Event(
        maintenance=now.maintenance,
        account=notice.account,
        domain=provider.domain,
        provider=provider.domain,
        sequence=now.sequence,
        revised_at=now.made_at if method is None else queued_at,
        created_at=notice.created_at,
        span=now.span,
        status=now.status,
        impact=now.impact,
        objects=now.objects or {site: now.impact},
        summary=subject(notice, reader).partition("] ")[2],
        description=text,
        organizer=(provider.name, provider.reply_to or provider.sender),
        url=notice.own_url or notice.page,
        related_to=notice.related_to,
        attendee=(reader.name, reader.address) if reader.mode == "invite" else None,
    )
    return Calendar(calendar(event, method), method)


def _method(notice: Notice, mode: Mode) -> Method | None:
    """None for an attached file, as MAINTNOTE advises."""
    if mode == "invite":
        return "CANCEL" if notice.now.status is Status.CANCELLED else "REQUEST"
    return "PUBLISH" if mode == "publish" else None
