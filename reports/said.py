"""What is said of incidents and maintenance where nobody wrote words: names, bodies, impacts, in one language."""

from __future__ import annotations

from collections.abc import Iterable

from reports import moments
from reports.catalogue import ENGLISH, Catalogue
from reports.events import Announcement, Incident, Maintenance, Release, Update
from reports.figures import words
from reports.release_note import SECTIONS
from reports.snapshot import Entry, PageSnapshot
from sla.maintenance import Status
from sla.span import Span

MOST_NAMES = 4
"""Names in a title; a long list says less than its length."""


def entry_names(keys: Iterable[str], page: PageSnapshot) -> tuple[str, ...]:
    """What the page calls its entries, each with its group where the page has several."""
    several = len(page.groups) > 1
    by_key = {
        entry.key: f"{group.name}: {entry.name}" if several and group.name else entry.name
        for group in page.groups
        for entry in group.entries
    }
    return tuple(by_key[key] for key in keys if key in by_key)


def listed(names: Iterable[str], catalogue: Catalogue = ENGLISH) -> str:
    """Names in a row; beyond a few only how many more."""
    found = tuple(names)
    rest = len(found) - MOST_NAMES
    shown = ", ".join(found[:MOST_NAMES])
    return catalogue.say("and_more", names=shown, count=rest) if rest > 0 else shown


def incident_name(one: Incident, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> str:
    """The title that somebody gave it, else what was interrupted."""
    return one.title or catalogue.say("incident.named", names=listed(entry_names(one.entries, page), catalogue))


def update_body(update: Update, catalogue: Catalogue = ENGLISH) -> str:
    """What somebody wrote, else what the status says by itself."""
    return update.body or catalogue.say(f"incident.said.{update.status.value}")


def maintenance_name(one: Maintenance, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> str:
    """The title that somebody gave it, else what is maintained."""
    return one.title or catalogue.say("maintenance.named", names=listed(entry_names(one.entries, page), catalogue))


def impact_words(one: Announcement, catalogue: Catalogue = ENGLISH) -> str:
    """The announced level of impact in words."""
    return catalogue.say(f"maintenance.impact.{one.impact.word}")


def announcement_body(one: Announcement, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> str:
    """One notice of a maintenance as a sentence."""
    return catalogue.say(
        f"maintenance.said.{one.status.value}",
        start=moments.moment(one.span.start, page.zone, catalogue=catalogue),
        end=moments.moment(one.span.end, page.zone, catalogue=catalogue),
        duration=words((one.span.end - one.span.start) // 1000, catalogue),
        impact=impact_words(one, catalogue),
    )


def maintenance_status(status: Status, catalogue: Catalogue = ENGLISH) -> str:
    """The state of a maintenance in one or two words."""
    return catalogue.say(f"maintenance.status.{status.value}")


def release_name(one: Release, catalogue: Catalogue = ENGLISH) -> str:
    """``Release 10.18.3: Faster enrolment``."""
    return catalogue.say("release.named", version=one.note.version, title=one.note.title)


def release_body(one: Release, catalogue: Catalogue = ENGLISH) -> str:
    """All sections as one text of Markdown; what is empty says so."""
    none = catalogue.say("release.none")
    return "\n\n".join(f"**{catalogue.say(f'release.{key}')}**\n\n{one.note.sections[key] or none}" for key in SECTIONS)


def release_date(wave: int | None, span: Span | None, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> str:
    """When a site gets it: its wave and window, or that its date follows."""
    if span is None:
        return catalogue.say("release.date_follows")
    start, end = (moments.moment(at, page.zone, catalogue=catalogue) for at in (span.start, span.end))
    return catalogue.say("release.wave", wave=wave, when=catalogue.say("from_to", start=start, end=end))


def expiry(entry: Entry, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> str | None:
    """When a certificate or licence ends, in words; None for what does not."""
    if entry.expires_at is None:
        return None
    on = moments.day(moments.local_date(entry.expires_at, page.zone), catalogue)
    days = (entry.expires_at - page.as_of) // 86_400_000
    if days < 0:
        return catalogue.say("expired", date=on)
    amount = catalogue.say("within_a_day") if days == 0 else catalogue.say("days.one" if days == 1 else "days.many", count=days)
    return catalogue.say("expires", date=on, days=amount)
