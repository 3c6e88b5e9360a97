"""Maintenance as a calendar (RFC 5545) that people subscribe to: what is to come, and what was in the last 90 days."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from reports import moments, said
from reports.catalogue import ENGLISH, Catalogue
from reports.events import Maintenance
from reports.plain import plain, readable
from reports.snapshot import PageSnapshot
from sla.maintenance import Status
from sla.span import DAY, Instant

PAST_MS = 90 * DAY
OCTETS = 75
"""A line of a calendar holds no more (RFC 5545, 3.1)."""
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
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def _head(page: PageSnapshot, catalogue: Catalogue) -> Iterator[str]:
    title = _text(catalogue.say("calendar.title", name=plain(page.customer or page.provider)))
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//threenines//maintenance//EN", "METHOD:PUBLISH")
    yield from (f"NAME:{title}", f"X-WR-CALNAME:{title}")
    yield from ("REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M")


def _event(one: Maintenance, page: PageSnapshot, catalogue: Catalogue) -> Iterator[str]:
    last, host = one.last, urlsplit(page.url).hostname or "localhost"
    yield from ("BEGIN:VEVENT", f"UID:{one.id}@{host}", f"SEQUENCE:{len(one.announcements) - 1}")
    yield from (f"DTSTAMP:{_utc(last.at)}", f"CREATED:{_utc(one.created_at)}", f"LAST-MODIFIED:{_utc(last.at)}")
    yield from (f"DTSTART:{_utc(last.span.start)}", f"DTEND:{_utc(last.span.end)}")
    yield f"SUMMARY:{_text(said.maintenance_name(one, page, catalogue))}"
    yield f"DESCRIPTION:{_text(said.announcement_body(last, page, catalogue))}"
    yield from (f"URL:{page.url}/maintenance/{one.id}.html", f"STATUS:{_STATUS.get(last.status, 'CONFIRMED')}", "END:VEVENT")


def _utc(at: Instant) -> str:
    return f"{moments.utc(at):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Text with what would end it escaped (RFC 5545, 3.3.11)."""
    clean = readable(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return clean.replace("\n", "\\n")


def folded(line: str) -> str:
    """``line`` broken so that no piece is longer than ``OCTETS``, and no character is broken."""
    pieces, piece, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + char, size + width
    return "\r\n".join([*pieces, piece])
