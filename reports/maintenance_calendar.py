"""The calendar part of a maintenance notice: iCalendar (RFC 5545) with the MAINTNOTE properties that machines read.

One event, one maintenance id, UTC only, lines in a fixed order under CRLF, folded at 75 octets.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports.mail import Method
from reports.moments import utc
from sla.maintenance import Impact, Status
from sla.span import Instant, Span

FOLD = 75
_EVENT_STATUS = {Status.TENTATIVE: "TENTATIVE", Status.CANCELLED: "CANCELLED"}


@dataclass(frozen=True, slots=True)
class Event:
    """One revision of a maintenance for one account.

    ``objects`` are what is worked on, by the contract's names (``site/component`` or ``site``), each with its impact.
    ``revised_at`` is when this revision was made, ``created_at`` the first. ``attendee``: name and address, for invitations.
    """

    maintenance: str
    account: str
    domain: str
    provider: str
    sequence: int
    revised_at: Instant
    created_at: Instant
    span: Span
    status: Status
    impact: Impact
    objects: Mapping[str, Impact]
    summary: str
    description: str
    organizer: tuple[str, str]
    url: str | None = None
    related_to: str | None = None
    attendee: tuple[str, str] | None = None


def uid(maintenance: str, account: str, domain: str) -> str:
    """The event's name: never another for the same maintenance and account."""
    return f"{maintenance.lower()}.{account}@{domain}"


def calendar(event: Event, method: Method | None = None) -> str:
    """The whole calendar object."""
    return "".join(f"{folded}\r\n" for line in _lines(event, method) for folded in fold(line))


def _lines(event: Event, method: Method | None) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//threenines//maintenance 1//EN", "CALSCALE:GREGORIAN")
    if method is not None:
        yield f"METHOD:{method}"
    yield "BEGIN:VEVENT"
    yield f"UID:{uid(event.maintenance, event.account, event.domain)}"
    yield f"SEQUENCE:{event.sequence}"
    for name, at in (("DTSTAMP", event.revised_at), ("LAST-MODIFIED", event.revised_at), ("CREATED", event.created_at)):
        yield f"{name}:{stamp(at)}"
    yield f"DTSTART:{stamp(event.span.start)}"
    yield f"DTEND:{stamp(event.span.end)}"
    yield f"SUMMARY:{escaped(event.summary)}"
    yield f"DESCRIPTION:{escaped(event.description)}"
    if event.url is not None:
        yield f"URL:{event.url}"
    yield from ("CATEGORIES:MAINTENANCE", "TRANSP:TRANSPARENT", "CLASS:PRIVATE")
    yield f"STATUS:{_EVENT_STATUS.get(event.status, 'CONFIRMED')}"
    yield f"ORGANIZER;CN={quoted(event.organizer[0])}:mailto:{event.organizer[1]}"
    if event.attendee is not None:
        name, address = event.attendee
        yield (f"ATTENDEE;CN={quoted(name)};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{address}")
    if event.related_to is not None:
        yield f"RELATED-TO:{event.related_to}"
    yield from _maintnote(event)
    yield from ("END:VEVENT", "END:VCALENDAR")


def _maintnote(event: Event) -> Iterator[str]:
    yield f"X-MAINTNOTE-PROVIDER:{event.provider}"
    yield f"X-MAINTNOTE-ACCOUNT:{event.account}"
    yield f"X-MAINTNOTE-MAINTENANCE-ID:{event.maintenance}"
    for name, impact in sorted(event.objects.items()):
        yield f"X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT={impact.word}:{name}"
    yield f"X-MAINTNOTE-IMPACT:{event.impact.word}"
    yield f"X-MAINTNOTE-STATUS:{event.status.value}"


def stamp(at: Instant) -> str:
    """A UTC instant to the second: ``20261201T220000Z``."""
    return f"{utc(at):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Text as a property's value; controls that no calendar may hold are left out."""
    kept = "".join(char for char in text.replace("\r\n", "\n") if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def quoted(text: str) -> str:
    """Text as a parameter's value: quotation marks have no escape there."""
    kept = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))
    return '"' + kept.replace('"', "'") + '"'


def fold(line: str) -> Iterator[str]:
    """A content line in pieces of at most 75 octets, the later ones behind a space; no character is torn."""
    piece, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > FOLD:
            yield piece
            piece, size = " ", 1
        piece, size = piece + char, size + octets
    yield piece
