"""Are we blind? Canaries beside the targets tell whether a failure is the target's or our own network's.

A round connects to every canary and succeeds when one answers. A failure counts as down only if every round that
overlapped the look succeeded and one begun after the failure was seen did too. Without canaries nothing is blinded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.clock import Stopwatch
from monitor.config.configuration import Canary
from monitor.watch.causes import own_trouble
from monitor.watch.egress import Egress
from monitor.watch.runner import LookOutcome
from probes.probe import Failed
from sla.state import Cause, State

EVERY_S = 10.0
DEADLINE_S = 3.0
NOT_OFTENER_S = 0.25
"""Rounds that failures ask for start at most this often; all failures in between share one."""
KEPT_ROUNDS = 4_096


@dataclass(eq=False, slots=True)
class Round:
    """One round of canaries, in monotonic seconds; ``good`` is done when it ended."""

    began: float
    good: asyncio.Task[bool]
    ended: float | None = None

    def overlaps(self, outcome: LookOutcome) -> bool:
        """Whether this round and the look were under way at the same time."""
        return self.began <= outcome.ended and (self.ended is None or self.ended >= outcome.began)


class Sight:
    """The canaries of one vantage. ``run`` keeps looking; ``judge`` takes back what blindness explains."""

    def __init__(self, canaries: Sequence[Canary], egress: Egress, monotonic: Stopwatch) -> None:
        self._canaries, self._egress, self._monotonic = tuple(canaries), egress, monotonic
        self._rounds: deque[Round] = deque(maxlen=KEPT_ROUNDS)
        self._next: asyncio.Task[bool] | None = None
        self.blind = False

    async def run(self) -> None:
        """Rounds every 10 s until cancelled; returns at once if there are no canaries."""
        while self._canaries:
            await self._begin().good
            await asyncio.sleep(EVERY_S)

    async def judge(self, outcome: LookOutcome) -> LookOutcome:
        """The outcome itself, or ``unknown(vantage_blind)`` in its place. A failure waits for one more round."""
        if not self._canaries or outcome.finding.state is State.UP or _is_stronger(outcome.finding.cause):
            return outcome
        # Shielded: a look that is cancelled must not take the round from the others that wait for it.
        overlapping = [asyncio.shield(round_.good) for round_ in self._rounds if round_.overlaps(outcome)]
        seen = all(await asyncio.gather(*overlapping))
        if seen and outcome.finding.state is State.DOWN:
            seen = await self._one_after(outcome.ended)
        if seen:
            return outcome
        blind = own_trouble(Cause.VANTAGE_BLIND, "no canary answered: our own network, not the target")
        return replace(outcome, finding=replace(blind, facts=outcome.finding.facts, notices=outcome.finding.notices))

    async def _one_after(self, moment: float) -> bool:
        """The result of a round begun at or after ``moment``, started at once if there is none yet."""
        for round_ in reversed(self._rounds):
            if round_.began >= moment:
                return await asyncio.shield(round_.good)
        if self._next is None or self._next.done():
            self._next = asyncio.create_task(self._soon())
        return await asyncio.shield(self._next)

    async def _soon(self) -> bool:
        """A new round, not before NOT_OFTENER_S after the latest began."""
        if self._rounds and (wait := self._rounds[-1].began + NOT_OFTENER_S - self._monotonic()) > 0:
            await asyncio.sleep(wait)
        # From here on this round has begun: whoever fails later needs another.
        self._next = None
        return await self._begin().good

    def _begin(self) -> Round:
        round_ = Round(self._monotonic(), asyncio.create_task(self._look_round()))
        self._rounds.append(round_)
        round_.good.add_done_callback(lambda _: self._ended(round_))
        return round_

    def _ended(self, round_: Round) -> None:
        round_.ended = self._monotonic()
        if not round_.good.cancelled():
            self.blind = not round_.good.result()

    async def _look_round(self) -> bool:
        """True as soon as one canary answers."""
        tries = [asyncio.create_task(self._answers(canary)) for canary in self._canaries]
        try:
            for answer in asyncio.as_completed(tries):
                if await answer:
                    return True
            return False
        finally:
            for one in tries:
                one.cancel()

    async def _answers(self, canary: Canary) -> bool:
        flight = self._egress.flight()
        try:
            async with asyncio.timeout(DEADLINE_S):
                address = (await flight.addresses(canary.host))[0]
                await flight.open(asyncio.Protocol, address, canary.port)
        except (OSError, Failed):
            return False
        finally:
            flight.close()
        return True


def _is_stronger(cause: Cause | None) -> bool:
    """Whether this unknown cause comes before vantage_blind in the closed list's order."""
    return cause is not None and cause.state is State.UNKNOWN and cause < Cause.VANTAGE_BLIND
