"""The list of statements on a customer's page: dates, verdict, figures, and every form of each version."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from itertools import groupby
from operator import attrgetter

from reports.frame import Place, rendered
from reports.published import Published
from reports.snapshot import PageSnapshot
from reports.statement_page import seconds, share, title_dates
from reports.statement_words import STATEMENTS
from sla.texts import until

PLACE = "statements/index.html"


def render(page: PageSnapshot, language: str, folder: str = "") -> bytes:
    """The list in one language, the newest dates of each site first."""
    words = STATEMENTS[language]
    return rendered(
        "statements.html",
        page,
        Place(PLACE, folder),
        words,
        sites=[(name, list(lines)) for name, lines in groupby(ordered(page.statements), attrgetter("site_name"))],
        dates_of=lambda one: title_dates({"first": one.first, "last": one.last, "period": one.period}, words),
        share=partial(share, catalogue=words),
        exact=partial(seconds, catalogue=words),
        at=until,
    )


def data(page: PageSnapshot) -> bytes:
    """The same for machines."""
    return json.dumps({"statements": [asdict(one) for one in ordered(page.statements)]}, ensure_ascii=False, indent=1).encode()


def ordered(lines: tuple[Published, ...]) -> list[Published]:
    """By site; the newest dates first, of equal ones the newest version."""
    newest = sorted(lines, key=lambda one: (one.last, one.first, one.version), reverse=True)
    return sorted(newest, key=lambda one: (one.site_name, one.site))
