"""Notices of maintenance as people read them: the right words first, plain and HTML alike, the calendar as wanted."""

from __future__ import annotations

import html as markup
import os
import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any, cast

import pytest

from reports.mail import Mail, rendered
from reports.maintenance_notice import Kind, Measured, Mode, Notice, Provider, Reader, Revision, mail, subject, written
from sla.maintenance import Impact, Status
from sla.span import MINUTE, SECOND, Span
from sla.texts import instant

GOLDEN = Path(__file__).parent / "golden"
PROVIDER = Provider(
    "Example Cloud Operations", "notices@p.example", "status.p.example", "ops@p.example, +49 30 1234567", "ops@p.example"
)
READER = Reader("Ada Lovelace", "ada@acme.example", "Acme GmbH", "en", "Europe/Berlin")
REVISION = Revision(
    "MNT-2026-0042",
    1,
    Status.CONFIRMED,
    Span(instant("2026-12-01T22:00:00Z"), instant("2026-12-02T00:00:00Z")),
    Impact.DEGRADED,
    "Rolling update 10.18.3 (wave 2)",
    instant("2026-11-24T10:00:00Z"),
    {"Database": Impact.DEGRADED, "Node 1": Impact.REDUCED_REDUNDANCY},
    about="Security fixes and a new report.\nThe release notes tell more.",
    objects={"acme-prod/database": Impact.DEGRADED, "acme-prod/node-1": Impact.REDUCED_REDUNDANCY},
)
WAS = Span(instant("2026-12-01T21:00:00Z"), instant("2026-12-01T23:00:00Z"))
NOTICE = Notice(
    Kind.CONFIRMED,
    REVISION,
    "acme",
    ("acme-prod", "Acme production"),
    instant("2026-11-20T10:00:00Z"),
    page="https://status.p.example/p/abc/",
    calendar_url="https://status.p.example/p/abc/maintenance.ics",
    own_url="https://status.p.example/p/abc/maintenance/m1.html",
)
MEASURED = Measured(degraded=4 * MINUTE + 10 * SECOND, down=0, unknown=0)
DONE = replace(REVISION, status=Status.COMPLETED, sequence=3, outcome="done")
STEPS = {
    "announced": replace(NOTICE, kind=Kind.ANNOUNCED, now=replace(REVISION, sequence=0)),
    "provisional": replace(NOTICE, kind=Kind.ANNOUNCED, now=replace(REVISION, sequence=0, status=Status.TENTATIVE)),
    "confirmed": NOTICE,
    "changed": replace(NOTICE, kind=Kind.CHANGED, was=WAS),
    "reminder": replace(NOTICE, kind=Kind.REMINDER),
    "started": replace(NOTICE, kind=Kind.STARTED, now=replace(REVISION, sequence=2, status=Status.IN_PROCESS)),
    "extended": replace(NOTICE, kind=Kind.EXTENDED, was=WAS, now=replace(REVISION, sequence=2, status=Status.IN_PROCESS)),
    "completed": replace(NOTICE, kind=Kind.COMPLETED, now=DONE, measured=MEASURED),
    "cancelled": replace(NOTICE, kind=Kind.CANCELLED, now=replace(REVISION, sequence=2, status=Status.CANCELLED)),
    "emergency": replace(NOTICE, kind=Kind.ANNOUNCED, now=replace(REVISION, emergency="A hole that is being used already.")),
}
MODES: tuple[Mode, ...] = ("attach", "publish", "invite", "off")
NAME, FIRST, QUEUED = "n1@status.p.example", "n0@status.p.example", instant("2026-11-24T10:00:01Z")


def made(step: str, reader: Reader = READER) -> tuple[str, str, str]:
    """Subject, plain text and the text of the HTML part."""
    one = mail(STEPS[step], reader, PROVIDER, NAME, FIRST, QUEUED)
    body = one.html.partition("<body")[2].partition(">")[2]
    text = markup.unescape(re.sub(r"<[^>]+>", " ", body))
    return one.subject, one.plain, " ".join(text.split())


def agreed(path: Path, said: str) -> None:
    """What people looked at once. Set GOLDEN=write to take what is made now, and then read it."""
    if os.environ.get("GOLDEN") == "write":
        path.write_text(said)
    assert said == path.read_text()


def parts(one: Mail) -> str:
    """What a mail program finds: the headers, the tree of parts with their types, the calendar as it stands in its part."""
    message = message_from_bytes(rendered(one), policy=cast(Any, SMTP))
    said = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        said.append(f"--- {part['Content-Type']}; {part['Content-Transfer-Encoding'] or ''} {part['Content-Disposition'] or ''}")
        if part.get_content_type() == "text/calendar":
            said.append(part.get_payload(decode=True).decode().replace("\r\n", "\n"))
    return "\n".join(line.rstrip() for line in said) + "\n"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("step", STEPS)
def test_a_notice_reads_as_agreed(step: str, language: str) -> None:
    reader = replace(READER, language=language)
    title, text, _ = made(step, reader)
    agreed(GOLDEN / f"notice-{step}-{language}.txt", f"Subject: {title}\n\n{text}")
    agreed(GOLDEN / f"notice-{step}-{language}.html", mail(STEPS[step], reader, PROVIDER, NAME, FIRST, QUEUED).html)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("step", STEPS)
def test_its_parts_are_those_agreed_for_the_readers_mode(step: str, language: str, mode: Mode) -> None:
    one = mail(STEPS[step], replace(READER, language=language, mode=mode), PROVIDER, NAME, FIRST, QUEUED)
    agreed(GOLDEN / f"notice-{step}-{language}-{mode}.mail", parts(one))


@pytest.mark.parametrize("step", STEPS)
def test_plain_and_html_say_the_same(step: str) -> None:
    _, text, html = made(step)
    assert " ".join(text.split()) == html
    assert all(len(line) <= 76 for line in text.splitlines() if "https://" not in line)


def test_the_first_screen_says_what_when_and_how_bad() -> None:
    _, text, _ = made("announced")
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings[:5] == ["We will carry out maintenance on Acme production.", "What", "When", "Level of impact", "Affected"]
    assert "What you must do\n  Nothing." in text


def test_a_change_begins_with_what_was_and_what_is() -> None:
    _, text, _ = made("changed")
    assert [line for line in text.splitlines() if line and not line.startswith(" ")][1:3] == ["Was", "Now"]
    assert "22:00 – Wed 2 Dec 2026, 00:00 CET" in text and "23:00 – Wed 2 Dec 2026, 01:00 CET" in text


def test_a_completion_holds_what_was_announced_against_what_was_measured() -> None:
    _, text, _ = made("completed")
    said = " ".join(text.replace("\u00a0", " ").split())
    assert (
        "Announced: slow or partly unavailable for up to 2 h. Measured: degraded 4 min 10 s, down 0 s, not measured 0 s." in said
    )


def test_an_emergency_says_so_and_why() -> None:
    title, text, _ = made("emergency")
    assert title.startswith("[Emergency maintenance announced] ")
    assert "Why at short notice\n  A hole that is being used already." in text


@pytest.mark.parametrize(
    ("mode", "kind", "method"),
    [
        ("attach", Kind.CHANGED, None),
        ("publish", Kind.CHANGED, "PUBLISH"),
        ("invite", Kind.CHANGED, "REQUEST"),
        ("invite", Kind.CANCELLED, "CANCEL"),
    ],
)
def test_the_calendar_comes_as_the_reader_wants_it(mode: Mode, kind: Kind, method: str | None) -> None:
    reader = replace(READER, mode=mode)
    part = mail(STEPS[kind.value], reader, PROVIDER, NAME, FIRST, QUEUED).calendar
    assert part is not None and part.method == method
    assert ("ATTENDEE" in part.text) is (mode == "invite")
    assert ("DTSTAMP:20261124T100001Z" in part.text) is (method is not None), "with a method the time of queueing"
    assert mail(STEPS[kind.value], replace(READER, mode="off"), PROVIDER, NAME, FIRST, QUEUED).calendar is None


def test_a_reminder_repeats_the_file_of_its_revision_byte_for_byte() -> None:
    parts = [
        mail(STEPS[step], READER, PROVIDER, NAME, FIRST, QUEUED + at).calendar
        for at, step in enumerate(("confirmed", "reminder"))
    ]
    assert parts[0] is not None and parts[0] == parts[1]
    for mode in ("publish", "invite"):
        assert mail(STEPS["reminder"], replace(READER, mode=mode), PROVIDER, NAME, FIRST, QUEUED).calendar is None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["x\r\nBcc: eve@e.example", "<script>alert(1)</script>", "a\u202eb", "y" * 10_000, "{hots}"])
def test_hostile_texts_stay_texts(text: str) -> None:
    rev = replace(REVISION, title=text, about=text, action=text, emergency=text, impacts={text: Impact.OUTAGE})
    notice = replace(NOTICE, now=rev, site=("acme-prod", text))
    one = mail(notice, replace(READER, customer=text), replace(PROVIDER, ask=text), NAME, FIRST, QUEUED)
    assert "<script" not in one.html and "\r" not in one.plain and "\u202e" not in one.plain
    data = written(notice, READER, PROVIDER, NAME, FIRST, QUEUED)
    assert b"\r\nBcc:" not in data and len(data) < 60_000
    assert len(subject(notice, READER)) < 700
