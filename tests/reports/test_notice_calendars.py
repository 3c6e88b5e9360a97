"""The calendar part of every notice, language, mode and of a dozen zones, read by two parsers that others wrote."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from test_maintenance_notice import FIRST, MODES, NAME, NOTICE, PROVIDER, QUEUED, READER, REVISION, STEPS

from reports.maintenance_calendar import FOLD
from reports.maintenance_notice import Kind, Notice, Reader, mail, subject
from sla.maintenance import Status
from sla.span import DAY, MINUTE, Span

ROOT = Path(__file__).resolve().parents[2]
READS = ROOT / ".venv" / "node" / "node_modules" / "ical.js" / "dist" / "ical.js"
SCRIPT = Path(__file__).with_name("read_calendars.mjs")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
)
Case = tuple[str, Notice, Reader, str]


def case(notice: Notice, reader: Reader) -> Case | None:
    part = mail(notice, reader, PROVIDER, NAME, FIRST, QUEUED).calendar
    return None if part is None else (f"{reader.language} {reader.zone} {reader.mode}", notice, reader, part.text)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    readers = [
        replace(READER, language=language, zone=zone, mode=mode) for language in ("en", "de") for zone in ZONES for mode in MODES
    ]
    found = [case(notice, reader) for notice in STEPS.values() for reader in readers]
    return [one for one in found if one is not None]


def read_by_others(texts: list[str]) -> list[dict[str, Any]]:
    """What ical.js finds."""
    if not READS.exists():
        if os.environ.get("CI"):
            pytest.fail("ical.js is missing: sh .make/servers installs it")
        pytest.skip("ical.js is missing: the calendars were not read by it")
    done = subprocess.run(["node", str(SCRIPT), str(READS)], input=json.dumps(texts), capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def test_every_part_gives_back_the_exact_values(cases: list[Case]) -> None:
    assert len(cases) == (len(STEPS) * 3 - 2) * 2 * len(ZONES), "a reminder has none but where it is a file"
    for (named, notice, reader, _), read in zip(cases, read_by_others([text for *_, text in cases]), strict=True):
        now, method = notice.now, {"attach": None, "publish": "PUBLISH"}.get(reader.mode, read["method"])
        assert (read["events"], read["others"], read["ids"]) == (1, 0, ["MNT-2026-0042"]), named
        assert (read["uid"], read["sequence"]) == ("mnt-2026-0042.acme@status.p.example", now.sequence), named
        assert (read["start"], read["end"], read["zone"]) == (now.span.start, now.span.end, "UTC"), named
        assert read["stamp"] == (now.made_at if method is None else QUEUED) // 1000 * 1000, named
        assert (read["state"], read["method"]) == ([now.status.value], method), named
        assert read["objects"] == [[name, impact.word] for name, impact in sorted(now.objects.items())], named
        assert read["summary"] == subject(notice, reader).partition("] ")[2] and now.title in read["description"], named
        assert read["attendees"] == (["mailto:ada@acme.example"] if reader.mode == "invite" else []), named
        if reader.mode == "invite":
            assert read["method"] == ("CANCEL" if now.status is Status.CANCELLED else "REQUEST"), named


def test_both_readers_find_the_same(cases: list[Case]) -> None:
    some = cases[::7]
    for (named, *_, text), read in zip(some, read_by_others([one[-1] for one in some]), strict=True):
        (event,) = Calendar.from_ical(text).walk("VEVENT")
        assert not event.errors and str(event["UID"]) == read["uid"], named
        assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (read["summary"], read["description"]), named
        assert event.decoded("DTSTART").timestamp() * 1000 == read["start"], named


def test_no_line_is_too_long_and_none_ends_otherwise(cases: list[Case]) -> None:
    for named, *_, text in cases:
        octets = text.encode()
        assert (
            octets.endswith(b"\r\n") and b"\n" not in octets.replace(b"\r\n", b"") and b"\r" not in octets.replace(b"\r\n", b"")
        )
        assert max(map(len, octets.split(b"\r\n"))) <= FOLD, named


@pytest.mark.parametrize("mode", ["attach", "publish", "invite"])
def test_a_change_moves_the_event_that_is_there_and_a_cancellation_ends_it(mode: Any) -> None:
    reader = replace(READER, mode=mode)
    first, moved = replace(REVISION, sequence=0), Span(REVISION.span.start + DAY, REVISION.span.end + DAY)
    life = (
        replace(NOTICE, kind=Kind.ANNOUNCED, now=first),
        replace(NOTICE, kind=Kind.CHANGED, now=replace(REVISION, span=moved, made_at=QUEUED + MINUTE), was=REVISION.span),
        replace(NOTICE, kind=Kind.CANCELLED, now=replace(REVISION, span=moved, sequence=2, status=Status.CANCELLED)),
    )
    found = [case(notice, reader) for notice in life]
    kept: dict[str, dict[str, Any]] = {}
    for event in read_by_others([one[-1] for one in found if one is not None]):
        before = kept.get(event["uid"])
        assert before is None or event["sequence"] == before["sequence"] + 1, "a calendar takes only what is newer"
        kept[event["uid"]] = event
        assert (event["start"] == moved.start) is (event["sequence"] > 0)
    (last,) = kept.values()
    assert last["status"] == "CANCELLED" and (last["method"] == "CANCEL") is (mode == "invite")
