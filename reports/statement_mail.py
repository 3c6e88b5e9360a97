"""The mail that brings a contact the statement of a month, or tells what made another version of it: of its document alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reports import figures, moments
from reports.catalogue import Catalogue
from reports.letter import Tone, clean, forms
from reports.mail import Attached, Mail, rendered, subject
from reports.maintenance_notice import Provider, Reader
from reports.rows import Link, Row
from reports.statement_page import seconds, share, title_dates
from reports.statement_words import STATEMENTS
from sla.span import SECOND, Instant
from sla.texts import decimal_text, until

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What goes with it: the statement as a file, where the readers' own page lies, the name of the mail before it, if any."""

    file: Attached
    page: str | None = None
    first: str | None = None


def title(document: Json, language: str) -> str:
    """``Acme Portal: availability in June 2026, kept``."""
    words, cover = _words(language), document["cover"]
    key = "restated" if cover["version"] > 1 else "subject"
    verdict = words.say(f"st.short.{cover['verdict']}")
    return subject(words.say(f"st.mail.{key}", site=clean(cover["site_name"]), dates=title_dates(cover, words), verdict=verdict))


def written(document: Json, reader: Reader, provider: Provider, message_id: str, with_: Enclosed, queued_at: Instant) -> bytes:
    """The finished mail for one reader."""
    words, cover = _words(reader.language), document["cover"]
    lead = words.say(f"st.verdict.{cover['verdict']}")
    rows = tuple(_rows(document, reader, with_, words))
    both = forms(words.language, lead, rows, _TONES[cover["verdict"]])
    return rendered(
        Mail(
            message_id=message_id,
            sender=(provider.name, provider.sender),
            recipient=(reader.name, reader.address),
            subject=title(document, reader.language),
            date=queued_at,
            language=words.language,
            plain=both.plain,
            html=both.html,
            reply_to=provider.reply_to,
            first=with_.first,
            attached=with_.file,
            headers={
                "X-Threenines-Notice": f"statement; site={cover['site']}; period={cover['period']}; version={cover['version']}"
            },
        )
    )


_TONES: Mapping[str, Tone] = {"met": "done", "breached": "urgent", "undetermined": "news", "pending": "calm"}


def _rows(document: Json, reader: Reader, with_: Enclosed, words: Catalogue) -> Iterator[Row]:
    cover, arithmetic = document["cover"], document["arithmetic"]
    yield Row("hello", words.say("st.mail.hello", name=clean(reader.name)), (_opening(cover, words),))
    yield Row("now", words.say("st.contract"), tuple(_figures(arithmetic, words)))
    if deltas := document["versions"][-1]["deltas"]:
        yield Row("why", words.say("st.mail.because"), tuple(_deltas(deltas, cover["zone"], words)))
    yield Row("file", with_.file.name, (words.say("st.mail.attached"),))
    if with_.page is not None:
        yield Row("links", words.say("st.site"), (Link(words.say("st.mail.page"), with_.page),))
    proof = document["proof"]
    head = words.say("st.mail.audit", head=f"{proof['audit_seq']}:{proof['audit_sha256']}")
    yield Row("because", words.say("st.proof"), (head, words.say("st.mail.why", customer=clean(reader.customer))))


def _opening(cover: Json, words: Catalogue) -> str:
    key, site = "again" if cover["version"] > 1 else "first", clean(cover["site_name"])
    dates = title_dates(cover, words)
    return words.say(f"st.mail.{key}", site=site, dates=dates, version=cover["version"], before=cover["replaces"])


def _figures(arithmetic: Json, words: Catalogue) -> Iterator[str]:
    """Availability and goal, what counted, what was allowed, what was left out and what nobody measured."""
    goal = figures.goal_percent(Fraction(arithmetic["goal"]), words)
    yield f"{share(arithmetic['availability_percent'], words)} – {words.say('st.goal')} {goal}"
    told = [("st.counted", "counted_seconds"), ("st.mail.allowed", "allowed_seconds")]
    told += [("st.excluded", "excluded_seconds")] if Fraction(arithmetic["excluded_seconds"]) else []
    told += [("st.unknown", "unknown_seconds")] if Fraction(arithmetic["unknown_seconds"]) else []
    for key, name in told:
        lasting = figures.downtime(Fraction(arithmetic[name]) * SECOND, words)
        yield f"{words.say(key)}: {lasting} ({seconds(arithmetic[name], words)} s)"


def _deltas(deltas: list[Json], zone: str, words: Catalogue) -> Iterator[str]:
    """Each fact that was recorded since, with what it adds to the counted downtime, then the sum."""
    for one in deltas:
        said = words.texts.get(f"st.said.{one['said']}", one["said"])
        what = words.say(f"st.delta.{one['kind']}", of=clean(one["of"]), said=clean(said))
        at = words.say("st.recorded", at=moments.moment(until(one["recorded_at"]), zone, catalogue=words))
        yield f"{_signed(Fraction(one['counted_seconds']), words)}: {what} ({at})"
    total = sum((Fraction(one["counted_seconds"]) for one in deltas), Fraction(0))
    yield words.say("st.mail.together", seconds=_signed(total, words))


def _signed(value: Fraction, words: Catalogue) -> str:
    return f"{'+' if value > 0 else ''}{seconds(decimal_text(value), words)} s"


def _words(language: str) -> Catalogue:
    return STATEMENTS.get(language, STATEMENTS["en"])
