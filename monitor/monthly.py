"""Publishes the statements of months when they are due and writes to the contacts; what was missed while away comes first.

Everything is found in the store again: a version is durable before a letter tells of it, and a letter that a fall has
prevented is owed still at the next start. One month at a time, so that results are kept in between.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec

import structlog

from monitor.clock import Clock
from monitor.desk import monthly, statement_letters
from monitor.desk.bundle import NotReproducible
from monitor.desk.deed import Installation
from monitor.desk.monthly import Due
from monitor.desk.statement_letters import Owed
from monitor.store.database import Database
from reports.mail import Attached
from sla.span import DAY, Instant

log = structlog.get_logger("monthly")

AT_ONCE = 20
"""Months and letters of one round: what a thousand sites have to say is spread over an hour, and no look waits for it."""
AGAIN_MS = DAY
"""Between two looks at a month that had nothing new, or could not be published."""
PRINT_S = 120.0
"""A PDF takes a second or two; whoever takes longer is not waited for."""
_PRINT = (
    "import os, sys; os.nice(10); from reports.statement_pdf import pdf; sys.stdout.buffer.write(pdf(sys.stdin.buffer.read()))"
)


async def printed(page: bytes) -> bytes | None:
    """The page as PDF, made by a process of its own since it is much work; None where it can't be made."""
    if find_spec("weasyprint") is None:
        return None
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PRINT, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(PRINT_S):
            made, trouble = await process.communicate(page)
    except TimeoutError:
        made, trouble = b"", b"took too long"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not made:
        log.warning("no_pdf", reason=trouble.decode(errors="replace")[-200:])
        return None
    return made


Print = Callable[[bytes], Awaitable[bytes | None]]


class Monthly:
    """``poke`` is called when letters were queued. ``printed``: makes a PDF of a page, or can't."""

    def __init__(
        self,
        database: Database,
        ours: Callable[[], Installation],
        clock: Clock,
        poke: Callable[[], None],
        printed: Print = printed,
    ) -> None:
        self._database, self._ours, self._clock, self._poke, self._printed = database, ours, clock, poke, printed
        self._looked: dict[tuple[str, str | int], Instant] = {}

    async def tend(self) -> None:
        """One round. Raises StoreError: then the next round finds the same work."""
        configuration = self._ours().configuration
        found = await self._database.read(lambda db: monthly.due(db, configuration, self._clock()))
        for one in [one for one in found if self._open((one.site, one.month))][:AT_ONCE]:
            await self._publish(one)
        owed = await self._database.read(lambda db: list(statement_letters.owed(db, configuration, self._clock())))
        for letter in [one for one in owed if self._open((one.event, one.version))][:AT_ONCE]:
            await self._write(letter)

    def _open(self, work: tuple[str, str | int]) -> bool:
        """Whether it is time to look at ``work``, which there was nothing to do about when we looked last."""
        return self._clock() >= self._looked.get(work, -AGAIN_MS) + AGAIN_MS

    async def _publish(self, one: Due) -> None:
        now = self._clock()
        if await self._database.read(lambda db: monthly.news(db, one, now)):
            made = await self._database.write(lambda db: monthly.publish(db, self._ours(), one, now))
            if made is not None:
                log.info("published", site=made.site, period=made.period, version=made.version)
        self._looked[one.site, one.month] = now

    async def _write(self, one: Owed) -> None:
        """Its letters, all of them in one commit."""
        try:
            data = await self._database.read(lambda db: statement_letters.evidence(db, one))
        except NotReproducible as fault:
            log.error("not_reproducible", of=one.event, version=one.version, first=str(fault))
            self._looked[one.event, one.version] = self._clock()
            return
        files = await self._files(one, await asyncio.to_thread(statement_letters.pages, data, one))
        if await self._database.write(lambda db: statement_letters.put(db, self._ours(), one, data, files, self._clock())):
            self._poke()

    async def _files(self, one: Owed, pages: Mapping[str, bytes]) -> Mapping[str, Attached]:
        """The statement in each language as the file that goes with a letter."""
        name = f"{one.site.key}-{one.period}-v{one.version}"
        made = {language: await self._printed(page) for language, page in pages.items()}
        return {
            language: Attached(f"{name}.html", "text/html", page)
            if (pdf := made[language]) is None
            else Attached(f"{name}.pdf", "application/pdf", pdf)
            for language, page in pages.items()
        }
