"""When a look is due."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.slots import phase, shard, slot_at, slot_at_once, slots_between

EVERY = st.sampled_from([1_000, 5_000, 10_000, 30_000, 60_000, 3_600_000])
NOW = st.integers(0, 4_000_000_000_000)


@given(NOW, EVERY, st.data())
def test_the_slot_of_an_instant_is_the_latest_on_the_grid(now: int, every: int, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, every - 1))
    slot = slot_at(now, every, offset)
    assert slot <= now < slot + every
    assert slot % every == offset


@given(NOW, EVERY, st.text())
def test_a_look_at_once_never_has_the_name_of_a_regular_one(now: int, every: int, key: str) -> None:
    slot = slot_at_once(now)
    assert abs(slot - now) <= 50
    assert slot % every != phase(key, "main", every)


@given(NOW, st.integers(0, 600_000), EVERY)
def test_slots_between_are_all_slots_after_the_first_and_up_to_the_last(after: int, length: int, every: int) -> None:
    offset = phase("acme/node-1", "main", every)
    slots = list(slots_between(after, after + length, every, offset))
    assert slots == [at for at in range(slot_at(after, every, offset), after + length + 1, every) if at > after]


def test_phases_lie_on_the_grid_and_are_the_same_in_every_process() -> None:
    assert phase("acme/ldap", "main", 60_000) == phase("acme/ldap", "main", 60_000)
    assert {phase(f"acme/{n}", "main", 10_000) % 100 for n in range(1000)} == {0}


def test_phases_spread_the_looks_over_the_interval() -> None:
    buckets = [0] * 10
    for n in range(10_000):
        buckets[phase(f"site/{n}", "main", 10_000) // 1000] += 1
    assert min(buckets) > 850
    assert max(buckets) < 1150


def test_a_site_has_one_shard_for_ever() -> None:
    assert [shard("acme"), shard("globex")] == [shard("acme"), shard("globex")]
    assert all(0 <= shard(f"site-{n}") < 16 for n in range(100))
