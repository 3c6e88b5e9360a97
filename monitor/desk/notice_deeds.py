"""What may be asked of letters, as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.desk import lost, notices
from monitor.desk.deed import TEXTS, Deed, Reply, Sitting
from monitor.desk.people import lacking
from monitor.desk.refusal import Refused, no_such, refused
from monitor.store import audit, bounces, letters
from monitor.store.audit import Entry
from monitor.store.bounces import Bounce, Class
from sla.forms import FULL_TEXT, TEXT, Items, Member, Members, Values, Whole, Word

RETRY = Members("retry", (Member("letters", Items(Whole(1, "letters made so far")), "their numbers"),))
BOUNCE = Members(
    "bounce",
    (
        Member("returned_to", TEXTS, "the addresses that the report came back to"),
        Member("trouble", Word({"hard": Class.HARD, "soft": Class.SOFT}), "lost for good, or late"),
        Member("status", TEXT, "its status, like 5.1.1"),
        Member("text", TEXT, "the far server's words"),
        Member("digest", FULL_TEXT, "the SHA-256 of the report"),
    ),
)
REACHED = Members("contact", (Member("contact", FULL_TEXT, "the address that letters reach again"),))


def _retry(at: Sitting, values: Values) -> Reply:
    retried = notices.retry(at.connection, at.person, values["letters"], at.now)
    return Reply(retried.faults) if isinstance(retried, Refused) else Reply(body={"letters": list(retried.numbers)})


def _show_retry(at: Sitting, values: Values) -> Reply:
    return Reply(tuple(notices.faults(at.connection, at.person, values["letters"])), {"would": "notice.retry"})


def _bounce(at: Sitting, values: Values) -> Reply:
    """A report came back. What is none of ours is passed over: anybody may write to the address, so it is no refusal."""
    if found := lacking(at.person, "operate"):
        return Reply(refused(at.connection, at.now, Entry(at.person.actor, "notice.bounce", "letters", {}), found).faults)
    senders = [sender for one in values["returned_to"] if (sender := lost.named(at.ground, one)) is not None]
    kept = letters.by_sender(at.connection, senders[0]) if senders else None
    if kept is None:
        return Reply(body={"result": "ignored", "why": "no letter of ours" if senders else "no address of ours with its tag"})
    said = Bounce(at.now, kept.letter.key.contact, values["trouble"], values["status"], values["text"], values["digest"], kept.no)
    result = lost.returned(at.connection, at.ground, said, kept, at.person.actor, at.now)
    return Reply(body={"result": result, "letter": kept.no, "contact": said.contact})


def _show_bounce(at: Sitting, values: Values) -> Reply:
    return Reply(tuple(lacking(at.person, "operate")), {"would": "notice.bounce"})


def _reached(at: Sitting, values: Values) -> Reply:
    contact, flagged = values["contact"], bounces.flagged(at.connection)
    found = [*lacking(at.person, "operate")]
    if contact not in flagged:
        found.append(no_such("contact", "contact", contact, flagged))
    entry = Entry(at.person.actor, "contact.reached", contact, {})
    if found:
        return Reply(refused(at.connection, at.now, entry, found).faults)
    after = f"{flagged[contact].digest} is mended"
    bounces.append(at.connection, Bounce(at.now, contact, Class.CLEARED, "", f"said by {at.person.name}", after))
    audit.append(at.connection, at.now, entry)
    return Reply(body={"contact": contact})


def _show_reached(at: Sitting, values: Values) -> Reply:
    return Reply(tuple(lacking(at.person, "operate")), {"would": "notice.reached"})


DEEDS: Mapping[str, Deed] = {
    "notice.retry": Deed(RETRY, _retry, _show_retry),
    "notice.bounce": Deed(BOUNCE, _bounce, _show_bounce),
    "notice.reached": Deed(REACHED, _reached, _show_reached),
}
"""What an operator may do with letters."""
