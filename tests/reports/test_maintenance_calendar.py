"""The calendar part, read by a library that others wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from reports.mail import Method
from reports.maintenance_calendar import FOLD, Event, calendar, fold, uid
from sla.maintenance import Impact, Status
from sla.span import Span
from sla.texts import instant

EVENT = Event(
    maintenance="MNT-2026-0042",
    account="acme",
    domain="status.p.example",
    provider="p.example",
    sequence=3,
    revised_at=instant("2026-11-24T10:00:00Z"),
    created_at=instant("2026-11-20T10:00:00Z"),
    span=Span(instant("2026-12-01T22:00:00Z"), instant("2026-12-02T00:00:00Z")),
    status=Status.CONFIRMED,
    impact=Impact.DEGRADED,
    objects={"acme-prod/node-1": Impact.REDUCED_REDUNDANCY, "acme-prod/database": Impact.DEGRADED},
    summary="Update; with, marks \\ and\nlines",
    description="Grüße " * 40,
    organizer=('Betrieb "Nord"', "ops@p.example"),
    url="https://status.p.example/p/x/",
)
ONCE = ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "ORGANIZER", "X-MAINTNOTE-PROVIDER", "X-MAINTNOTE-ACCOUNT")
ONCE += ("X-MAINTNOTE-MAINTENANCE-ID", "X-MAINTNOTE-IMPACT", "X-MAINTNOTE-STATUS", "SUMMARY", "DESCRIPTION")


def lines(text: str) -> list[str]:
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")


@pytest.mark.parametrize("method", [None, "PUBLISH", "REQUEST", "CANCEL"])
@pytest.mark.parametrize("status", Status)
def test_a_strict_reader_finds_the_exact_values(method: Method | None, status: Status) -> None:
    attendee = ("Ada", "ada@acme.example") if method in ("REQUEST", "CANCEL") else None
    read = Calendar.from_ical(calendar(replace(EVENT, status=status, attendee=attendee), method))
    assert read.get("METHOD") == method
    (event,) = read.walk("VEVENT")
    assert not event.errors
    assert event.decoded("DTSTART") == datetime(2026, 12, 1, 22, tzinfo=UTC)
    assert event.decoded("DTEND") == datetime(2026, 12, 2, tzinfo=UTC)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (EVENT.summary, EVENT.description)
    assert (str(event["UID"]), int(event["SEQUENCE"])) == ("mnt-2026-0042.acme@status.p.example", 3)
    assert str(event["X-MAINTNOTE-STATUS"]) == status.value
    assert [(str(one), one.params["X-MAINTNOTE-OBJECT-IMPACT"]) for one in event["X-MAINTNOTE-OBJECT-ID"]] == [
        ("acme-prod/database", "DEGRADED"),
        ("acme-prod/node-1", "REDUCED-REDUNDANCY"),
    ]
    assert (attendee is None) == ("ATTENDEE" not in event)
    expected = {Status.TENTATIVE: "TENTATIVE", Status.CANCELLED: "CANCELLED"}.get(status, "CONFIRMED")
    assert str(event["STATUS"]) == expected


def test_each_property_that_machines_read_stands_once() -> None:
    names = [line.partition(":")[0].partition(";")[0] for line in lines(calendar(EVENT))]
    assert [names.count(name) for name in ONCE] == [1] * len(ONCE)
    assert names.count("BEGIN") == names.count("END") == 2


def test_the_name_never_changes_with_a_revision() -> None:
    assert uid("MNT-2026-0042", "acme", "d.example") == "mnt-2026-0042.acme@d.example"
    moved = calendar(replace(EVENT, sequence=4, span=Span(EVENT.span.start + 1000, EVENT.span.end)))
    assert [line for line in lines(moved) if line.startswith("UID")] == [
        line for line in lines(calendar(EVENT)) if line[:3] == "UID"
    ]


@given(st.text(max_size=400))
def test_folding_tears_no_character_and_loses_none(text: str) -> None:
    line = "X:" + text.encode("utf-8", "ignore").decode()
    pieces = list(fold(line))
    assert all(len(piece.encode()) <= FOLD for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    assert all(piece.startswith(" ") for piece in pieces[1:])


@given(st.text(max_size=200), st.text(max_size=40))
def test_no_text_becomes_a_property(text: str, name: str) -> None:
    text, name = (one.encode("utf-8", "ignore").decode() for one in (text, name))
    hostile = replace(EVENT, summary=text, description=text, organizer=(name, "ops@p.example"))
    assert len(lines(calendar(hostile))) == len(lines(calendar(EVENT)))
