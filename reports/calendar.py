"""Maintenance as a calendar (RFC 5545) that people subscribe to: what is to come, and what was in the last 90 days."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from reports import said
from reports.catalogue import ENGLISH, Catalogue
from reports.events import Maintenance
from reports.maintenance_calendar import escaped, fold, stamp
from reports.plain import plain, readable
from reports.snapshot import PageSnapshot
from sla.maintenance import Status
from sla.span import DAY

PAST_MS = 90 * DAY
_STATUS = {Status.TENTATIVE: "TENTATIVE", Status.CANCELLED: "CANCELLED"}


def calendar(page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> bytes:
    """All maintenance of ``page`` that is to come or is not long past."""
    wanted = [one for one in page.maintenances if one.last.span.end > page.as_of - PAST_MS]
    return _written(page, wanted, catalogue)


def event(one: Maintenance, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> bytes:
    """One maintenance as a calendar of its own."""
    return _written(page, [one], catalogue)


def _written(page: PageSnapshot, wanted: list[Maintenance], catalogue: Catalogue) -> bytes:
    lines = [*_head(page, catalogue), *(line for one in wanted for line in _event(one, page, catalogue)), "END:VCALENDAR"]
    return "".join(f"{piece}\r\n" for line in lines for piece in fold(line)).encode()


def _head(page: PageSnapshot, catalogue: Catalogue) -> Iterator[str]:
    title = _text(catalogue.say("calendar.title", name=plain(page.customer or page.provider)))
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//threenines//maintenance//EN", "METHOD:PUBLISH")
    yield from (f"NAME:{title}", f"X-WR-CALNAME:{title}")
    yield from ("REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M")


def _event(one: Maintenance, page: PageSnapshot, catalogue: Catalogue) -> Iterator[str]:
    last = one.last
    yield from ("BEGIN:VEVENT", f"UID:{one.uid or _uid(one, page)}", f"SEQUENCE:{len(one.announcements) - 1}")
    yield from (f"DTSTAMP:{stamp(last.at)}", f"CREATED:{stamp(one.created_at)}", f"LAST-MODIFIED:{stamp(last.at)}")
    yield from (f"DTSTART:{stamp(last.span.start)}", f"DTEND:{stamp(last.span.end)}")
    yield f"SUMMARY:{_text(said.maintenance_name(one, page, catalogue))}"
    yield f"DESCRIPTION:{_text(said.announcement_body(last, page, catalogue))}"
    yield from (f"URL:{page.url}/maintenance/{one.id}.html", f"STATUS:{_STATUS.get(last.status, 'CONFIRMED')}", "END:VEVENT")


def _uid(one: Maintenance, page: PageSnapshot) -> str:
    """The event's name where readers have no mails of it: the page's own id at the page's host."""
    return f"{one.id}@{urlsplit(page.url).hostname or 'localhost'}"


def _text(text: str) -> str:
    return escaped(readable(text))
