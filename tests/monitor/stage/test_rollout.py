"""The demo's rollout is carried wave after wave by two people, and stops where the gate says no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.stage.rollout import EARLY_S, LEAD_S, MARGIN_S, SOAK_S, WINDOW_S, carry
from reports.release_note import ReleaseNote, read
from sla.span import SECOND

EVERY_S = WINDOW_S + SOAK_S + MARGIN_S


class Office:
    """Takes every deed, writes it down with the seconds since the beginning; its gate says no before one wave."""

    def __init__(self, closed: int | None = None) -> None:
        self.closed, self.seconds = closed, 0.0
        self.done: list[tuple[float, str, str]] = []
        self.said: list[str] = []

    async def do(self, person: str, deed: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.done.append((self.seconds, person, deed))
        if deed == "release.publish":
            assert isinstance(read(body["text"]), ReleaseNote)
        if deed != "release.draft":
            return {}
        waves = [
            {"wave": number, "from": one["from"], "windows": [{"site": one["ring"], "maintenance": f"M-{number}"}]}
            for number, one in enumerate(body["waves"], 1)
        ]
        return {"rollout": {"id": "RO-1", "waves": waves}}

    async def gate(self, rollout: str, wave: int) -> Mapping[str, Any]:
        finding = {"site": "own", "got": "9 s", "mark": "bad"}
        return {"answer": "hold" if wave == self.closed else "go", "findings": [finding]}

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    async def play(self) -> None:
        await carry(self, self.said.append, self.sleep, lambda: int(self.seconds * SECOND))


async def test_one_person_drafts_another_announces_and_each_wave_begins_after_the_soak_of_the_one_before() -> None:
    office = Office()
    await office.play()
    assert office.done[0] == (0, "Anna", "release.draft")
    assert office.done[1:5] == [*[(0, "Ben", "release.announce")] * 3, (0, "Ben", "release.publish")]
    starts = [at for at, _, deed in office.done if deed == "maintenance.start"]
    ends = [at for at, _, deed in office.done if deed == "maintenance.complete"]
    assert starts == [LEAD_S, LEAD_S + EVERY_S, LEAD_S + 2 * EVERY_S]
    assert ends == [start + WINDOW_S - EARLY_S for start in starts]
    assert len(office.said) == 5 and office.said[-1].startswith("10.18.3 is on all sites")


async def test_a_gate_that_says_no_ends_the_play_with_its_numbers() -> None:
    office = Office(closed=2)
    await office.play()
    assert [deed for _, _, deed in office.done].count("maintenance.start") == 1
    assert office.said[-1] == "the gate before wave 2 (early) says hold: own: 9 s; the rollout stops here"
