"""The demo's rollout: a release is carried to our own site first and then to each customer, with seconds for hours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from monitor.clock import Clock
from sla.rollout import RINGS
from sla.span import SECOND, Instant
from sla.texts import instant, instant_text

RELEASE = "10.18.3"
LEAD_S = 40
"""Until the first wave: time to read the announcements, and for every check to have been seen up."""
WINDOW_S, SOAK_S = 15, 15
MARGIN_S = 10
"""Between a soak and the next wave: two looks at 5 s, so that the end of the soak has been measured."""
EARLY_S = 4
"""A window is completed so long before its end; at its end the service would prolong it."""
PLANNER, SECOND_PERSON = "Anna", "Ben"

NOTES = """\
---
version: {version}
date: {date}
title: Faster enrolment
rollout: {rollout}
public: yes
---
## New features
- A device is enrolled in **half** the time.
- The console remembers the last filter.

## Known issues
- Screen captures of locked devices are *empty*.

## Fixed issues
- A push that was sent twice arrives once.

## Other changes
"""

Json = Mapping[str, Any]
Sleep = Callable[[float], Awaitable[None]]
Say = Callable[[str], None]


class Operators(Protocol):
    """The people of the provider at their desk."""

    async def do(self, person: str, deed: str, body: Json) -> Json:
        """What ``person`` asks of the desk, and the answer. Raises RuntimeError if it is refused."""

    async def gate(self, rollout: str, wave: int) -> Json:
        """What the gate before a wave says."""


async def carry(operators: Operators, say: Say, sleep: Sleep, clock: Clock) -> None:
    """Play it once, to the end or until the gate says no."""
    rollout = await _announced(operators, say, clock() + LEAD_S * SECOND)
    for wave in rollout["waves"]:
        await sleep(max(0.0, (instant(wave["from"]) - clock()) / SECOND))
        found = await operators.gate(rollout["id"], wave["wave"])
        sites = ", ".join(one["site"] for one in wave["windows"])
        if found["answer"] != "go":
            against = "; ".join(f"{one['site'] or 'rollout'}: {one['got']}" for one in found["findings"] if one["mark"] != "good")
            say(f"the gate before wave {wave['wave']} ({sites}) says {found['answer']}: {against}; the rollout stops here")
            return
        say(f"the gate before wave {wave['wave']} says go after {len(found['findings'])} findings; wave {wave['wave']}: {sites}")
        await _done(operators, [one["maintenance"] for one in wave["windows"]], sleep)
    say(f"{RELEASE} is on all sites; each completion told what was announced and what was measured")


async def _announced(operators: Operators, say: Say, first: Instant) -> Json:
    """The rollout, drafted by one person and announced wave by wave by another."""
    every = (WINDOW_S + SOAK_S + MARGIN_S) * SECOND
    starts = [first + number * every for number in range(len(RINGS))]
    waves = [
        {"ring": ring, "from": instant_text(start), "to": instant_text(start + WINDOW_S * SECOND)}
        for ring, start in zip(RINGS, starts, strict=True)
    ]
    words = {"version": RELEASE, "impact": "REDUCED-REDUNDANCY", "about": "The nodes are updated one after the other."}
    rollout: Json = (await operators.do(PLANNER, "release.draft", {**words, "waves": waves}))["rollout"]
    for wave in rollout["waves"]:
        await operators.do(SECOND_PERSON, "release.announce", {"id": rollout["id"], "wave": wave["wave"]})
    notes = NOTES.format(version=RELEASE, date=instant_text(first)[:10], rollout=rollout["id"])
    await operators.do(SECOND_PERSON, "release.publish", {"text": notes})
    say(
        f"{rollout['id']} carries {RELEASE}: planned by {PLANNER}, announced by {SECOND_PERSON}; our own site first, then acme, "
        "then globex; seconds stand for hours, the mailbox has the notices and what is new"
    )
    return rollout


async def _done(operators: Operators, windows: list[str], sleep: Sleep) -> None:
    for key in windows:
        await operators.do(PLANNER, "maintenance.start", {"id": key})
    await sleep(WINDOW_S - EARLY_S)
    for key in windows:
        await operators.do(PLANNER, "maintenance.complete", {"id": key, "outcome": "done"})
