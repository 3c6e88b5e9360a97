"""Every document of one page, by its address below the page: for people, tools, feed readers, calendars, badges.

One snapshot, many renderings: nothing here knows anything that the snapshot does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from reports import (
    accessibility_page,
    badge,
    calendar,
    event_page,
    feed,
    history_page,
    request_page,
    snapshot_json,
    statements_page,
    status_page,
    statuspage_v2,
)
from reports.catalogue import Catalogue
from reports.frame import Place
from reports.languages import CATALOGUES
from reports.snapshot import Entry, PageSnapshot

HTML, JSON, SVG = "text/html; charset=utf-8", "application/json; charset=utf-8", "image/svg+xml"
ATOM, RSS, CALENDAR = "application/atom+xml; charset=utf-8", "application/rss+xml; charset=utf-8", "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Rendering:
    """One document: where it lies below the page, what it is, how it is made.

    ``ages``: it says how things are now, so that it has a stale twin. ``hot``: most readers want it.
    """

    path: str
    content_type: str
    render: Callable[[PageSnapshot], bytes]
    ages: bool = True
    hot: bool = False


def renderings(page: PageSnapshot) -> Iterator[Rendering]:
    """All documents of ``page``; none is made yet. Machines' documents are in the page's first language."""
    catalogue = CATALOGUES[page.language]
    yield Rendering("api/v1/snapshot", JSON, snapshot_json.document)
    for path in statuspage_v2.PATHS:
        yield Rendering(f"api/v2/{path}", JSON, partial(statuspage_v2.document, path, catalogue=catalogue))
    yield Rendering("history.atom", ATOM, partial(feed.atom, catalogue=catalogue), ages=False)
    yield Rendering("history.rss", RSS, partial(feed.rss, catalogue=catalogue), ages=False)
    yield Rendering("maintenance.ics", CALENDAR, partial(calendar.calendar, catalogue=catalogue), ages=False)
    for one in page.maintenances:
        yield Rendering(f"maintenance/{one.id}.ics", CALENDAR, partial(calendar.event, one, catalogue=catalogue), ages=False)
    if page.statements:
        yield Rendering("statements/index.json", JSON, statements_page.data, ages=False)
    for entry in page.entries:
        yield from _badges(entry, catalogue)
    for language, spoken in CATALOGUES.items():
        yield from _for_people(page, spoken, "" if language == page.language else f"{language}/")


def _for_people(page: PageSnapshot, catalogue: Catalogue, folder: str) -> Iterator[Rendering]:
    """The pages of one language, in its folder; the page itself lies under the folder's own name."""
    say = partial(status_page.render, catalogue=catalogue, place=Place(folder=folder))
    yield Rendering(folder, HTML, say, hot=not folder)

    def lying(path: str, render: Callable[[PageSnapshot], bytes]) -> Rendering:
        """A page that tells of the past: it never ages."""
        return Rendering(folder + path, HTML, render, ages=False)

    for month in (None, *history_page.months(page)):
        place = Place(f"history/{month:%Y-%m}.html" if month else "history/index.html", folder)
        yield lying(place.name, partial(history_page.render, catalogue=catalogue, month=month, place=place))
    for told in page.incidents:
        yield lying(f"incidents/{told.id}.html", partial(event_page.incident, told, catalogue=catalogue, folder=folder))
    for one in page.maintenances:
        yield lying(f"maintenance/{one.id}.html", partial(event_page.maintenance, one, catalogue=catalogue, folder=folder))
    for release in page.releases:
        yield lying(f"releases/{release.id}.html", partial(event_page.release, release, catalogue=catalogue, folder=folder))
    if page.statements:
        yield lying(statements_page.PLACE, partial(statements_page.render, language=catalogue.language, folder=folder))
    if page.asks:
        yield lying(request_page.NAME, partial(request_page.render, catalogue=catalogue, folder=folder))
    yield lying("accessibility.html", partial(accessibility_page.render, catalogue=catalogue, folder=folder))


def _badges(entry: Entry, catalogue: Catalogue) -> Iterator[Rendering]:
    for name, say in (("status", badge.status), ("availability-30d", badge.availability)):
        if name == "status" or entry.days:
            drawn, told = (partial(_badge, entry.key, say, form, catalogue) for form in (badge.svg, badge.endpoint))
            yield Rendering(f"badge/{entry.key}/{name}.svg", SVG, drawn)
            yield Rendering(f"badge/{entry.key}/{name}.json", JSON, told)


def _badge(
    key: str,
    say: Callable[[Entry, PageSnapshot, Catalogue], badge.Badge],
    form: Callable[[badge.Badge], bytes],
    catalogue: Catalogue,
    page: PageSnapshot,
) -> bytes:
    """A badge of the entry ``key`` of whatever ``page`` it is asked of: its own, or the stale twin."""
    entry = next(entry for entry in page.entries if entry.key == key)
    return form(say(entry, page, catalogue))
