"""Who is told of a site's maintenance: its designated contacts, and beside whom letters do not reach their fallback."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from monitor.config.configuration import Contact, Site
from monitor.desk.maintenance import contacts
from monitor.store import bounces


def recipients(connection: Connection, site: Site) -> tuple[Contact, ...]:
    """The contacts in their order; a letter to a contact is contractual, so it is tried even where the last one was lost."""
    flagged = bounces.flagged(connection)
    wanted = contacts(site)
    seconds = [second for one in wanted if one.email in flagged and (second := fallback_of(site, one.email)) is not None]
    return tuple(dict.fromkeys((*wanted, *seconds)))


def fallback_of(site: Site, address: str) -> Contact | None:
    """The contact who is told instead of the one with this address; None: there is nobody."""
    named = {one.fallback for one in site.contacts if one.email == address}
    return next((one for one in site.contacts if one.email in named), None)
