"""The notes of a release are read whole, or every mistake is told with its line."""

from __future__ import annotations

from datetime import date

from reports.release_note import LONGEST_BYTES, Mistaken, ReleaseNote, read

GOOD = """\
---
version: 10.18.3
date: 2026-12-01
title: "Faster enrolment"
rollout: RO-2026-0001
public: yes
---

## New features
- Enrolment takes *half* the time.

## Fixed issues

A lost mail is found again.

Both of them.
"""


def test_front_matter_and_sections_are_read_and_what_is_not_there_is_empty() -> None:
    assert read(GOOD) == ReleaseNote(
        "10.18.3",
        date(2026, 12, 1),
        "Faster enrolment",
        "RO-2026-0001",
        True,
        {
            "features": "- Enrolment takes *half* the time.",
            "known": "",
            "fixed": "A lost mail is found again.\n\nBoth of them.",
            "other": "",
        },
    )


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    front = "---\ndate: 1 Dec\ntitel: X\nversion: 1\nversion: 2\npublic: perhaps\n---\n"
    wrong = f"{front}Hello\n## News\n## Known issues\n## known issues\n"
    found = read(wrong)
    assert isinstance(found, Mistaken)
    assert [one.message for one in found.faults] == [
        "line 2: date is no day",
        "line 3: no such member of the front matter",
        "line 5: version is said twice",
        "line 6: public is neither yes nor no",
        "line 7: title is missing",
        "line 8: a line before the first section",
        "line 9: no such section",
        "line 11: this section is there twice",
    ]
    assert (found.faults[0].got, found.faults[0].expected) == ("1 Dec", "a day like 2026-12-01")


def test_what_is_no_such_file_at_all() -> None:
    for text in ("", "Hello", "---\nversion: 1\n", "---\n" + "x" * LONGEST_BYTES):
        found = read(text)
        assert isinstance(found, Mistaken) and len(found.faults) == 1, text[:20]
