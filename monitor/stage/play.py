"""The demo's play: one outage of a customer's directory, begun and ended within two minutes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

QUIET_S = 35.0
"""Long enough that every check has been seen up before."""
OUTAGE_S = 30.0
"""Six looks at 5 s: enough for three failures in a row to confirm it, short enough to be watched."""


class Breakable(Protocol):
    """A stage whose parts can be taken away and given back."""

    async def fail(self, part: str) -> None:
        """Take ``part`` away."""

    async def mend(self, part: str) -> None:
        """Give ``part`` back."""


async def act(stage: Breakable, say: Callable[[str], None], sleep: Callable[[float], Awaitable[None]]) -> None:
    """Play it once: ``say`` hears what to look at, ``sleep`` takes seconds. A cancelled play mends what it broke."""
    await sleep(QUIET_S)
    say("acme's directory stops answering now; its page follows when three looks in a row have failed")
    await stage.fail("ldap")
    try:
        await sleep(OUTAGE_S)
    finally:
        await stage.mend("ldap")
    say("acme's directory answers again; the outage stays in the history with its exact length")
