"""The letters that tell of a release: one to each designated contact of each customer whose sites get it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.addresses import address_of, customer_path
from monitor.config.configuration import Contact, Site
from monitor.desk.deed import Installation, Sitting
from monitor.desk.maintenance_letters import provider_of, reader_of
from monitor.desk.postmark import Postmark
from monitor.store import releases
from monitor.store.letters import Key, Letter
from monitor.store.releases import Release, SiteDate
from reports.mail import Mail, rendered
from reports.release_notice import Dated, ReleaseNotice, mail

KIND, CORRECTED = "release", "release-corrected"
_FOLLOWS = SiteDate()


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is finished, and what it is called."""

    key: Key
    mail: Mail


def event_of(version: str, customer: str) -> str:
    """What letters to the contacts of ``customer`` (key) on a release are about."""
    return f"release-{version}@{customer}"


def concerned(ground: Installation, dates: Mapping[str, SiteDate] | None) -> tuple[Site, ...]:
    """The customers' sites that get a release: those of its rollout, or all if none is named."""
    return tuple(site for site in ground.configuration.sites if not site.own and (dates is None or site.key in dates))


def drafts(at: Sitting, release: Release) -> Iterator[Draft]:
    """The newest edition for everybody who is told of it; nobody without a mail server."""
    ground, mailing = at.ground, at.ground.configuration.mailing
    if mailing is None:
        return
    dates = releases.dates(at.connection, release.note)
    provider, mark = provider_of(mailing), Postmark(ground.secret, mailing.domain)
    edition = len(release.editions) - 1
    for sites in _by_customer(concerned(ground, dates)):
        told = tuple(_dated(site, (dates or {}).get(site.key, _FOLLOWS)) for site in sites)
        notice = ReleaseNotice(release.note, told, edition, _article(ground, sites, release.version))
        for contact in _contacts(sites):
            thing = event_of(release.version, sites[0].customer.key)
            key, first = Key(thing, contact.email, CORRECTED if edition else KIND, edition), Key(thing, contact.email, KIND, 0)
            reader = reader_of(sites[0], contact)
            yield Draft(key, mail(notice, reader, provider, mark.message_id(key), mark.message_id(first), at.now))


def written(at: Sitting, release: Release) -> tuple[Letter, ...]:
    """The finished letters."""
    mailing = at.ground.configuration.mailing
    if mailing is None:
        return ()
    mark = Postmark(at.ground.secret, mailing.domain)
    return tuple(
        Letter(draft.key, mark.bounce_address(draft.key), draft.mail.subject, rendered(draft.mail))
        for draft in drafts(at, release)
    )


def _by_customer(sites: Sequence[Site]) -> list[list[Site]]:
    found: dict[str, list[Site]] = {}
    for site in sites:
        found.setdefault(site.customer.key, []).append(site)
    return list(found.values())


def _contacts(sites: Sequence[Site]) -> tuple[Contact, ...]:
    """Each person once, however many sites name them."""
    named = [contact for site in sites for contact in site.contacts if KIND in contact.kinds]
    return tuple({contact.email: contact for contact in reversed(named)}.values())[::-1]


def _dated(site: Site, date: SiteDate) -> Dated:
    return Dated(site.name, date.wave, date.span)


def _article(ground: Installation, sites: Sequence[Site], version: str) -> str | None:
    """Where the article is on the customer's page; None without a public address."""
    base, customer = ground.configuration.public_url, sites[0].customer.key
    if not base:
        return None
    generation = max(one.page_generation for one in ground.configuration.sites if one.customer.key == customer)
    page = address_of(base, ground.secret, customer_path(ground.secret, customer, generation))
    return f"{page.url}/releases/{page.id('release', version)}.html"
