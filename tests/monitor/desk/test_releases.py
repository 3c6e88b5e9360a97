"""Release notes published over a real store: who is told, corrections in the same thread, and what each page may say."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from rollout_world import World, configured, world

from monitor.store import releases
from monitor.store.told import told

NOTES = """\
---
version: 10.18.3
date: 2026-07-01
title: Faster enrolment
%s
---
## New features
Enrolment takes half the time.
"""


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(configured(tmp_path)) as made:
        yield made


def mails(there: World, kind: str) -> list[tuple[str, str, str]]:
    """(to, subject, body) of all letters of that kind."""
    found = []
    for one in there.letters():
        if one.letter.key.kind == kind:
            text = message_from_bytes(one.letter.body, policy=SMTP).get_body(("plain",))
            assert text is not None
            found.append((one.letter.key.contact, one.letter.subject, text.get_content()))
    return sorted(found)


def test_each_customers_contact_is_told_with_the_own_date_and_nobody_of_our_own_site(there: World) -> None:
    key = there.drafted()
    there.good("release.announce", "ben", id=key, wave=2)
    text = NOTES % f"rollout: {key}"
    shown = there.show("release.publish", "ben", text=text).body
    assert shown is not None and [one["to"] for one in shown["letters"]] == ["ada@acme.example", "ada@globex.example"]
    done = there.good("release.publish", "ben", text=text)
    assert done["letters"] == [{"to": f"ada@{one}.example", "kind": "release"} for one in ("acme", "globex")]
    acme, globex = mails(there, "release")
    assert acme[:2] == ("ada@acme.example", "[Release 10.18.3] Faster enrolment")
    assert "Site acme: wave 2, Fri 10 Jul 2026, 00:00" in acme[2] or "Site acme: wave 2, Thu 9 Jul 2026, 22:00" in acme[2]
    assert "Site globex: your update is transparent; date follows" in globex[2] and "acme" not in globex[2]
    assert "Known issues\r\n  None" in acme[2] or "Known issues\n  None" in acme[2]


def test_a_correction_is_silent_unless_it_is_to_be_mailed_and_then_in_the_thread_of_the_first(there: World) -> None:
    there.good("release.publish", "ben", text=NOTES % "")
    assert [fault.code for fault in there.do("release.publish", "ben", text=NOTES % "").faults] == ["unchanged"]
    silent = there.good("release.publish", "ben", text=NOTES % "public: yes")
    assert silent["letters"] == [] and len(silent["release"]["editions"]) == 2
    there.good("release.publish", "ben", text=NOTES % "public: no", notify=True)
    (first, _), (corrected, _) = (
        [one.letter for one in there.letters() if one.letter.key.kind == kind] for kind in ("release", "release-corrected")
    )
    assert corrected.subject == "[Release 10.18.3 corrected] Faster enrolment"
    sent, again = (message_from_bytes(one.body, policy=SMTP) for one in (first, corrected))
    assert again["In-Reply-To"] == sent["Message-ID"] and again["Message-ID"] != sent["Message-ID"]


def test_what_is_wrong_is_told_at_once_and_nothing_is_published(there: World) -> None:
    key = there.drafted(version="10.19.0")
    reply = there.do("release.publish", "root", text=NOTES % f"rollout: {key}")
    assert sorted(fault.code for fault in reply.faults) == ["scope", "version"]
    unknown = there.do("release.publish", "ben", text=NOTES % "rollout: RO-2026-0009")
    assert [fault.code for fault in unknown.faults] == ["unknown-rollout"]
    lines = there.do("release.publish", "ben", text=(NOTES % "").replace("2026-07-01", "today").replace("## New", "## No"))
    assert [fault.message for fault in lines.faults] == ["line 3: date is no day", "line 7: no such section"]
    assert releases.every(there.db) == () and there.letters() == []


def test_pages_are_told_of_it_with_the_dates_of_sites(there: World) -> None:
    key = there.announced(waves=1)
    there.good("release.publish", "ben", text=NOTES % f"rollout: {key}")
    ((release, dates),) = told(there.db, ["acme"]).releases
    assert (release.version, dates and dates["acme"].span, dates and dates["own"].wave) == ("10.18.3", None, 1)
