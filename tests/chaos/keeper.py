"""A child to be killed: takes numbered looks from a pipe, keeps them, and writes each number to another after its commit."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.bus.local import LocalEvents
from monitor.config.configuration import Check
from monitor.intake import Intake
from monitor.ports import Result
from monitor.store.database import Database
from sla.state import Cause, State

T0 = 1_764_000_000_000
STREAMS = 5
CHECK = Check("c", "web", None, 60_000, 10_000)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Plan:
    check_no: int
    check: Check = CHECK


class Nobody:
    def stored(self, count: int, duplicates: int, commit_s: float) -> None:
        pass

    def rejected(self, reasons: Sequence[str]) -> None: ...


def look(number: int) -> Result:
    """The look of a number: five streams in turn, runs of up and down of many lengths, now and then an hour of silence."""
    turn, check = divmod(number, STREAMS)
    slot = T0 + turn * 60_000 + turn // 97 * 3_600_000 + check * 100
    down = turn * (check + 3) % 17 < 5
    return Result(slot, check + 1, 1, slot + 7, 12.3, State.DOWN if down else State.UP, Cause.TCP_REFUSED if down else None)


async def kept(intake: Intake, number: int, acks: int) -> None:
    await intake.take([look(number)])
    os.write(acks, f"{number}\n".encode())


async def main(data: Path, feed: int, acks: int) -> None:
    database = Database(data, T0)
    intake = Intake(database, LocalEvents(), lambda: T0, Nobody())
    await intake.watch([Plan(no + 1) for no in range(STREAMS)])
    running: set[asyncio.Task[None]] = set()
    rest = b""
    while chunk := await asyncio.to_thread(os.read, feed, 65_536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            task = asyncio.create_task(kept(intake, int(line), acks))
            running.add(task)
            task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    await intake.close()
    database.close()


def live(data: Path, feed: int, acks: int, others: tuple[int, int]) -> None:
    """The child's life; ``others`` are the parent's ends of the two pipes."""
    for end in others:
        os.close(end)
    asyncio.run(main(data, feed, acks))
