"""Publishes the statements of months when they are due, puts them on the shelf and writes to the contacts; what was missed first.

Everything is found in the store again: a version is durable before its files are made and a letter tells of it, and what a
fall has prevented is owed still at the next start. One at a time, so that results are kept in between.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from monitor.clock import Clock
from monitor.desk import monthly, statement_letters
from monitor.desk.bundle import NotReproducible
from monitor.desk.deed import Installation
from monitor.desk.monthly import Due
from monitor.desk.statement_letters import Owed
from monitor.statement_shelf import Shelf
from monitor.store import statements
from monitor.store.database import Database
from reports.mail import Attached
from sla.span import DAY, Instant

log = structlog.get_logger("monthly")

AT_ONCE = 20
"""Months, folders and letters of one round: what a thousand sites have to say takes an hour or two, and no look waits for it."""
AGAIN_MS = DAY
"""Between two looks at a month that had nothing new, or could not be published."""
SHELVED_MS = 400 * DAY
"""Files of what was published longer ago are not made again; `threenines statement write` still writes them."""
RENDER_S = 180.0
"""All forms take some seconds, most of it PDF; whoever takes longer is not waited for."""
_RENDER = """\
import os, sys
from monitor.cli.main import main
os.nice(10)
main(["statement", "render", "-", sys.argv[1]])
"""


async def rendered(evidence: bytes, folder: Path) -> bool:
    """Every form of the statement that ``evidence`` proves, whole in ``folder``; by a process of its own: it is much work."""
    command = (sys.executable, "-c", _RENDER, str(folder))
    process = await asyncio.create_subprocess_exec(  # in a session of its own: an interrupt is for us, we end it
        *command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, start_new_session=True
    )
    trouble = b"took too long"
    try:
        async with asyncio.timeout(RENDER_S):
            _, trouble = await process.communicate(evidence)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.error("not_rendered", folder=str(folder), reason=trouble.decode(errors="replace")[-300:])
    return process.returncode == 0


Render = Callable[[bytes, Path], Awaitable[bool]]
Version = tuple[str, str, int]
"""Site, period and number."""


class Monthly:
    """``poke`` is called when letters were queued; ``render`` makes the files of a version."""

    def __init__(
        self,
        database: Database,
        ours: Callable[[], Installation],
        clock: Clock,
        poke: Callable[[], None],
        render: Render = rendered,
    ) -> None:
        self._database, self._ours, self._clock, self._poke, self._render = database, ours, clock, poke, render
        self._looked: dict[tuple[str | int, ...], Instant] = {}

    async def tend(self) -> None:
        """One round. Raises StoreError: then the next round finds the same work."""
        configuration = self._ours().configuration
        shelf = Shelf(configuration.data)
        found = await self._database.read(lambda db: monthly.due(db, configuration, self._clock()))
        for one in [one for one in found if self._open(one.site, one.month)][:AT_ONCE]:
            await self._publish(one)
        missing = await self._missing(shelf)
        for version in [one for one in missing if self._open(*one)][:AT_ONCE]:
            await self._shelve(shelf, version)
        owed = await self._database.read(lambda db: list(statement_letters.owed(db, configuration, self._clock())))
        for letter in [one for one in owed if self._open(one.event, one.version)][:AT_ONCE]:
            await self._write(shelf, letter)

    def _open(self, *work: str | int) -> bool:
        """Whether it is time to look at ``work``, which there was nothing to do about when we looked last."""
        return self._clock() >= self._looked.get(work, -AGAIN_MS) + AGAIN_MS

    def _settled(self, *work: str | int) -> None:
        self._looked[work] = self._clock()

    async def _publish(self, one: Due) -> None:
        now = self._clock()
        if await self._database.read(lambda db: monthly.news(db, one, now)):
            made = await self._database.write(lambda db: monthly.publish(db, self._ours(), one, now))
            if made is not None:
                log.info("published", site=made.site, period=made.period, version=made.version)
        self._settled(one.site, one.month)

    async def _missing(self, shelf: Shelf) -> list[Version]:
        """The versions without a folder, the newest first."""
        since = self._clock() - SHELVED_MS
        known = {site.key for site in self._ours().configuration.sites}
        kept = await self._database.read(lambda db: statements.numbers(db, since))
        return await asyncio.to_thread(lambda: [one for one in kept if one[0] in known and not shelf.folder(*one).exists()])

    async def _shelve(self, shelf: Shelf, version: Version) -> None:
        """Make the folder of a version; one that can't be made is tried again tomorrow."""
        data = await self._evidence(*version)
        if data is None or not await self._render(data, shelf.folder(*version)):
            self._settled(*version)

    async def _evidence(self, site: str, period: str, version: int) -> bytes | None:
        try:
            return await self._database.read(lambda db: statement_letters.evidence(db, site, period, version))
        except NotReproducible as fault:
            log.error("not_reproducible", site=site, period=period, version=version, first=str(fault))
            return None

    async def _write(self, shelf: Shelf, one: Owed) -> None:
        """Its letters, all of them in one commit; what is on the shelf goes with them."""
        folder = shelf.folder(*one.statement)
        if not folder.exists() and self._open(*one.statement):
            return  # its turn comes
        data = await self._evidence(*one.statement)
        if data is None:
            self._settled(one.event, one.version)
            return
        files = await asyncio.to_thread(_files, one, data, folder)
        if await self._database.write(lambda db: statement_letters.put(db, self._ours(), one, data, files, self._clock())):
            self._poke()


def _files(one: Owed, data: bytes, folder: Path) -> Mapping[str, Attached]:
    """The statement in each language as the file that goes with a letter: the PDF if there is one."""
    name, found = f"{one.site.key}-{one.period}-v{one.version}", {}
    for language, page in statement_letters.pages(data, one).items():
        pdf = next((path for path in (folder / f"statement.{language}.pdf", folder / "statement.pdf") if path.exists()), None)
        html = Attached(f"{name}.html", "text/html", page)
        found[language] = html if pdf is None else Attached(f"{name}.pdf", "application/pdf", pdf.read_bytes())
    return found
