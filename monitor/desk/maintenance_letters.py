"""The letters of a maintenance: one a step and designated contact, and reminders; and when it counts as announced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from monitor.addresses import Address, address_of, customer_path
from monitor.config.configuration import Configuration, Contact, Mailing, Site
from monitor.desk.deed import Installation
from monitor.desk.postmark import Postmark
from monitor.desk.recipients import recipients
from monitor.desk.seen_over import case_over, seen_over
from monitor.store import announcements, catalogue, letters, maintenance
from monitor.store.letters import Kept, Key, Letter
from monitor.store.maintenance import Plan
from reports.maintenance_calendar import uid
from reports.maintenance_notice import Kind, Measured, Notice, Provider, Reader, Revision, subject, written
from sla.maintenance import Announcement, Status
from sla.span import SECOND, Instant, Span
from sla.state import State

PREFIX = "MNT-"
_NEWS = frozenset({Kind.ANNOUNCED.value, Kind.CONFIRMED.value, Kind.CHANGED.value})
"""Notices that are of no use once the maintenance has begun."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is written: to whom, of what."""

    reader: Reader
    notice: Notice
    key: Key
    expires_at: Instant | None


def put(connection: Connection, ground: Installation, plan: Plan, now: Instant) -> tuple[Key, ...]:
    """Queue the letters that tell the newest step of ``plan``, in the caller's transaction; what was queued.

    What a contact has not been told yet is withdrawn: the newer letter tells all. Whoever was told nothing gets an
    announcement instead of a change, and nothing at all of what was cancelled before they knew of it.
    """
    site, mailing = _site(ground.configuration, plan.site), ground.configuration.mailing
    if site is None or mailing is None or plan.last.status is None:
        return ()
    queued = []
    for draft in drafts(connection, ground, plan, now):
        letters.superseded(connection, plan.id, draft.reader.address, now)
        fitting = _fitting(draft, letters.told(connection, plan.id, draft.reader.address))
        if fitting is not None:
            letters.put(connection, letter(ground.secret, mailing, plan, fitting, now), now)
            queued.append(fitting.key)
    return tuple(queued)


def drafts(connection: Connection, ground: Installation, plan: Plan, now: Instant) -> Iterator[Draft]:
    """Who is told what of the newest step, whether or not there is a mail server yet."""
    site = _site(ground.configuration, plan.site)
    if site is None:
        return
    kind = Kind(plan.last.kind)
    measured = measured_in(connection, plan, now) if kind is Kind.COMPLETED else None
    for contact in recipients(connection, site):
        notice = notice_of(ground, site, plan, kind, measured)
        ends = {**dict.fromkeys(_NEWS, plan.last.span.start), Kind.STARTED.value: plan.last.span.end}
        yield Draft(
            reader_of(site, contact), notice, Key(plan.id, contact.email, kind.value, _sequence(plan)), ends.get(kind.value)
        )


def reminders(connection: Connection, ground: Installation, plan: Plan, now: Instant) -> int:
    """Queue the reminders of a firm maintenance that are due by ``now``; how many. Of several due at once the last is told."""
    site, mailing = _site(ground.configuration, plan.site), ground.configuration.mailing
    if site is None or mailing is None or plan.last.status is not Status.CONFIRMED or now >= plan.last.span.start:
        return 0
    many, start = 0, plan.last.span.start
    for contact in recipients(connection, site):
        passed = [before for before in contact.reminders_ms if start - before <= now]
        if not passed or start - min(passed) < plan.last.at + REMIND_AFTER_MS:
            continue
        notice = notice_of(ground, site, plan, Kind.REMINDER, None)
        key = Key(plan.id, contact.email, f"reminder-{min(passed) // SECOND}s", _sequence(plan))
        many += letters.put(
            connection, letter(ground.secret, mailing, plan, Draft(reader_of(site, contact), notice, key, start), now), now
        )
    return many


REMIND_AFTER_MS = 30 * 60 * SECOND
"""A reminder this soon after the news would only say it again."""


def letter(secret: bytes, mailing: Mailing, plan: Plan, draft: Draft, now: Instant) -> Letter:
    """The finished letter."""
    mark, reader = Postmark(secret, mailing.domain), draft.reader
    first = mark.message_id(Key(plan.id, reader.address, Kind.ANNOUNCED.value, 0))
    body = written(draft.notice, reader, provider_of(mailing), mark.message_id(draft.key), first, now)
    return Letter(draft.key, mark.bounce_address(draft.key), subject(draft.notice, reader), body, draft.expires_at)


def reader_of(site: Site, contact: Contact) -> Reader:
    """A contact of a site as its notices know them."""
    return Reader(contact.name, contact.email, site.customer.name, contact.language, contact.zone, contact.calendar)


def provider_of(mailing: Mailing) -> Provider:
    """Who announces."""
    ask = mailing.reply_to or mailing.sender
    return Provider(mailing.name, mailing.sender, mailing.domain, ask, mailing.reply_to)


def notice_of(ground: Installation, site: Site, plan: Plan, kind: Kind, measured: Measured | None) -> Notice:
    """The newest step of ``plan`` as a notice of ``kind``."""
    told = plan.told
    before = told[-2].span if len(told) > 1 else None
    moved = kind in (Kind.CHANGED, Kind.EXTENDED) and before is not None and before != plan.last.span
    return Notice(
        kind=kind,
        now=_revision(site, plan),
        account=site.customer.key,
        site=(site.key, site.name),
        created_at=told[0].at,
        was=before if moved else None,
        measured=measured,
        related_to=_followed(ground.configuration, site, plan),
        **_addresses(ground, site, plan),
    )


def _followed(configuration: Configuration, site: Site, plan: Plan) -> str | None:
    """The calendar's name of the maintenance that was postponed and that this one takes the place of."""
    mailing, follows = configuration.mailing, plan.last.follows
    return uid(follows, site.customer.key, mailing.domain) if mailing and follows else None


def _addresses(ground: Installation, site: Site, plan: Plan) -> dict[str, str]:
    """Where its readers find it on the web, as far as there is a public address: their own page, and what is on it."""
    page = _page(ground, site)
    if page is None:
        return {}
    return {
        "page": page.url + "/",
        "calendar_url": f"{page.url}/maintenance.ics",
        "own_url": f"{page.url}/maintenance/{page.id('maintenance', plan.id)}.html",
    }


def customer_page(ground: Installation, site: Site) -> str | None:
    """Where the customer's own page lies; None without a public address."""
    page = _page(ground, site)
    return None if page is None else page.url + "/"


def _page(ground: Installation, site: Site) -> Address | None:
    base = ground.configuration.public_url
    path = customer_path(ground.secret, site.customer.key, _generation(ground, site))
    return address_of(base, ground.secret, path) if base else None


def _generation(ground: Installation, site: Site) -> int:
    """That of the customer's page: the highest of their sites."""
    return max(one.page_generation for one in ground.configuration.sites if one.customer.key == site.customer.key)


def _revision(site: Site, plan: Plan) -> Revision:
    step = plan.last
    assert step.status is not None
    names = {component.key: component.name for component in site.components}
    return Revision(
        plan.id,
        _sequence(plan),
        step.status,
        step.span,
        step.impact,
        step.title,
        step.at,
        {names.get(key, key): impact for key, impact in step.impacts.items()},
        step.about,
        step.action,
        step.emergency,
        step.outcome,  # type: ignore[arg-type]
        {f"{site.key}/{key}": impact for key, impact in step.impacts.items()},
    )


def _sequence(plan: Plan) -> int:
    return len(plan.told) - 1


def _fitting(draft: Draft, told: bool) -> Draft | None:
    """The letter as it fits what its reader knows: who was told nothing yet hears of no change, and of nothing cancelled."""
    if told:
        return draft
    if draft.notice.kind is Kind.CANCELLED:
        return None
    if draft.notice.kind in (Kind.CONFIRMED, Kind.CHANGED):
        first = replace(draft.notice, kind=Kind.ANNOUNCED, was=None)
        return replace(draft, notice=first, key=replace(draft.key, kind=Kind.ANNOUNCED.value))
    return draft


def accepted(connection: Connection, kept: Kept, now: Instant) -> None:
    """The next hop took ``kept``: the first letter of a revision that is taken makes it announced, from this moment on."""
    key = kept.letter.key
    if not key.event.startswith(PREFIX) or key.kind.startswith("reminder"):
        return
    plan = maintenance.find(connection, key.event)
    if plan is None or letters.taken(connection, key.event, key.sequence, kept.no):
        return
    step = plan.told[key.sequence]
    assert step.status is not None
    said = Announcement(now, step.span, step.status, step.impact, step.agreed_by)
    announcements.append(connection, catalogue.read(connection).sites[plan.site], plan.id, step.hit, said, now)


def measured_in(connection: Connection, plan: Plan, now: Instant) -> Measured:
    """What was seen of the site from its beginning to its end, as far as that is over."""
    begun = next((step.at for step in plan.steps if step.kind == Kind.STARTED.value), plan.last.span.start)
    end = max(begun + 1, plan.last.at)
    window = Span(begun, end)
    case = case_over(connection, plan.site, window, now)
    if case is None:
        return Measured(0, 0, window.length)
    shown = dict.fromkeys(State, 0)
    for part, state in seen_over(case, window, now).track.states(window):
        shown[state] += part.length
    return Measured(shown[State.DEGRADED], shown[State.DOWN], window.length - sum(shown.values()) + shown[State.UNKNOWN])


def _site(configuration: Configuration, key: str) -> Site | None:
    return next((site for site in configuration.sites if site.key == key), None)
