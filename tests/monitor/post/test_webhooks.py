"""Webhooks from what a page publishes to an endpoint that misbehaves: a real socket, a real outbox, a driven clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from incident_world import MAIL, read
from page_examples import AT, public_page
from published import Desk, configuration, site
from standardwebhooks import Webhook, WebhookVerificationError

from monitor.clock import monotonic, system_clock
from monitor.config.configuration import PublicEntry
from monitor.desk import hooks
from monitor.post.hook_news import HookNews
from monitor.post.outbox import Outbox
from monitor.post.webhooks import Webhooks
from monitor.store import letters, subscribers
from monitor.store.letters import HOOK_PAUSES_MS, Kept, State
from monitor.store.subscribers import FAILING_MS, Subscriber, Wish
from monitor.watch.egress import Egress
from monitor.watch.hook import NOT_ALLOWED, post
from monitor.watch.resolver import Resolver
from reports import statuspage_v2
from reports.events import Incident, Update
from sla.incident import Impact, Status
from sla.span import DAY, HOUR, MINUTE, SECOND
from sla.texts import instant_text

KEY = b"k" * 32
GOOD = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Endpoint:
    """What somebody built to hear of a page: it answers as it is told, one answer a request."""

    answers: list[str] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.splitlines()[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.heard.append((headers, body))
        how = self.answers.pop(0) if self.answers else "good"
        if how == "hang":
            await reader.read()
        elif how == "reset":
            writer.transport.abort()
            return
        else:
            said = body if how == "good" and b'"challenge"' in body else b""
            status = {"good": "200 OK", "500": "500 No", "302": f"302 There\r\nLocation: {self.url}other"}[how]
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said)
        writer.close()

    @property
    def told(self) -> list[tuple[str, int]]:
        """The id of each request, and how many updates its incident has."""
        return [(one["webhook-id"], len(json.loads(body)["incident"]["incident_updates"])) for one, body in self.heard]


class World:
    """One page, its webhooks, and their outbox."""

    def __init__(self, folder: Path, endpoint: Endpoint, refuse: Callable[[str, int], str | None] = lambda *_: None) -> None:
        sites, entries = [site("a", "acme")], [PublicEntry("Portal", ("a/web",))]
        self.desk, self.endpoint = Desk(folder, sites, entries), endpoint
        self.desk.now = system_clock()
        self.page = replace(public_page(), incidents=(), maintenances=())
        egress = Egress(Resolver(()), monotonic, foreign=refuse)
        ways = Webhooks(self.desk.database, lambda: self.desk.now, KEY, partial(post, egress, deadline_s=0.5))
        self.outbox = Outbox(
            self.desk.database, ways.deliver, lambda: self.desk.now, ways.accepted, failed=ways.failed, channel="webhook"
        )
        ways.watch(replace(configuration(folder, sites, entries), mailing=MAIL))
        self.news = HookNews(self.desk.database, lambda: self.desk.now, KEY, self.published, self.outbox.poke)
        self.news.watch(configuration(folder, sites, entries))

    def published(self, path: str) -> bytes | None:
        return statuspage_v2.documents(self.page).get(path.removeprefix("/api/v2/"))

    def say(self, updates: int) -> None:
        """The page has one incident with so many updates, the newest of now."""
        shown = self.page.entries[0].key
        begun = self.desk.now - updates * MINUTE
        said = tuple(
            Update(f"u{n}", begun + n * MINUTE, Status.INVESTIGATING, (shown,), f"word {n}") for n in range(1, updates + 1)
        )
        one = Incident("rv6fne2p5jltun5weibzdrrij4", "Slow", Impact.MINOR, begun, said[::-1], (shown,))
        self.page = replace(self.page, incidents=(one,))

    async def hook(self) -> Subscriber:
        """A webhook that has answered its challenge."""

        def work(db: Any) -> Subscriber:
            wish = Wish("/", "webhook", self.endpoint.url)
            one = subscribers.add(db, wish, self.desk.now, "kim@reader.example", confirmed=False)
            hooks.challenge(db, KEY, one, self.desk.now)
            return one

        one = await self.desk.database.write(work)
        await self.until(lambda kept: kept[0].state is State.SENT)
        self.endpoint.heard.clear()
        return one

    async def until(self, done: Callable[[tuple[Kept, ...]], bool]) -> tuple[Kept, ...]:
        """Let the outbox work until ``done`` of all letters."""
        self.outbox.poke()
        async with asyncio.timeout(60):
            while not done(found := self.letters()):  # noqa: ASYNC110  the store tells nobody
                await asyncio.sleep(0.01)
        return found

    def letters(self, channel: str = "webhook") -> tuple[Kept, ...]:
        found = self.desk.database.look(lambda db: letters.listed(db, list(State), 1_000))
        return tuple(kept for kept in found if kept.letter.channel == channel)

    def subscriber(self) -> Subscriber:
        (one,) = self.desk.database.look(subscribers.every)
        return one


@asynccontextmanager
async def working(folder: Path, **how: Any) -> AsyncIterator[World]:
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.hear, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    world = World(folder, endpoint, **how)
    running = asyncio.create_task(world.outbox.run())
    try:
        yield world
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        server.close()
        world.desk.database.close()


async def test_each_thing_is_delivered_once_per_id_and_in_order_whatever_an_endpoint_does(tmp_path: Path) -> None:
    async with working(tmp_path) as world:
        one = await world.hook()
        secret = Webhook(hooks.secret_of(KEY, one, 0))
        world.endpoint.answers = ["500", "302", "hang", "reset", "good"]
        world.say(1)
        assert (await world.news.tell(), await world.news.tell()) == (1, 0)
        await world.until(lambda kept: kept[1].tries == 1 and kept[1].state is State.NEW)
        world.say(2)
        assert await world.news.tell() == 1
        for tries, pause in enumerate(HOOK_PAUSES_MS[:4], 2):
            world.desk.now += pause - SECOND
            world.outbox.poke()
            await asyncio.sleep(0.05)
            assert len(world.endpoint.heard) == tries - 1  # not a second before its time
            world.desk.now += SECOND
            await world.until(lambda kept, n=tries: kept[1].tries == n and kept[1].state is not State.SENDING)  # type: ignore[misc]
        await world.until(lambda kept: kept[2].state is State.SENT)
        first, second = world.endpoint.told[0], world.endpoint.told[-1]
        assert world.endpoint.told == [first] * 5 + [second] and (first[1], second[1]) == (1, 2) and first[0] != second[0]
        assert len({body for _, body in world.endpoint.heard[:5]}) == 1
        for headers, body in world.endpoint.heard:
            at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
            assert headers["webhook-signature"] == secret.sign(headers["webhook-id"], at, body.decode())
        assert len({headers["webhook-timestamp"] for headers, _ in world.endpoint.heard[:5]}) == 5


async def test_another_implementation_verifies_it_and_refuses_what_was_changed_or_is_old(tmp_path: Path) -> None:
    async with working(tmp_path) as world:
        one = await world.hook()
        world.say(1)
        await world.news.tell()
        await world.until(lambda kept: kept[-1].state is State.SENT)
        ((headers, body),) = world.endpoint.heard
        secret = Webhook(hooks.secret_of(KEY, one, 0))
        assert secret.verify(body, headers) == json.loads(body)
        with pytest.raises(WebhookVerificationError):
            secret.verify(body.replace(b"word 1", b"word 2"), headers)
        world.desk.now -= HOUR
        world.desk.database.writer.submit(lambda db: subscribers.rotate(db, one, world.desk.now + DAY)).result(10)
        world.say(2)
        world.desk.now += HOUR
        world.page = replace(world.page, incidents=(replace(world.page.incidents[0], updates=_now(world)),))
        await world.news.tell()
        await world.until(lambda kept: len(kept) == 3 and kept[-1].state is State.SENT)
        headers, body = world.endpoint.heard[-1]
        for generation in (0, 1):  # both secrets are good while one is replaced
            assert Webhook(hooks.secret_of(KEY, one, generation)).verify(body, headers)
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) - 600)
        with pytest.raises(WebhookVerificationError):
            secret.verify(body, headers)


def _now(world: World) -> tuple[Update, ...]:
    return tuple(replace(one, at=world.desk.now) for one in world.page.incidents[0].updates)


async def test_nothing_goes_before_the_challenge_is_answered(tmp_path: Path) -> None:
    async with working(tmp_path) as world:
        world.endpoint.answers = ["302", "500"]

        def work(db: Any) -> None:
            one = subscribers.add(db, Wish("/", "webhook", world.endpoint.url), world.desk.now, confirmed=False)
            hooks.challenge(db, KEY, one, world.desk.now)

        await world.desk.database.write(work)
        await world.until(lambda kept: kept[0].tries == 1 and kept[0].state is State.NEW)
        world.say(1)
        assert await world.news.tell() == 0 and world.subscriber().confirmed_at is None
        assert json.loads(world.endpoint.heard[0][1])["type"] == "challenge"
        world.desk.now += DAY
        assert await world.desk.database.write(lambda db: subscribers.vanish(db, world.desk.now)) == 1


async def test_a_place_that_is_not_public_is_never_connected_to(tmp_path: Path) -> None:
    async with working(tmp_path, refuse=lambda address, port: "not public") as world:

        def work(db: Any) -> None:
            one = subscribers.add(db, Wish("/", "webhook", world.endpoint.url), world.desk.now, confirmed=False)
            hooks.challenge(db, KEY, one, world.desk.now)

        await world.desk.database.write(work)
        (kept,) = await world.until(lambda kept: kept[0].tries == 1 and kept[0].state is State.NEW)
        assert kept.reply == NOT_ALLOWED and world.endpoint.heard == []


async def test_after_five_days_of_nothing_it_is_off_and_after_the_last_try_a_delivery_is_dead(tmp_path: Path) -> None:
    async with working(tmp_path) as world:
        await world.hook()
        world.endpoint.answers = ["500"] * 50
        world.say(1)
        await world.news.tell()
        for tries, pause in enumerate(HOOK_PAUSES_MS, 1):
            await world.until(lambda kept, n=tries: kept[1].tries == n and kept[1].state is State.NEW)  # type: ignore[misc]
            world.desk.now += pause
        kept = await world.until(lambda kept: kept[1].state is State.DEAD)
        assert kept[1].tries == len(HOOK_PAUSES_MS) + 1 and world.subscriber().off_at is None
        world.desk.now += FAILING_MS
        world.say(2)
        await world.news.tell()
        await world.until(lambda kept: len(kept) == 3 and kept[2].tries == 1 and kept[2].state is State.NEW)
        assert world.subscriber().off_at == world.desk.now
        world.say(3)
        assert await world.news.tell() == 0
        dead, off = (read(kept.letter.body) for kept in world.letters("mail"))
        assert (dead["To"], dead["Subject"]) == ("kim@reader.example", "A message to your webhook was given up")
        assert off["Subject"] == "Your webhook is switched off" and "answered 500, wanted 2xx" in off.as_string()


async def test_a_component_that_changes_is_told_with_what_it_was(tmp_path: Path) -> None:
    async with working(tmp_path) as world:
        await world.hook()
        assert await world.news.tell() == 0  # the first round only learns how all stands
        group = world.page.groups[0]
        before = json.loads(world.published("/api/v2/components.json") or b"")["components"]
        changed = replace(group.entries[0], state=type(group.entries[0].state).DOWN, since=AT)
        world.page = replace(world.page, groups=(replace(group, entries=(changed, *group.entries[1:])), *world.page.groups[1:]))
        assert (await world.news.tell(), await world.news.tell()) == (1, 0)
        await world.until(lambda kept: kept[-1].state is State.SENT)
        told = json.loads(world.endpoint.heard[0][1])
        was = next(one["status"] for one in before if one["id"] == changed.key)
        assert told["component_update"]["old_status"] == was != told["component_update"]["new_status"]
        assert told["component"]["id"] == told["component_update"]["component_id"] == changed.key
        assert told["meta"]["unsubscribe"].endswith(f"/leave?s=1.{told['meta']['unsubscribe'].rpartition('.')[2]}")
        assert instant_text(AT) == told["component_update"]["created_at"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/", "https://hooks.example.com:8080/", "https://user@hooks.example.com/", "https://10.0.0.1/",
        "https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://localhost/", "https://[::1]/",
        "https://a b.example/",
        "https://hooks.example.com/#x", "https://169.254.169.254/latest", "https://hooks.example.com:99999/",
        "https://ｅxample.com/",
    ],
)  # fmt: skip
def test_places_that_customers_may_not_name_are_refused_when_they_are_written(url: str) -> None:
    assert not hooks.may_be_called(url)
    assert hooks.may_be_called("https://hooks.example.com:8443/x?y=1") and hooks.may_be_called("http://93.184.216.34/")
