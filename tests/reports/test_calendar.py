from __future__ import annotations

from dataclasses import replace

from page_examples import AT, customer_page

from reports.calendar import calendar, event
from reports.maintenance_calendar import FOLD
from sla.span import DAY


def unfolded(body: bytes) -> list[str]:
    assert body.endswith(b"END:VCALENDAR\r\n") and b"\n" not in body.replace(b"\r\n", b"")
    return body.decode().replace("\r\n ", "").split("\r\n")


def test_each_maintenance_is_an_event_with_its_revision() -> None:
    lines = unfolded(calendar(customer_page()))
    assert lines[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//threenines//maintenance//EN", "METHOD:PUBLISH"]
    assert [line for line in lines if line.startswith("UID:")] == [f"UID:mnt{n}@status.example" for n in (1, 2, 3)]
    assert [line for line in lines if line.startswith("SEQUENCE:")] == ["SEQUENCE:1", "SEQUENCE:0", "SEQUENCE:1"]
    assert [line for line in lines if line.startswith("STATUS:")] == ["STATUS:CONFIRMED", "STATUS:CONFIRMED", "STATUS:CANCELLED"]
    assert "DTSTART:20261129T133720Z" in lines and "X-PUBLISHED-TTL:PT15M" in lines


def test_what_is_long_past_is_left_out() -> None:
    page = replace(customer_page(), as_of=AT + 92 * DAY)
    assert [line for line in unfolded(calendar(page)) if line.startswith("UID:")] == [
        "UID:mnt2@status.example",
        "UID:mnt3@status.example",
    ]


def test_text_is_escaped_and_no_line_is_too_long_nor_a_character_broken() -> None:
    page = customer_page()
    named = replace(page.groups[1].entries[0], name="Wöb; a, b\\c\nBEGIN:VEVENT " + "ü" * 200)
    page = replace(page, groups=(page.groups[0], replace(page.groups[1], entries=(named,))))
    body = event(page.maintenances[1], page)
    assert all(len(line) <= FOLD for line in body.split(b"\r\n"))
    lines = unfolded(body)
    assert lines.count("BEGIN:VEVENT") == 1
    assert any("Wöb\\; a\\, b\\\\cBEGIN:VEVENT" in line or "Wöb\\; a\\, b\\\\c\\nBEGIN:VEVENT" in line for line in lines)


def test_who_also_gets_mails_finds_the_same_event_in_them() -> None:
    page = customer_page()
    named = replace(page.maintenances[0], uid="mnt-2026-0042.contoso@p.example", title="Rolling update")
    lines = unfolded(event(named, page))
    assert "UID:mnt-2026-0042.contoso@p.example" in lines and "SUMMARY:Rolling update" in lines
