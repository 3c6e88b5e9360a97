"""A mail on incidents: one incident in full, or several in short; what is new first, then what works and what does not.

What stands in it is what the reader's page tells: an incident picked for that page, the page's own names and ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.catalogue import Catalogue
from reports.events import Incident, Update
from reports.frame import environment
from reports.incident_words import CATALOGUES
from reports.mail import Mail
from reports.maintenance_notice import Provider
from reports.plain import plain
from reports.rows import Line, Link, Row, Words, in_plain
from reports.said import listed, update_body
from reports.subscription import Subscription
from reports.when import moment, window
from reports.words import excluded_words
from sla.incident import OVER, Impact, Status
from sla.span import Instant, Span

MOST_NAMES = 40
"""Names in one line of a mail; whoever has more of them looks at the page."""


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom: a designated contact of ``customer``, or somebody who subscribed to a page."""

    name: str
    address: str
    language: str
    zone: str
    customer: str | None = None
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How what the reader's page shows is measured now, by the page's names; of what nobody sees neither is said."""

    away: tuple[str, ...] = ()
    poor: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One incident as its reader is told of it now.

    The newest ``news`` updates are new to them; ``names`` are what the page calls its entries, ``page`` is its address.
    ``lasted`` and ``causes`` (codes of the agreement's table) are known once it is over.
    """

    incident: Incident
    names: Mapping[str, str]
    page: str
    news: int
    standing: Standing = Standing()
    lasted: Span | None = None
    causes: tuple[str, ...] = ()

    @property
    def first(self) -> bool:
        """Whether the reader hears of it for the first time."""
        return self.news == len(self.incident.updates)


def mail(
    bulletins: Sequence[Bulletin], reader: Reader, provider: Provider, message_id: str, first: str | None, queued_at: Instant
) -> Mail:
    """The news of one incident, or of several in one mail; ``first`` is the Message-ID of the first mail on the only one."""
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    alone = bulletins[0] if len(bulletins) == 1 else None
    lead = _lead(alone, reader, words) if alone else words.say("lead.digest", count=len(bulletins))
    rows = (*(_alone(alone, reader, words) if alone else _digest(bulletins, reader, words)), *_closing(reader, provider, words))
    title = subject(bulletins, reader)
    return Mail(
        message_id=message_id,
        sender=(provider.name, provider.sender),
        recipient=(reader.name, reader.address),
        subject=title,
        date=queued_at,
        language=words.language,
        plain=in_plain(lead, rows),
        html=environment().get_template("notice.html").render(lang=words.language, lead=lead, rows=rows, tone=_tone(bulletins)),
        reply_to=provider.reply_to,
        first=first,
        headers={
            "X-Threenines-Notice": _label(bulletins),
            **(reader.subscription.headers if reader.subscription else {}),
        },
    )


def subject(bulletins: Sequence[Bulletin], reader: Reader) -> str:
    """``[Investigating] Interruption: Directory``, or ``[3 incidents] Interruption: Directory, …``."""
    words = CATALOGUES.get(reader.language, CATALOGUES["en"])
    titles = [_title(one, words) for one in bulletins]
    if len(bulletins) > 1:
        return words.say("subject.digest", count=len(bulletins), titles=listed(titles, words))
    return words.say("subject", status=_status(bulletins[0].incident.updates[0], words), title=titles[0])


def _label(bulletins: Sequence[Bulletin]) -> str:
    if len(bulletins) > 1:
        return f"incidents; count={len(bulletins)}"
    return f"incident; id={bulletins[0].incident.id}; status={bulletins[0].incident.status.value}"


def _tone(bulletins: Sequence[Bulletin]) -> str:
    """How urgent a mail looks, beside what it says in words."""
    if any(one.incident.open and one.incident.impact is Impact.CRITICAL for one in bulletins):
        return "urgent"
    return "news" if any(one.incident.open for one in bulletins) else "done"


def _title(one: Bulletin, words: Catalogue) -> str:
    """The title that somebody gave it, else what was interrupted."""
    names = listed((one.names[key] for key in one.incident.entries if key in one.names), words)
    return _clean(one.incident.title or words.say("incident.named", names=names))


def _lead(one: Bulletin, reader: Reader, words: Catalogue) -> str:
    status, title = one.incident.status, _title(one, words)
    if status in OVER:
        return words.say(f"lead.{status.value}", title=title)
    since = moment(one.incident.began_at, reader.zone, words)
    return words.say("lead.first" if one.first else "lead.update", title=title, since=since)


def _alone(one: Bulletin, reader: Reader, words: Catalogue) -> Iterator[Row]:
    """One incident in full: what is new, since when, how bad, what works, when more is said."""
    for update in one.incident.updates[: one.news]:
        said = words.say("row.said", status=_status(update, words), at=moment(update.at, reader.zone, words))
        yield Row("said", said, (Words(update_body(update, words)),))
    if one.lasted is None:
        yield _row(words, "since", moment(one.incident.began_at, reader.zone, words))
    else:
        yield _row(words, "lasted", *window(one.lasted, reader.zone, words))
    if one.causes:
        yield _row(words, "cause", *(excluded_words(code, words) for code in one.causes))
    yield _row(words, "impact", words.say(f"impact.{one.incident.impact.word}"))
    for name in ("away", "poor", "fine", "unseen"):
        if found := getattr(one.standing, name):
            yield _row(words, name, _names(found, words))
    if one.incident.open:
        yield _row(words, "next", _next(one.incident, reader, words))
    yield _row(words, "links", Link(words.say("incident"), _link(one)), Link(words.say("page"), f"{one.page}/"))


def _digest(bulletins: Sequence[Bulletin], reader: Reader, words: Catalogue) -> Iterator[Row]:
    """Each incident with its last word; its page tells the rest."""
    for one in bulletins:
        last = one.incident.updates[0]
        said = words.say("row.said", status=_status(last, words), at=moment(last.at, reader.zone, words))
        lines: list[Line] = [said, Words(update_body(last, words))]
        if one.lasted is not None:
            lines += [f"{words.say('row.lasted')}: {line}" for line in window(one.lasted, reader.zone, words)[:1]]
        else:
            lines.append(f"{words.say('row.since')}: {moment(one.incident.began_at, reader.zone, words)}")
        yield Row("incident", _title(one, words), (*lines, Link(words.say("incident"), _link(one))))


def _closing(reader: Reader, provider: Provider, words: Catalogue) -> Iterator[Row]:
    """Whom to ask, why this came, and for a subscriber how to end it."""
    if reader.subscription is None:
        yield _row(words, "ask", _clean(provider.ask))
        yield _row(words, "because", words.say("because.contact", customer=_clean(reader.customer or "")))
        return
    because = words.say("because.subscriber", page=_clean(reader.subscription.page))
    links = Link(words.say("manage"), reader.subscription.manage), Link(words.say("leave"), reader.subscription.leave)
    yield _row(words, "because", because, *links)


def _row(words: Catalogue, name: str, *lines: Line) -> Row:
    return Row(name, words.say(f"row.{name}"), lines)


def _next(one: Incident, reader: Reader, words: Catalogue) -> str:
    promised = one.updates[0].next_at
    return words.say("next.none") if promised is None else words.say("next", at=moment(promised, reader.zone, words))


def _names(names: Sequence[str], words: Catalogue) -> str:
    rest = len(names) - MOST_NAMES
    shown = ", ".join(map(_clean, names[:MOST_NAMES]))
    return words.say("and_more", names=shown, count=rest) if rest > 0 else shown


def _status(update: Update, words: Catalogue) -> str:
    return words.say(f"incident.status.{update.status.value}")


def _link(one: Bulletin) -> str:
    return f"{one.page}/incidents/{one.incident.id}.html"


def _clean(text: str) -> str:
    return str(plain(text))


def over(one: Incident) -> Span | None:
    """From its beginning until all was well again, of an incident that is over: as measured, else as somebody said."""
    end = one.first(Status.RESOLVED)
    if one.open or end is None:
        return None
    well = next((update.at for update in one.updates if update.status is Status.MONITORING and not update.body), end)
    return Span(one.began_at, max(one.began_at + 1, well))
