"""What people decide of a release: its notes are published, and published again corrected; who is told is decided with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.desk import release_letters
from monitor.desk.deed import Sitting
from monitor.desk.people import lacking
from monitor.desk.refusal import Refused, no_such, refused
from monitor.store import audit, letters, releases, rollouts
from monitor.store.audit import Entry
from monitor.store.letters import Key
from monitor.store.releases import Edition, Release
from reports.release_note import Mistaken, ReleaseNote, read
from sla.exclusion import Fault

ACTION = "release.published"


@dataclass(frozen=True, slots=True)
class Publication:
    """A release with the edition that somebody wants to publish. None: nothing to read."""

    release: Release | None
    faults: tuple[Fault, ...] = ()

    @property
    def told(self) -> bool:
        """Whether its readers get a mail."""
        return self.release is not None and self.release.editions[-1].told


def judge_publication(at: Sitting, text: str, notify: bool) -> Publication:
    """The notes in ``text``. The first edition is mailed; a correction only if ``notify`` says so."""
    note, lack = read(text), lacking(at.person, "approve")
    if isinstance(note, Mistaken):
        return Publication(None, (*lack, *note.faults))
    known = releases.find(at.connection, note.version)
    before = known.editions if known else ()
    release = Release(note.version, (*before, Edition(at.now, text, at.person.name, note, told=notify or not before)))
    faults = [*lack, *_rollout_faults(at, note)]
    if before and before[-1].text == text:
        faults.append(Fault("unchanged", ("text",), f"{note.version} is published with these very notes", "the same", "a change"))
    return Publication(release, tuple(faults))


def _rollout_faults(at: Sitting, note: ReleaseNote) -> Iterable[Fault]:
    """The rollout that is named is there, and carries this version."""
    if note.rollout is None:
        return ()
    rollout = rollouts.find(at.connection, note.rollout)
    if rollout is None:
        return (no_such("rollout", "rollout", note.rollout, [one.id for one in rollouts.every(at.connection)]),)
    if rollout.plan.release not in (None, note.version):
        message, carried = f"{rollout.id} carries another release", str(rollout.plan.release)
        return (Fault("version", ("version",), message, note.version, carried),)
    return ()


def keep(at: Sitting, wanted: Publication) -> tuple[Release, tuple[Key, ...]] | Refused:
    """Publish it and queue its mails, or refuse it; both are audited. Gives the release and the letters queued."""
    release = wanted.release
    if wanted.faults or release is None:
        named = release.version if release else "release"
        return refused(at.connection, at.now, Entry(at.person.actor, ACTION, named, {}), wanted.faults)
    note = release.note
    releases.append(at.connection, release.editions[-1])
    body = {
        "title": note.title,
        "date": note.date.isoformat(),
        "rollout": note.rollout,
        "public": note.public,
        "told": wanted.told,
    }
    audit.append(at.connection, at.now, Entry(at.person.actor, ACTION, release.version, body))
    made = release_letters.written(at, release) if wanted.told else ()
    return release, tuple(letter.key for letter in made if letters.put(at.connection, letter, at.now))
