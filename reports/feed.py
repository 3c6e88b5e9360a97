"""The history as a feed, Atom (RFC 4287) and RSS 2.0: an entry for each word on an incident, maintenance notice and release.

A change of state alone is no entry. The id of an entry stays, whatever is published again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

from markupsafe import Markup

from reports import moments, said
from reports.catalogue import ENGLISH, Catalogue
from reports.markdown import html
from reports.plain import plain, readable
from reports.snapshot import PageSnapshot
from sla.span import DAY, Instant

LEAST, RECENT_MS, MOST = 50, 30 * DAY, 200
"""A feed holds 30 days, at least 50 entries where there are so many, never more than 200."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: its kind and id, what it says and when, and its page, relative to the feed."""

    kind: str
    id: str
    at: Instant
    title: str
    body: str
    href: str


def items(page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> tuple[Item, ...]:
    """What the feeds of ``page`` hold, newest first."""
    found = sorted(
        (*_incidents(page, catalogue), *_maintenances(page, catalogue), *_releases(page, catalogue)),
        key=lambda one: (-one.at, one.id),
    )
    recent = sum(1 for one in found if one.at > page.as_of - RECENT_MS)
    return tuple(found[: min(MOST, max(LEAST, recent))])


def _incidents(page: PageSnapshot, catalogue: Catalogue) -> Iterator[Item]:
    for one in page.incidents:
        name = said.incident_name(one, page, catalogue)
        for update in one.updates:
            status = catalogue.say(f"incident.status.{update.status.value}")
            body = said.update_body(update, catalogue)
            yield Item("incident", update.id, update.at, f"{name} – {status}", body, f"incidents/{one.id}.html")


def _maintenances(page: PageSnapshot, catalogue: Catalogue) -> Iterator[Item]:
    for one in page.maintenances:
        name = said.maintenance_name(one, page, catalogue)
        for notice in one.announcements:
            status = said.maintenance_status(notice.status, catalogue)
            body = said.announcement_body(notice, page, catalogue)
            yield Item("maintenance", notice.id, notice.at, f"{name} – {status}", body, f"maintenance/{one.id}.html")


def _releases(page: PageSnapshot, catalogue: Catalogue) -> Iterator[Item]:
    for one in page.releases:
        title = said.release_name(one, catalogue)
        yield Item("release", one.id, one.published_at, title, said.release_body(one, catalogue), f"releases/{one.id}.html")


def atom(page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> bytes:
    """The feed as Atom."""
    held = items(page, catalogue)
    updated = held[0].at if held else _begun(page)
    head = Markup(
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">\n'
        "<id>{id}</id>\n<title>{title}</title>\n<updated>{updated}</updated>\n<author><name>{author}</name></author>\n"
        '<link rel="self" type="application/atom+xml" href="{url}/history.atom"/>\n'
        '<link rel="alternate" type="text/html" href="{url}/"/>\n'
    ).format(
        language=catalogue.language,
        id=_tag(page, "history", page.id),
        title=_title(page, catalogue),
        updated=moments.machine(updated),
        author=plain(page.provider),
        url=page.url,
    )
    return str(head + Markup("").join(_entry(one, page) for one in held) + Markup("</feed>\n")).encode()


def _entry(one: Item, page: PageSnapshot) -> Markup:
    return Markup(
        "<entry>\n<id>{id}</id>\n<title>{title}</title>\n<published>{at}</published>\n<updated>{at}</updated>\n"
        '<link rel="alternate" type="text/html" href="{url}/{href}"/>\n<category term="{kind}"/>\n'
        '<summary type="text">{summary}</summary>\n<content type="html">{content}</content>\n</entry>\n'
    ).format(
        id=_tag(page, one.kind, one.id),
        title=plain(one.title),
        at=moments.machine(one.at),
        url=page.url,
        href=one.href,
        kind=one.kind,
        summary=readable(one.body),
        content=str(html(one.body)),
    )


def rss(page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> bytes:
    """The feed as RSS 2.0."""
    held = items(page, catalogue)
    head = Markup(
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        "<title>{title}</title>\n<link>{url}/</link>\n<description>{title}</description>\n<language>{language}</language>\n"
        '<lastBuildDate>{built}</lastBuildDate>\n<atom:link rel="self" type="application/rss+xml" href="{url}/history.rss"/>\n'
    ).format(
        title=_title(page, catalogue),
        url=page.url,
        language=catalogue.language,
        built=_mail_date(held[0].at if held else _begun(page)),
    )
    return str(head + Markup("").join(_item(one, page) for one in held) + Markup("</channel>\n</rss>\n")).encode()


def _item(one: Item, page: PageSnapshot) -> Markup:
    return Markup(
        '<item>\n<guid isPermaLink="false">{id}</guid>\n<title>{title}</title>\n<link>{url}/{href}</link>\n'
        "<pubDate>{at}</pubDate>\n<category>{kind}</category>\n<description>{content}</description>\n</item>\n"
    ).format(
        id=_tag(page, one.kind, one.id),
        title=plain(one.title),
        url=page.url,
        href=one.href,
        at=_mail_date(one.at),
        kind=one.kind,
        content=str(html(one.body)),
    )


def _tag(page: PageSnapshot, kind: str, key: str) -> str:
    """A tag URI (RFC 4151): the page's host, the year in which it began, and what it names."""
    host = urlsplit(page.url).hostname or "localhost"
    return f"tag:{host},{moments.utc(_begun(page)).year}:{page.id}/{kind}/{key}"


def _title(page: PageSnapshot, catalogue: Catalogue) -> str:
    return catalogue.say("feed.title", name=plain(page.customer or page.provider))


def _begun(page: PageSnapshot) -> Instant:
    return page.as_of if page.began_at is None else page.began_at


def _mail_date(at: Instant) -> str:
    return format_datetime(datetime.fromtimestamp(at // 1000, UTC))
