"""A letter that did not reach its contact: the contact is flagged, operators are told, the fallback is told the same at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Site
from monitor.desk import maintenance_letters, operators
from monitor.desk.deed import Installation
from monitor.desk.postmark import Postmark
from monitor.desk.recipients import fallback_of
from monitor.store import audit, bounces, letters, maintenance
from monitor.store.audit import Actor, Entry
from monitor.store.bounces import Bounce, Class
from monitor.store.letters import Kept, Key
from reports.maintenance_notice import Kind
from sla.span import HOUR, Instant

HARD_AFTER = 3
WITHIN_MS = 72 * HOUR
"""So many letters that were late within this time are as good as lost: a mailbox that is full for days."""


def returned(connection: Connection, ground: Installation, bounce: Bounce, kept: Kept, actor: Actor, now: Instant) -> str:
    """A report about ``kept`` came back; what was made of it, in a word: ``known``, ``soft`` or ``hard``.

    ``noted``: the letter was to nobody who must be told, a subscriber or our own people.
    """
    if not _must_be_told(ground, kept):
        if bounce.kind is Class.HARD:
            letters.bounced(connection, kept.no, f"{bounce.status} {bounce.text}", now)
        return "noted"
    if not bounces.append(connection, bounce):
        return "known"
    hard = bounce.kind is Class.HARD
    if not hard and bounces.softly(connection, bounce.contact, now - WITHIN_MS) >= HARD_AFTER:
        said = f"{HARD_AFTER} reports of late letters within {WITHIN_MS // HOUR} h, the last: {bounce.text}"
        bounce = replace(bounce, kind=Class.HARD, text=said, digest=f"{bounce.digest}+")
        hard = bounces.append(connection, bounce)
    if not hard:
        return Class.SOFT.value
    letters.bounced(connection, kept.no, f"{bounce.status} {bounce.text}", now)
    told = instead(connection, ground, kept, now)
    body = {"letter": kept.no, "contact": bounce.contact, "status": bounce.status, "text": bounce.text, "instead": told}
    audit.append(connection, now, Entry(actor, "contact.flagged", bounce.contact, body))
    _tell(connection, ground, kept, f"{bounce.status} {bounce.text}", told, now)
    return Class.HARD.value


def refused(connection: Connection, ground: Installation, kept: Kept, now: Instant) -> None:
    """The next hop refused ``kept`` for good, or took it for a day not at all: to be run where it is marked as dead."""
    if not _must_be_told(ground, kept):
        return
    dead = letters.find(connection, kept.no)
    _tell(connection, ground, kept, dead.reply if dead else "", instead(connection, ground, kept, now), now)


def follows(installation: Callable[[], Installation]) -> Callable[[Connection, Kept, Instant], None]:
    """``refused`` on whatever the installation is at that moment."""
    return lambda connection, kept, now: refused(connection, installation(), kept, now)


def instead(connection: Connection, ground: Installation, kept: Kept, now: Instant) -> list[str]:
    """Queue the same revision for the contact's fallback; whom that letter goes to."""
    key, mailing = kept.letter.key, ground.configuration.mailing
    plan = maintenance.find(connection, key.event) if key.event.startswith(maintenance_letters.PREFIX) else None
    site = None if plan is None else _site(ground.configuration, plan.site)
    second = None if site is None else fallback_of(site, key.contact)
    if plan is None or site is None or second is None or mailing is None or key.sequence >= len(plan.told):
        return []
    kind = Kind(key.kind.partition("-")[0])
    steps = plan.steps[: plan.steps.index(plan.told[key.sequence]) + 1]
    notice = maintenance_letters.notice_of(ground, site, replace(plan, steps=steps), kind, None)
    reader = maintenance_letters.reader_of(site, second)
    same = Key(key.event, second.email, key.kind, key.sequence)
    draft = maintenance_letters.Draft(reader, notice, same, kept.letter.expires_at)
    letter = maintenance_letters.letter(ground.secret, mailing, plan, draft, now)
    return [second.email] if letters.put(connection, letter, now) else []


def named(ground: Installation, address: str) -> str | None:
    """The sender of ours that a letter came back to, if ``address`` is one whose tag is true."""
    mailing = ground.configuration.mailing
    if mailing is None:
        return None
    mark = Postmark(ground.secret, mailing.domain)
    return None if mark.bounced(address) is None else address.lower()


def _tell(connection: Connection, ground: Installation, kept: Kept, why: str, told: list[str], now: Instant) -> None:
    """One letter to operators about one that was lost."""
    key = kept.letter.key
    subject = f"[Not delivered] {key.contact} was not told: {key.event}, {key.kind}"
    said = {
        "The letter": f"{kept.letter.subject}\nletter {kept.no}, revision {key.sequence}",
        "What the mail server said": why,
        "Told instead": ", ".join(told) or "nobody: tell the customer by another way",
        "What to do": "Correct the address in the site's file or ask the customer for another contact.\n"
        f"threenines notice show {kept.no} prints the letter; threenines notice reached {key.contact} takes the flag away.",
    }
    operators.tell(connection, ground, f"lost-{kept.no}", subject, said, now, "urgent")


def _must_be_told(ground: Installation, kept: Kept) -> bool:
    """Whether a letter is to a designated contact: whoever signed up by themselves may have mistyped their address."""
    key = kept.letter.key
    contacts = {one.email for site in ground.configuration.sites for one in site.contacts}
    return key.contact in contacts and not operators.is_ours(key)


def _site(configuration: Configuration, key: str) -> Site | None:
    return next((site for site in configuration.sites if site.key == key), None)
