"""Each month's statement by itself: two days after its end in the site's zone, once, also after an absence, and mailed."""

from __future__ import annotations

import asyncio
import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from shutil import rmtree

import pytest
from desk_world import SITE, filled
from test_issue import approved, down

from monitor.config.configuration import Configuration, Mailing
from monitor.desk.deed import Installation
from monitor.desk.monthly import CATCH_UP, due, newest
from monitor.monthly import Monthly
from monitor.statement_shelf import Shelf
from monitor.store import audit, letters, statements
from monitor.store.letters import Kept, State
from sla.span import DAY, HOUR, MINUTE, Instant
from sla.texts import instant

MAIL = Mailing("127.0.0.1", 25, "none", "notices@p.example", "Northwind Cloud", "p.example")
TWO = SITE.replace(
    "contacts: [{name: Ada, email: ada@acme.example}]",
    "contacts: [{name: Ada, email: ada@acme.example}, {name: Jörg, email: joerg@acme.example, language: de},"
    " {name: Eve, email: eve@acme.example, kinds: [maintenance]}]",
)
JUNE_OVER = instant("2026-07-01T00:00:00+02:00")
"""The end of June in Berlin."""


class Office:
    """The monthly work over a real store, with a clock that is set by hand."""

    def __init__(self, folder: Path, site: str = TWO) -> None:
        self.store, self.now, self.poked = filled(folder, site=site), JUNE_OVER, 0
        self.configuration = replace(self.store.configuration, mailing=MAIL)
        self.pdf: bytes | None = b"%PDF-1.7"
        self.monthly = self.begun()

    def begun(self) -> Monthly:
        """The work as a start of the service finds it."""
        return Monthly(self.store.database, self.ours, lambda: self.now, self._poke, self._render)

    def ours(self) -> Installation:
        return Installation(self.configuration, b"k" * 32)

    def _poke(self) -> None:
        self.poked += 1

    async def _render(self, evidence: bytes, folder: Path) -> bool:
        if self.pdf is None:
            return False
        await asyncio.to_thread(folder.mkdir, parents=True)
        await asyncio.to_thread((folder / "statement.pdf").write_bytes, self.pdf)
        return True

    async def at(self, now: Instant, restarted: bool = False) -> list[tuple[str, int]]:
        """One round at ``now``; what is published then."""
        self.now = now
        if restarted:
            self.monthly = self.begun()
        await self.monthly.tend()
        return [(one.period, one.version) for one in self.store.look(lambda c: list(statements.every(c)))]

    def letters(self) -> list[tuple[Kept, EmailMessage]]:
        found = self.store.look(lambda c: letters.listed(c, list(State), 100))
        return [(one, email.message_from_bytes(one.letter.body, policy=email.policy.default)) for one in found]  # type: ignore[misc]


@pytest.fixture
def office(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Office(tmp_path)
    yield made
    made.store.database.close()


async def test_a_month_is_published_48_hours_after_its_end_in_the_sites_zone_and_once(office: Office) -> None:
    assert await office.at(JUNE_OVER + 48 * HOUR - 1) == [("2026-05", 1)]  # the newest that is over
    office.monthly = office.begun()
    assert await office.at(JUNE_OVER + 48 * HOUR) == [("2026-05", 1), ("2026-06", 1)]
    for later in (MINUTE, HOUR, 3 * DAY):
        assert len(await office.at(JUNE_OVER + 48 * HOUR + later, restarted=True)) == 2
    (row,) = office.store.look(lambda c: audit.about(c, ["acme 2026-06 version 1"]))
    assert (row["action"], row["actor"], row["auth_method"]) == ("statement.issued", "service", "process")


async def test_the_designated_contacts_get_it_each_in_their_language(office: Office) -> None:
    await office.at(JUNE_OVER + 48 * HOUR)
    assert office.poked == 1
    found = {kept.letter.key.contact: (kept, mail) for kept, mail in office.letters()}
    assert set(found) == {"ada@acme.example", "joerg@acme.example"}  # Eve wants no statements
    ada, joerg = found["ada@acme.example"][1], found["joerg@acme.example"][1]
    assert ada["Subject"] == "Acme: availability in June 2026, missed"
    assert joerg["Subject"] == "Acme: Verfügbarkeit Juni 2026, verfehlt"
    for mail in (ada, joerg):
        (file,) = mail.iter_attachments()
        assert (file.get_filename(), file.get_content_type()) == ("acme-2026-06-v1.pdf", "application/pdf")
        assert file.get_content() == b"%PDF-1.7"
    head = office.store.look(audit.head)
    assert str(head) in ada.get_body(("plain",)).get_content().replace("\n", "")  # type: ignore[union-attr]


async def test_without_what_makes_pdf_the_page_goes_with_it(office: Office) -> None:
    office.pdf = None
    await office.at(JUNE_OVER + 48 * HOUR)
    (file,) = office.letters()[0][1].iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("acme-2026-06-v1.html", "text/html")
    assert 'href="statement' not in file.get_content()


async def test_late_facts_restate_it_and_say_why_but_only_if_figures_are_others(office: Office) -> None:
    begun = JUNE_OVER + 48 * HOUR
    await office.at(begun)
    down(office.store, "2026-06-20T10:00:00Z", 10, begun + HOUR)
    assert len(await office.at(begun + 2 * HOUR)) == 1  # once a day is enough
    assert await office.at(begun + DAY) == [("2026-06", 1), ("2026-06", 2)]
    waiting, new = office.letters()[:2], office.letters()[2:]
    assert {kept.state for kept, _ in waiting} == {State.SUPERSEDED} and {kept.state for kept, _ in new} == {State.NEW}
    text = new[0][1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "version 2 replaces version 1" in " ".join(text.split()) and "+600 s: directory" in text
    assert new[0][1]["In-Reply-To"] == waiting[0][1]["Message-ID"]
    approved(office.store, begun + 2 * DAY)
    assert await office.at(begun + 3 * DAY) == [("2026-06", 1), ("2026-06", 2), ("2026-06", 3)]
    assert await office.at(begun + 9 * DAY) == [("2026-06", 1), ("2026-06", 2), ("2026-06", 3)]


async def test_what_was_missed_is_made_up_for_and_a_letter_that_a_fall_has_prevented_is_written(office: Office) -> None:
    assert await office.at(JUNE_OVER + 48 * HOUR) == [("2026-06", 1)]
    october = instant("2026-11-04T00:00:00+01:00")
    found = await office.at(october, restarted=True)
    assert [period for period, _ in found] == [f"2026-{month:02}" for month in (6, 7, 8, 9, 10)]
    before = len(office.letters())
    down(office.store, "2026-10-20T10:00:00Z", 10, october + HOUR)
    office.now = october + DAY

    async def fell(evidence: bytes, folder: Path) -> bool:
        raise KeyboardInterrupt  # the process is killed while it renders: the version is durable, nothing else is

    office.monthly = Monthly(office.store.database, office.ours, lambda: office.now, office._poke, fell)
    with pytest.raises(KeyboardInterrupt):
        await office.monthly.tend()
    assert len(office.letters()) == before
    assert ("2026-10", 2) in await office.at(october + DAY + HOUR, restarted=True)
    assert [kept.letter.key.sequence for kept, _ in office.letters()[before:]] == [2, 2]


def test_a_site_goes_on_after_its_last_published_month_and_begins_with_the_newest(office: Office) -> None:
    def months(now: Instant, configuration: Configuration) -> list[str]:
        return [one.month for one in office.store.look(lambda c: due(c, configuration, now)) if one.fresh]

    assert months(JUNE_OVER + 48 * HOUR, office.configuration) == ["2026-06"]
    assert len(months(instant("2031-01-05T00:00:00Z"), office.configuration)) == 1
    assert newest("Europe/Berlin", JUNE_OVER + 48 * HOUR - 1) == "2026-05"
    assert newest("America/Chicago", JUNE_OVER + 48 * HOUR) == "2026-05"
    assert newest("UTC", instant("2026-01-03T00:00:00Z")) == "2025-12"


async def test_no_more_than_a_year_and_a_month_is_made_up_for(office: Office) -> None:
    await office.at(JUNE_OVER + 48 * HOUR)
    found = office.store.look(lambda c: due(c, office.configuration, instant("2031-01-05T00:00:00Z")))
    fresh = [one.month for one in found if one.fresh]
    assert len(fresh) == CATCH_UP and fresh[0] == "2029-12" and fresh[-1] == "2030-12"
    assert [one.month for one in found if not one.fresh] == ["2026-06"]


async def test_a_site_that_nobody_watched_in_that_month_brings_nothing(office: Office) -> None:
    early = instant("2026-05-04T00:00:00+02:00")  # watched since 1 May
    assert [one.month for one in office.store.look(lambda c: due(c, office.configuration, early))] == ["2026-04"]
    head = office.store.look(audit.head)
    assert await office.at(early) == []
    assert office.store.look(audit.head) == head  # nor a refusal in the audit each minute


async def test_all_forms_lie_on_the_shelf_made_by_a_process_of_their_own_and_are_made_again_if_they_are_gone(
    office: Office,
) -> None:
    office.now = JUNE_OVER + 48 * HOUR
    monthly = Monthly(office.store.database, office.ours, lambda: office.now, office._poke)
    await monthly.tend()
    shelf = Shelf(office.configuration.data)
    (line,) = shelf.of(["acme"])
    assert (line.period, line.version, line.verdict, line.newest) == ("2026-06", 1, "breached", True)
    assert {"statement.html", "statement.de.pdf", "statement.json", "days.csv", "evidence.json", "SHA256SUMS"} <= set(line.files)
    folder = shelf.folder("acme", "2026-06", 1)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert office.letters()[0][1].get_payload()[1].get_content() == before["statement.pdf"]
    rmtree(folder)
    await monthly.tend()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert shelf.of(["other"]) == ()
