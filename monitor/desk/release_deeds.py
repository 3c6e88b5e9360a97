"""What may be asked of releases' notes, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.desk import releases
from monitor.desk.deed import Deed, Reply, Sitting
from monitor.desk.refusal import Refused
from monitor.desk.release_letters import drafts
from monitor.store.releases import Release
from sla.forms import FULL_TEXT, Flag, Member, Members, Values
from sla.texts import instant_text

PUBLISH = Members(
    "release",
    (
        Member("text", FULL_TEXT, "the notes: front matter, then sections of Markdown"),
        Member("notify", Flag(), "whether a correction is mailed; the first edition always is", False, "false"),
    ),
)


def _publish(at: Sitting, values: Values) -> Reply:
    outcome = releases.keep(at, releases.judge_publication(at, values["text"], values["notify"]))
    if isinstance(outcome, Refused):
        return Reply(outcome.faults)
    release, queued = outcome
    letters = [{"to": key.contact, "kind": key.kind} for key in queued]
    sites = tuple(site.key for site in at.ground.configuration.sites)
    return Reply(body={"release": release_document(release), "letters": letters}, sites=sites)


def _show(at: Sitting, values: Values) -> Reply:
    wanted = releases.judge_publication(at, values["text"], values["notify"])
    if wanted.faults or wanted.release is None:
        return Reply(wanted.faults)
    told = drafts(at, wanted.release) if wanted.told else ()
    letters = [{"to": one.key.contact, "kind": one.key.kind, "subject": one.mail.subject, "text": one.mail.plain} for one in told]
    return Reply(body={"would": "release.publish", "release": release_document(wanted.release), "letters": letters})


def release_document(release: Release) -> dict[str, Any]:
    """A release as JSON: the notes that stand, and who published which edition when."""
    note = release.note
    return {
        "version": release.version,
        "date": note.date.isoformat(),
        "title": note.title,
        "rollout": note.rollout,
        "public": note.public,
        "sections": dict(note.sections),
        "editions": [{"at": instant_text(one.at), "by": one.person} for one in release.editions],
    }


DEEDS: Mapping[str, Deed] = {"release.publish": Deed(PUBLISH, _publish, _show)}
