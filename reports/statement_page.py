"""A statement as one HTML file that asks nobody for anything: style, charts and data are in it. Made of its document alone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from reports import figures, moments, statement_chart
from reports.catalogue import Catalogue
from reports.frame import environment, sayer
from reports.plain import firm
from reports.statement_words import SILENT, STATEMENTS
from reports.words import cause_words, excluded_words
from sla import texts
from sla.span import SECOND

SHOWN = 60
"""Spans without a measurement that are written out; an imported history may have thousands, and all are in the data."""
_THIN = "\u202f"
Json = Mapping[str, Any]


def render(document: Json, language: str = "en", others: Mapping[str, str] | None = None) -> bytes:
    """The statement as UTF-8 HTML. ``others`` are files in other languages by tag. Equal documents give equal bytes."""
    catalogue = STATEMENTS[language]
    made = environment().get_template("statement.html")
    text = made.render(d=document, cover=document["cover"], a=document["arithmetic"], others=others or {}, **_voice(catalogue))
    return text.encode()


@cache
def style() -> Markup:
    """The style sheet that every statement carries."""
    return Markup((files("reports") / "templates" / "statement.css").read_text())  # noqa: S704 - a file of ours


@cache
def style_source() -> str:
    """What a Content-Security-Policy must allow for it: the digest of the style sheet, and no other inline style."""
    return f"'sha256-{b64encode(sha256(style().encode()).digest()).decode()}'"


@cache
def _voice(catalogue: Catalogue) -> dict[str, Any]:
    said = partial(_duration, catalogue=catalogue)
    return {
        "language": catalogue.language,
        "languages": STATEMENTS,
        "say": sayer(catalogue),
        "style": style(),
        "seconds": partial(seconds, catalogue=catalogue),
        "lasting": said,
        "left": partial(_left, catalogue=catalogue),
        "share": partial(share, catalogue=catalogue),
        "day_share": partial(day_share, catalogue=catalogue),
        "goal": lambda ratio: figures.goal_percent(Fraction(ratio), catalogue),
        "moment": partial(_moment, catalogue=catalogue),
        "date": lambda text: moments.day(texts.day(text), catalogue),
        "dates": lambda first, last: moments.days(texts.day(first), texts.day(last), catalogue),
        "title_dates": partial(title_dates, catalogue=catalogue),
        "count": lambda first, last: (texts.day(last) - texts.day(first)).days + 1,
        "promised": partial(_promised, catalogue=catalogue),
        "cause": lambda slug: cause_words(slug, catalogue),
        "left_out": lambda code: excluded_words(code, catalogue),
        "reasons": lambda causes: list(_reasons(causes, catalogue)),
        "lost": partial(statement_chart.lost, catalogue=catalogue),
        "budget": partial(statement_chart.budget, catalogue=catalogue),
        "bad_days": lambda days: [row for row in days if _bad(row)],
        "longest": longest,
        "positive": lambda text: Fraction(text) > 0,
        "negative": lambda text: Fraction(text) < 0,
        "signed": lambda text: ("+" if Fraction(text) > 0 else "") + seconds(text, catalogue),
        "told": lambda delta: catalogue.texts.get(f"st.said.{delta['said']}", delta["said"]),
        "shown": SHOWN,
        "firm": firm,
    }


def seconds(text: str, catalogue: Catalogue) -> str:
    """Seconds as people read them: thousands apart, never rounded.

    >>> seconds("2592000.25", STATEMENTS["en"]).replace("\\u202f", "_")
    '2_592_000.25'
    """
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, _, part = digits.partition(".")
    first = len(whole) % 3 or 3
    groups = [whole[:first], *(whole[at : at + 3] for at in range(first, len(whole), 3))]
    return sign + _THIN.join(groups) + (catalogue.say("st.decimal") + part if part else "")


def title_dates(cover: Json, catalogue: Catalogue) -> str:
    """The dates that a statement speaks of: ``June 2026``, or the first and the last."""
    first, last = texts.day(cover["first"]), texts.day(cover["last"])
    return moments.days(first, last, catalogue) if ".." in cover["period"] else moments.month(first, catalogue)


def longest(silences: list[Json]) -> list[Json]:
    """Up to ``SHOWN`` spans, the longest of all, in order of time."""
    chosen = sorted(silences, key=lambda one: (-Fraction(one["seconds"]), one["from"]))[:SHOWN]
    return sorted(chosen, key=lambda one: one["from"])


def _duration(text: str, catalogue: Catalogue) -> str:
    return firm(figures.downtime(Fraction(text) * SECOND, catalogue))


def _left(text: str, catalogue: Catalogue) -> str:
    return figures.left(Fraction(text) * SECOND, catalogue)


def share(percent: str, catalogue: Catalogue) -> str:
    """A percent of the document; a word where there is no period."""
    if not percent:
        return catalogue.say("st.no_period")
    whole, _, decimals = percent.partition(".")
    return firm(catalogue.say("percent", whole=whole, decimals=decimals))


def day_share(row: Json, cover: Json, catalogue: Catalogue) -> str:
    """The share of a date; where part of it was not measured, what it lies between, and no share where nothing was.

    Where such time leaves the period by the agreement, the share is of the rest, and says so.
    """
    unknown, leaves = Fraction(row["unknown_seconds"]), cover["unknown"] == "remove-from-period"
    if not unknown:
        return share(row["availability_percent"], catalogue)
    if Fraction(row["period_seconds"]) <= (0 if leaves else unknown):
        return catalogue.say("st.day.unknown")
    if leaves:
        return catalogue.say("st.day.rest", share=share(row["availability_percent"], catalogue))
    worst, best = (share(row[f"availability_{bound}_percent"], catalogue) for bound in ("worst", "best"))
    return worst if worst == best else catalogue.say("st.day.between", worst=worst, best=best)


def _moment(text: str, zone: str, catalogue: Catalogue, exact: bool = True) -> str:
    return moments.moment(texts.until(text), zone, seconds=exact, catalogue=catalogue)


def _promised(document: Json, catalogue: Catalogue) -> str:
    """What time the goal speaks of."""
    if document["cover"]["judged_by"] == "any_days":
        return catalogue.say("st.span.any_days", days=document["worst_days"]["days"])
    return catalogue.say("st.span.month")


def _reasons(causes: list[str], catalogue: Catalogue) -> Iterator[str]:
    """Why nobody knew, in the customers' words; with no word of ours, nothing had looked."""
    yield from dict.fromkeys(catalogue.say(f"st.silent.{SILENT.get(one, 'nobody')}") for one in causes or ["never_checked"])


def _bad(row: Json) -> bool:
    return any(Fraction(row[name]) for name in ("observed_seconds", "counted_seconds", "unknown_seconds"))
