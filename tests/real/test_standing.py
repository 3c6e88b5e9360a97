"""Asking revocation services: who is asked, in which order, and for how long."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from chains import Authority, Responder

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.chain import links
from probes.probe import Finding, Look, Secret, up
from probes.standing import standing_of

pytestmark = pytest.mark.real


class Asking:
    """A probe that only asks how a leaf stands; what it heard is a fact."""

    kind, failures = "asking", ()

    def __init__(
        self, authority: Authority, leaf: str, within_s: float = 5, responder: str | None = None, staple: bytes = b""
    ) -> None:
        self.path = links([authority.leaves[leaf].cert, authority.inter.cert, authority.root.cert])
        self.within_s, self.staple = within_s, staple

    async def check(self, look: Look) -> Finding:
        standing = await standing_of(self.path, self.staple, look, self.within_s, None)
        return up({"word": standing.word, "said": standing.said})


@pytest.fixture
async def trusting() -> AsyncIterator[Runner]:
    gate = Egress(Resolver([]), monotonic, foreign=lambda address, port: None)
    yield Runner(gate, system_clock, monotonic, Stall(monotonic), lambda ref: Secret("canary-secret"))
    gate.close()


async def heard(runner: Runner, probe: Asking) -> tuple[str, str]:
    facts = (await runner.look(probe, 20)).finding.facts  # type: ignore[arg-type]
    return str(facts["word"]), str(facts["said"])


async def test_a_bad_staple_is_asked_again_and_a_good_one_is_not(
    trusting: Runner, authority: Authority, responder: Responder
) -> None:
    assert await heard(trusting, Asking(authority, "checked", staple=b"garbage")) == ("good", "")
    assert responder.asked == 1


async def test_silence_costs_no_more_than_was_given(trusting: Runner, authority: Authority, responder: Responder) -> None:
    responder.mode = "silent"
    began = time.monotonic()
    assert await heard(trusting, Asking(authority, "both", 0.4)) == ("unchecked", "no revocation service answered in time")
    assert time.monotonic() - began < 3


async def test_nobody_there_is_no_word(trusting: Runner, authority: Authority) -> None:
    word, said = await heard(trusting, Asking(authority, "both"))
    assert (word, said[:31]) == ("unchecked", "revocation service: [Errno 111]")
    assert (await heard(trusting, Asking(authority, "good")))[1] == "the certificate names no revocation service"
