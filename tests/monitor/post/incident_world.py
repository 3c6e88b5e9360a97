"""Sites with contacts over a real store and a driven clock, where what is measured becomes incidents and letters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from published import Desk, configuration
from published import site as bare_site

from monitor.config.configuration import Configuration, Contact, Mailing, PublicEntry, Site
from monitor.herald import Herald
from monitor.post.crier import Crier
from monitor.store import changes, letters
from monitor.store.letters import Kept, State
from sla.composition import Leaf
from sla.span import Instant
from sla.state import Cause
from sla.state import State as Seen
from sla.timeline import Change

MAIL = Mailing("mail.p.example", 587, "start_tls", "notices@p.example", "P", "p.example", "ops@p.example")
SECRET = b"k" * 32


def site(key: str, customer: str, *contacts: str, shared: str | None = None, language: str = "en") -> Site:
    """A site whose contacts have these addresses; its directory stands on the ``shared`` thing."""
    made = bare_site(key, customer)
    parts = tuple(replace(one, shared=shared if one.key == "ldap" else None) for one in made.components)
    people = tuple(Contact(address.partition("@")[0].title(), address, language, "Europe/Berlin") for address in contacts)
    return replace(made, components=parts, contacts=people)


def small(made: Site, part: str) -> Site:
    """Nothing of the site but one part."""
    components = tuple(one for one in made.components if one.key == part)
    return replace(
        made, components=components, composition=Leaf(part), checks=tuple(c for c in made.checks if c.component == part)
    )


@dataclass
class World:
    """A service without its sockets: what is said becomes news when the clock is driven."""

    desk: Desk
    sites: tuple[Site, ...]
    herald: Herald
    crier: Crier
    made: Configuration

    @property
    def now(self) -> Instant:
        return self.desk.now

    def say(self, state: Seen, check: str, *keys: str, at: Instant | None = None) -> None:
        """What was confirmed of a check of these sites, at once for all."""
        cause = Cause.TCP_REFUSED if state is Seen.DOWN else None
        change = Change(self.now if at is None else at, state, cause)
        streams = {(plan.site, plan.check.key): plan.stream for plan in self.desk.plans}
        rows = [changes.Addition(streams[key, check], (change,), ()) for key in keys]
        self.desk.database.writer.submit(lambda db: changes.append(db, self.now, rows)).result(60)

    async def drive(self, seconds: int, keys: Iterable[str], step: int = 5) -> None:
        """Let time go by, with the service's rounds in it."""
        wanted = tuple(keys)
        for _ in range(0, seconds, step):
            self.desk.now += step * 1000
            await self.herald.follow(wanted)
            await self.crier.tell()

    def letters(self) -> tuple[Kept, ...]:
        """All that were queued, oldest first."""
        return self.desk.database.look(lambda db: letters.listed(db, list(State), 100_000))

    def mails(self) -> list[EmailMessage]:
        """The same as their readers get them."""
        return [read(kept.letter.body) for kept in self.letters()]


def read(body: bytes) -> EmailMessage:
    """A mail as the standard library reads it."""
    made = message_from_bytes(body, policy=SMTP)
    assert isinstance(made, EmailMessage) and not made.defects
    return made


def plain(mail: EmailMessage) -> str:
    """Its plain text, with the lines of a paragraph joined again."""
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def world(folder: Path, sites: Sequence[Site], entries: Sequence[PublicEntry] = ()) -> World:
    """All up for three days."""
    desk = Desk(folder, sites, entries)
    made = replace(configuration(folder, sites, entries), mailing=MAIL, public_url="https://status.p.example")
    desk.watch(made)

    async def renew(_: object) -> None:
        await asyncio.sleep(0)

    herald = Herald(desk.database, lambda: desk.now, renew)
    herald.watch(made, desk.plans)
    crier = Crier(desk.database, lambda: desk.now, SECRET, lambda: None)
    crier.watch(made)
    found = World(desk, tuple(sites), herald, crier, made)
    for check in ("web", "ldap", "spare"):
        looked_at = [one.key for one in sites if any(check == own.key for own in one.checks)]
        found.say(Seen.UP, check, *looked_at, at=desk.now - 3 * 86_400_000)
    return found
