"""The letters that tell of incidents, from drafts: how all stands now, how long it lasted, and the finished bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Mailing
from monitor.desk.evidence import witnesses
from monitor.desk.maintenance_letters import provider_of
from monitor.desk.measured import RECENT_MS, states_of
from monitor.desk.passes import links
from monitor.desk.postmark import Postmark
from monitor.post.bulletins import KIND, Draft, Item
from monitor.readership import PUBLIC
from monitor.store import exclusions
from monitor.store.bulletins import Heard
from monitor.store.letters import Key, Letter
from monitor.store.subscribers import MARK
from reports.incident_notice import Bulletin, Reader, Standing, mail, over, subject
from reports.mail import rendered
from sla.exclusion import Step
from sla.span import Instant, Span
from sla.state import State

States = Mapping[str, State]
"""What components (``site/component``) are measured as now."""


def states(connection: Connection, configuration: Configuration, drafts: Iterable[Draft], now: Instant) -> States:
    """How everything is measured that these mails speak of."""
    wanted = {site for draft in drafts for item in draft.items for site in _sites(item)}
    sites = tuple(site for site in configuration.sites if site.key in wanted)
    seen = witnesses(connection, replace(configuration, sites=sites), now - RECENT_MS)
    return {f"{site.key}/{key}": own[-1][1] for site in sites for key, own in states_of(seen, site, now).items()}


def causes(connection: Connection, drafts: Iterable[Draft]) -> Mapping[int, Sequence[tuple[str, Span, str]]]:
    """What was decided of incidents that are over, by their number: (site, span, cause) of approved exclusions."""
    done = {item.one.number: item.one for draft in drafts if draft.contact for item in draft.items if not item.one.open}
    return {
        number: [
            (site, filed.exclusion.span, filed.exclusion.cause)
            for site in one.sites
            for filed in exclusions.of_site(connection, site)
            if filed.last.step is Step.APPROVED
        ]
        for number, one in done.items()
    }


def letter_of(
    draft: Draft,
    seen: States,
    decided: Mapping[int, Sequence[tuple[str, Span, str]]],
    mailing: Mailing,
    secret: bytes,
    now: Instant,
) -> tuple[Letter, tuple[Heard, ...]]:
    """The finished letter, and what its reader knows after it."""
    told = [_bulletin(item, seen, decided.get(item.one.number, ())) for item in draft.items]
    reader, mark = _reader(draft, secret, mailing), Postmark(secret, mailing.domain)
    key, first = _key(draft, now)
    thread = None if first is None else mark.message_id(first)
    body = rendered(mail(told, reader, provider_of(mailing), mark.message_id(key), thread, now))
    heard = (Heard(item.one.number, item.readership.page, draft.address, len(item.one.updates)) for item in draft.items)
    return Letter(key, mark.bounce_address(key), subject(told, reader), body), tuple(heard)


def _key(draft: Draft, now: Instant) -> tuple[Key, Key | None]:
    """The letter's name, and that of the first of its thread; what tells of several incidents begins no thread."""
    of = "" if draft.subscriber is None else f"{MARK}{draft.subscriber.no}"
    kind = KIND if draft.subscriber is None else f"subscriber-{KIND}"
    if len(draft.items) > 1:
        return Key(f"incidents-{now}{of}", draft.address, f"{kind}-digest", 0), None
    item = draft.items[0]
    customer = item.readership.customer
    thing = f"{item.one.id}@{customer.key if customer else 'public'}{of}"
    first = Key(thing, draft.address, f"{kind}-opened", 0)
    return (Key(thing, draft.address, f"{kind}-update", len(item.one.updates)) if item.told else first), first


def _reader(draft: Draft, secret: bytes, mailing: Mailing) -> Reader:
    page = draft.items[0].readership
    if draft.subscriber is not None:
        ways = links(secret, draft.subscriber, page.home(draft.subscriber.wish.language), page.title, mailing)
        return Reader("", draft.address, draft.subscriber.wish.language, page.zone, subscription=ways)
    contact = draft.contact
    assert contact is not None
    return Reader(contact.name, contact.email, contact.language, contact.zone, ", ".join(draft.customers))


def _bulletin(item: Item, seen: States, decided: Sequence[tuple[str, Span, str]]) -> Bulletin:
    lasted = over(item.shown)
    own = item.readership.readers.services
    causes = [cause for site, span, cause in decided if lasted is not None and site in own and span.cut(lasted) is not None]
    return Bulletin(
        item.shown,
        item.readership.names,
        item.readership.url,
        item.news,
        _standing(item, seen),
        lasted,
        tuple(dict.fromkeys(causes)),
    )


def _sites(item: Item) -> set[str]:
    """The sites that a mail speaks of: those concerned, and on the public page all that stand behind it."""
    page = item.readership
    named = {name.partition("/")[0] for name in page.readers.named}
    return named if page.page == PUBLIC else named & set(item.one.sites)


def _standing(item: Item, seen: States) -> Standing:
    """How the entries are measured; one of several parts that are not all away is away in part."""
    found: dict[str, list[str]] = {"away": [], "poor": [], "fine": [], "unseen": []}
    sites = _sites(item)
    shown = {key for name, keys in item.readership.readers.named.items() if name.partition("/")[0] in sites for key in keys}
    for key, name in item.readership.names.items():
        if key in shown:
            found[_word([seen.get(member, State.UNKNOWN) for member in item.readership.members[key]])].append(name)
    return Standing(**{word: tuple(names) for word, names in found.items()})


def _word(own: Sequence[State]) -> str:
    if all(state is State.DOWN for state in own):
        return "away"
    if State.DOWN in own or State.DEGRADED in own:
        return "poor"
    return "unseen" if State.UNKNOWN in own else "fine"
