"""Whatever is recorded in whatever order, by whatever clock: deltas sum up, and every version follows from the store for ever."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from deeds import PERIODS, History
from desk_world import Store, filled
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from outsider import outsiders

from monitor.desk.bundle import bundle, sealed
from monitor.desk.issue import differing
from monitor.store import statements
from monitor.store.statements import Issued


@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_deltas_sum_up_and_every_version_follows_from_the_store(seed: int) -> None:
    with TemporaryDirectory() as folder:
        store = filled(Path(folder))
        History(store, Random(seed)).lived()
        try:
            for period in PERIODS:
                judged(store, store.look(lambda c, period=period: statements.versions(c, "acme", period)))
        finally:
            store.database.close()


def judged(store: Store, versions: tuple[Issued, ...]) -> None:
    assert store.look(lambda c: list(differing(c, versions))) == []
    assert outsiders(sealed(store.look(lambda c: bundle(c, versions)), None)) == []
    for before, after in pairwise(versions):
        total = sum(Fraction(delta["counted_seconds"]) for delta in after.deltas)
        assert total == counted(after) - counted(before), (before.version, after.deltas)
        for delta in after.deltas:
            event(delta["kind"])
            assert delta["from"] < delta["to"] and delta["of"]
        recorded = [delta["recorded_at"] for delta in after.deltas]
        assert recorded == sorted(recorded)


def counted(issued: Issued) -> Fraction:
    return Fraction(issued.document["result"]["figures"]["downtime_counted_seconds"])
