from __future__ import annotations

import pytest

from monitor.watch.credentials import REFUSALS, REST_S, Credentials
from monitor.watch.worked import Worked
from probes.probe import Failed, Secret, SecretRef
from sla.state import Cause, State

REF = SecretRef("env:PASSWORD")
START = 1_795_527_440_000


class World:
    """A secret that may change and a clock that may go on."""

    def __init__(self, kept: Worked | None = None) -> None:
        self.content: str | None = "canary-one"
        self.passed_s = 0.0
        clock = lambda: START + round(self.passed_s * 1000)  # noqa: E731
        self.credentials = Credentials(self.reveal, clock, lambda: self.passed_s, kept or Worked())

    def reveal(self, ref: SecretRef) -> Secret:
        if self.content is None:
            raise ValueError(f"{ref.text} leads nowhere")
        return Secret(self.content)

    def refused(self) -> Cause | None:
        """Use it and be refused; the cause, also if it could not be used."""
        try:
            self.credentials.use(REF)
        except Failed as failed:
            return failed.finding.cause
        return self.credentials.refused(REF, "bind answered 49, wanted success").cause


def test_one_that_never_worked_is_our_mistake_and_one_that_did_is_the_targets() -> None:
    world = World()
    assert world.refused() is Cause.CHECK_CONFIG
    world.credentials.use(REF)
    world.credentials.accepted(REF)
    assert world.refused() is Cause.AUTH_FAILED
    world.content = "canary-two"
    assert world.refused() is Cause.CHECK_CONFIG, "what worked was another content"


def test_after_three_refusals_it_rests_for_half_an_hour_and_then_has_one_try() -> None:
    world = World()
    assert [world.refused() for _ in range(REFUSALS + 1)] == [Cause.CHECK_CONFIG] * REFUSALS + [Cause.PAUSED]
    world.passed_s = REST_S - 1
    assert world.refused() is Cause.PAUSED
    world.passed_s = REST_S + 1
    assert [world.refused(), world.refused()] == [Cause.CHECK_CONFIG, Cause.PAUSED]


def test_new_content_ends_the_rest_and_success_forgives_all() -> None:
    world = World()
    for _ in range(REFUSALS):
        world.refused()
    world.content = "canary-two"
    assert world.credentials.use(REF).reveal() == "canary-two"
    for _ in range(REFUSALS - 1):
        world.refused()
    world.credentials.accepted(REF)
    assert world.refused() is Cause.AUTH_FAILED, "the count began anew"


def test_the_next_try_is_named_and_the_secret_never() -> None:
    world = World()
    for _ in range(REFUSALS):
        world.refused()
    with pytest.raises(Failed) as raised:
        world.credentials.use(REF)
    finding = raised.value.finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.PAUSED)
    assert "next try at 2026-11-24 14:07:20 UTC" in finding.reason
    assert "canary" not in repr(vars(world.credentials))


def test_a_reference_that_leads_nowhere_is_our_mistake() -> None:
    world = World()
    world.content = None
    assert world.refused() is Cause.CHECK_CONFIG
