"""A process that sends an outbox and is killed: sender.py DATA PORT CA. Letters to many contacts, several a thread."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from monitor.clock import system_clock
from monitor.post.mail import Hop, Reply, deliver
from monitor.post.outbox import Outbox
from monitor.store.database import Database


async def main(data: Path, port: int, ca_file: str) -> None:
    database = Database(data, system_clock())
    hop = Hop("localhost", port, ca_file=ca_file)

    async def handed(sender: str, recipient: str, body: bytes) -> Reply:
        return await deliver(hop, sender, recipient, body)

    await Outbox(database, handed, system_clock).run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
