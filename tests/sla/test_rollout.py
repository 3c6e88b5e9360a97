"""The order of a rollout's waves, judged from values alone."""

from __future__ import annotations

from dataclasses import replace

from sla.maintenance import Impact, Status
from sla.rollout import Rollout, Wave, Window, order_faults, start_faults
from sla.span import HOUR, Span

SOAK = 48 * HOUR


def wave(number: int, ring: str, start: int, *sites: str, completed_at: int | None = None) -> Wave:
    status = Status.CONFIRMED if completed_at is None else Status.COMPLETED
    begun = None if completed_at is None else start
    windows = (Window(site, site, Span(start, start + HOUR), Impact.DEGRADED, status, begun, completed_at) for site in sites)
    return Wave(number, ring, SOAK, tuple(windows))


OWN, EARLY, GENERAL = (
    wave(1, "internal", 0, "own", "lab"),
    wave(2, "early", 50 * HOUR, "acme"),
    wave(3, "general", 99 * HOUR, "globex"),
)
PLAN = Rollout("RO-1", "10.18.3", (OWN, EARLY, GENERAL))
DONE = wave(1, "internal", 0, "own", "lab", completed_at=HOUR)


def codes(rollout: Rollout, site: str, now: int, go: bool = True) -> list[str]:
    return [fault.code for fault in start_faults(rollout, site, now, go)]


def test_a_plan_in_order_is_sound_and_a_wave_may_begin_at_the_very_end_of_the_soak() -> None:
    assert order_faults(PLAN) == ()
    touching = replace(PLAN, waves=(OWN, wave(2, "early", 49 * HOUR, "acme")))
    assert order_faults(touching) == ()
    early = replace(PLAN, waves=(OWN, wave(2, "early", 49 * HOUR - 1, "acme")))
    assert [fault.code for fault in order_faults(early)] == ["wave-overlap"]


def test_rings_rise_and_each_site_is_in_one_wave() -> None:
    backwards = replace(PLAN, waves=(EARLY, replace(OWN, number=2), wave(3, "general", 150 * HOUR, "acme")))
    assert sorted(fault.code for fault in order_faults(backwards)) == ["ring-order", "site-twice", "wave-overlap"]


def test_nothing_begins_before_all_sites_of_all_waves_before_are_completed_and_soaked() -> None:
    assert codes(PLAN, "own", 0) == []
    assert codes(PLAN, "acme", 50 * HOUR) == ["wave-order"]
    half = replace(DONE, windows=(DONE.windows[0], OWN.windows[1]))
    assert codes(replace(PLAN, waves=(half, EARLY)), "acme", 50 * HOUR) == ["wave-order"]
    done = replace(PLAN, waves=(DONE, EARLY, GENERAL))
    assert codes(done, "acme", HOUR + SOAK - 1) == ["soaking"]
    assert codes(done, "acme", HOUR + SOAK) == []
    assert codes(done, "globex", 99 * HOUR) == ["wave-order"]
    going_on = replace(GENERAL, windows=(replace(GENERAL.windows[0], begun_at=50 * HOUR),))
    assert codes(replace(done, waves=(DONE, EARLY, going_on)), "acme", 60 * HOUR) == ["wave-order"]


def test_a_person_overrides_the_gate_of_one_wave_and_never_the_order_nor_the_hold() -> None:
    done = replace(PLAN, waves=(DONE, EARLY, GENERAL))
    assert codes(done, "acme", 50 * HOUR, go=False) == ["gate"]
    overridden = replace(done, overridden=frozenset({2}))
    assert codes(overridden, "acme", 50 * HOUR, go=False) == []
    assert codes(overridden, "acme", 2 * HOUR, go=False) == ["soaking"]
    assert codes(replace(overridden, held=True), "acme", 50 * HOUR, go=False) == ["held"]
    assert codes(replace(overridden, over=True), "acme", 50 * HOUR) == ["rollout-over"]


def test_a_wave_is_overtaken_as_soon_as_the_soak_before_it_can_not_end_in_time() -> None:
    assert PLAN.overtaken(2 * HOUR) == ()
    assert PLAN.overtaken(2 * HOUR + 1) == (EARLY,)
    late = wave(1, "internal", 0, "own", "lab", completed_at=3 * HOUR)
    assert replace(PLAN, waves=(late, EARLY)).overtaken(3 * HOUR) == (EARLY,)
    assert replace(PLAN, waves=(late, wave(2, "early", 51 * HOUR, "acme"))).overtaken(50 * HOUR) == ()
