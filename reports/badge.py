"""Badges: a label and one word, as an image or for a service that draws it. Stale pages say unknown."""

from __future__ import annotations

import json

from markupsafe import escape

from reports import figures
from reports.catalogue import ENGLISH, Catalogue
from reports.plain import plain
from reports.snapshot import Entry, PageSnapshot
from reports.standing import Shown, shown
from sla.state import State

LONGEST = 60
"""Characters of a label: a badge is one short line."""
_WIDTH = 6.6
_COLOURS = {"up": "#217a4b", "degraded": "#8f5b00", "down": "#b3261e", "unknown": "#565b64"}
_WORDS = {
    Shown.OPERATIONAL: "up",
    Shown.UNDER_MAINTENANCE: "unknown",
    Shown.DEGRADED: "degraded",
    Shown.PARTIAL_OUTAGE: "down",
    Shown.MAJOR_OUTAGE: "down",
}
Badge = tuple[str, str, str]
"""Label, message, and the word whose colour it has."""


def status(entry: Entry, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> Badge:
    """How an entry is now."""
    word = "unknown" if page.stale or entry.state is State.UNKNOWN else _WORDS[shown(entry, page)]
    maintained = shown(entry, page) is Shown.UNDER_MAINTENANCE
    return entry.name, catalogue.say("banner.maintenance" if maintained else f"state.{word}"), word


def availability(entry: Entry, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> Badge:
    """The share of the last 30 days; words instead where too little was measured to say one."""
    of, label = entry.figures, f"{entry.name}, {catalogue.say('badge.availability')}"
    if page.stale:
        return label, catalogue.say("state.unknown"), "unknown"
    if of is None or of.availability is None or of.observed is None or not figures.well_measured(of):
        return label, catalogue.say("nothing_measured"), "unknown"
    share = of.availability if page.customer else of.observed
    word = "up" if of.goal is None or of.verdict is None else {"met": "up", "breached": "down"}.get(of.verdict.value, "unknown")
    return label, figures.percent(share, catalogue), word


def svg(badge: Badge) -> bytes:
    """The badge as an image that says itself to a screen reader; no font is loaded."""
    label, message = (_short(text) for text in badge[:2])
    left, right = (round(len(text) * _WIDTH + 12) for text in (label, message))
    whole, said = left + right, escape(f"{label}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<rect width="{whole}" height="20" rx="3" fill="#33373d"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" fill="{_COLOURS[badge[2]]}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 12}">{escape(label)}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{escape(message)}</text></g></svg>\n'
    ).encode()


def endpoint(badge: Badge) -> bytes:
    """The badge for a service that draws it: schema version 1, nothing else."""
    label, message = (_short(text) for text in badge[:2])
    told = {"schemaVersion": 1, "label": label, "message": message, "color": _COLOURS[badge[2]], "isError": badge[2] == "down"}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _short(text: str) -> str:
    clean = str(plain(text))
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"
