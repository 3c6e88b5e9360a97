"""What webhooks are to be told, from what the pages have published: so they never say more, nor other, than their page does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from monitor.addresses import opaque
from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.desk.hooks import key_of, letter
from monitor.desk.passes import pass_of
from monitor.desk.postmark import Postmark
from monitor.readership import Readership, readerships
from monitor.store import letters, subscribers
from monitor.store.database import Database
from monitor.store.letters import Key, Letter
from monitor.store.subscribers import Subscriber
from reports import webhook
from reports.webhook import Envelope
from sla.span import HOUR, Instant
from sla.texts import instant

STALE_MS = 6 * HOUR
"""What was said so long ago is no news, as in mails."""
KINDS = ("webhook-incident", "webhook-maintenance")
DOCUMENTS = ("status", "components", "incidents", "scheduled-maintenances")
Published = Callable[[str], bytes | None]
"""The published document under a path; None: there is none, or it is stale."""
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Docs:
    """The documents of one page as objects."""

    page: Readership
    status: Json
    components: Sequence[Json]
    things: Sequence[tuple[str, Json]]
    """Incidents and maintenances, each with its kind."""


class HookNews:
    """Finds what is new for each webhook, and queues it. A component's status is new against the last round's."""

    def __init__(self, database: Database, clock: Clock, secret: bytes, published: Published, poke: Callable[[], None]) -> None:
        self._database, self._clock, self._secret = database, clock, secret
        self._published, self._poke = published, poke
        self._pages: Mapping[str, Readership] = {}
        self._statuses: dict[str, dict[str, str]] = {}

    def watch(self, configuration: Configuration) -> None:
        """Tell of exactly these pages from now on."""
        self._pages = {page.page: page for page in readerships(configuration, self._secret)}

    async def tell(self) -> int:
        """Queue what is new; how many. Raises the store's errors; then the next round finds the same incidents."""
        now, pages = self._clock(), self._pages
        hooks = await self._database.read(lambda db: _hooks(db, list(pages)))
        wanted = sorted({one.wish.page for one in hooks})
        docs = await asyncio.to_thread(lambda: {root: found for root in wanted if (found := self._docs(pages[root])) is not None})
        changed = {root: tuple(self._changed(root, found.components)) for root, found in docs.items()}
        sent = await self._database.read(lambda db: letters.queued(db, KINDS, now - 2 * STALE_MS)) if docs else frozenset[Key]()
        told = ((one, one.wish.page) for one in hooks if one.wish.page in docs)
        due = [found for one, root in told for found in self._due(one, docs[root], changed[root], sent, now)]
        if due:
            await self._database.write(lambda db: [letters.put(db, one, now) for one in due])
            self._poke()
        return len(due)

    def _docs(self, page: Readership) -> Docs | None:
        found = [self._published(f"{page.page}api/v2/{name}.json") for name in DOCUMENTS]
        if None in found:
            return None
        status, components, incidents, maintenances = (json.loads(one) for one in found if one is not None)
        things = [("incident", one) for one in incidents["incidents"]]
        things += [("maintenance", one) for one in maintenances["scheduled_maintenances"]]
        return Docs(page, status, components["components"], things)

    def _changed(self, root: str, components: Sequence[Json]) -> Iterator[tuple[Json, str]]:
        """Components whose status is another than before, each with that; in the first round of a page none."""
        before = self._statuses.get(root, {})
        self._statuses[root] = {one["id"]: one["status"] for one in components if not one["group"]}
        for one in components:
            if one["id"] in before and before[one["id"]] != one["status"]:
                yield one, before[one["id"]]

    def _due(
        self, one: Subscriber, docs: Docs, changed: Sequence[tuple[Json, str]], sent: Collection[Key], now: Instant
    ) -> Iterator[Letter]:
        mark, since = Postmark(self._secret, ""), max(now - STALE_MS, one.confirmed_at or 0)
        home = docs.page.url
        envelope = Envelope(f"{home}/leave?s={pass_of(self._secret, one)}", f"{home}/", docs.status)
        for kind, thing in docs.things:
            key = key_of(one, thing["id"], f"webhook-{kind}", len(thing["incident_updates"]))
            concerned = {component["id"] for component in thing["components"]}
            if key not in sent and instant(thing["updated_at"]) >= since and one.wants(kind, concerned):
                yield letter(mark, one, key, webhook.incident(envelope, thing))
        for component, before in changed:
            if one.wants("incident", (component["id"],)):
                key = key_of(one, component["id"], f"webhook-component-{now}", 0)
                change = opaque(self._secret, "component update", f"{key.event}/{now}")
                yield letter(mark, one, key, webhook.component(envelope, component, before, change))


def _hooks(connection: Connection, pages: Sequence[str]) -> tuple[Subscriber, ...]:
    """The webhooks that work, of all kinds of news."""
    found = {
        one.no: one for kind in ("incident", "maintenance") for one in subscribers.confirmed(connection, pages, kind, "webhook")
    }
    return tuple(found[no] for no in sorted(found))
