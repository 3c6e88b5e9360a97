"""The conductor over a real store: one round drafts the train, tells operators, and leaves the next round nothing to do."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rollout_world import BEGUN, NOW, configured

from monitor.conductor import Conductor
from monitor.desk.deed import Installation
from monitor.desk.records import enlisted
from monitor.store import letters, rollouts
from monitor.store.database import Database
from monitor.store.letters import State


async def test_a_round_drafts_the_train_and_the_next_round_nothing(tmp_path: Path) -> None:
    configuration, told = configured(tmp_path), list[Collection[str]]()

    async def tell(sites: Collection[str]) -> None:
        told.append(sites)

    database = Database(tmp_path / "data", NOW)
    await database.write(lambda db: enlisted(db, configuration, BEGUN))
    conductor = Conductor(database, lambda: NOW, lambda: Installation(configuration, b"k" * 32), tell)
    await conductor.tend()
    await conductor.tend()
    (one,) = database.look(rollouts.every)
    (letter,) = database.look(lambda db: letters.listed(db, list(State), 9))
    database.close()
    assert (one.state, one.steps[0].person, letter.letter.key.kind) == ("draft", "service", "ops-drafted")
    assert told == [(), ()], "the outbox is woken; no page says anything else"
