"""Whatever people, pipelines, faults and the clock do, in whatever order: the rules of the waves, judged from the rows alone.

The deeds are the real ones on a real store; the judge below knows nothing of the code that allows or refuses them.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from rollout_world import ALONE, RINGS, World, configured, world

from monitor.config.configuration import Configuration
from monitor.desk import maintenance_keeping
from monitor.store import tables
from monitor.store.rollout_tables import rollout_step
from sla.span import DAY, HOUR, MINUTE
from sla.state import State as Seen
from sla.texts import instant_text

SITES = tuple(RINGS)
SOAK = {"own": 72 * HOUR, "acme": 48 * HOUR, "globex": 48 * HOUR}
people = st.sampled_from(("anna", "ben", "cleo"))
sites = st.sampled_from(SITES)
numbers = st.integers(1, 3)
took = st.sampled_from((1, 4, 30))
"""Hours that a window takes: as planned, too long for the next wave's date, far too long."""


@cache
def provider() -> Configuration:
    with TemporaryDirectory() as folder:
        return configured(Path(folder), ALONE)


class LifeOfARollout(RuleBasedStateMachine):
    """One rollout over three waves of one site each."""

    @initialize(announced=st.booleans(), carried=st.integers(0, 2))
    def begin(self, announced: bool, carried: int) -> None:
        self.stack = ExitStack()
        self.world: World = self.stack.enter_context(world(provider()))
        self.bad: list[tuple[str, int, int]] = []
        self.key = self.world.announced() if announced or carried else self.world.drafted()
        for site in SITES[:carried]:
            self.world.carried(self.key, site)

    def teardown(self) -> None:
        """Rows are never changed, so that one look at the end of a life sees all of it."""
        if hasattr(self, "stack"):
            with self.stack:
                self.judge()

    @rule(number=numbers, who=people)
    def announce(self, number: int, who: str) -> None:
        self.world.do("release.announce", who, id=self.key, wave=number)

    @rule(site=sites, when=st.sampled_from(("now", "early", "in time", "in time")))
    def start(self, site: str, when: str) -> None:
        window = self.world.window(self.key, site)
        if when != "now":
            self.world.now = max(self.world.now, window.last.span.start - (when == "early") * 10 * MINUTE)
        self.world.do("maintenance.start", id=window.id)

    @rule(site=sites, outcome=st.sampled_from(("done", "done", "rolled-back")), hours=took)
    def complete(self, site: str, outcome: str, hours: int) -> None:
        self.world.now += hours * HOUR
        self.world.do("maintenance.complete", id=self.world.window(self.key, site).id, outcome=outcome)

    @rule(hours=took)
    def carry_on(self, hours: int) -> None:
        """The first site that is not done is begun in time and completed, perhaps late."""
        site = next((site for site in SITES if self._life(site)[1] is None), SITES[-1])
        self.start(site, "in time")
        self.complete(site, "done", hours)

    @rule(number=numbers, alone=st.booleans(), who=people, days=st.integers(0, 9))
    def move(self, number: int, alone: bool, who: str, days: int) -> None:
        """A wave, or one window behind its back."""
        start = self.world.now + days * DAY + HOUR
        agreed = {"from": instant_text(start), "to": instant_text(start + HOUR), "agreed_by": "Ada"}
        if alone:
            self.world.do("maintenance.change", who, id=self.world.window(self.key, SITES[number - 1]).id, **agreed)
        else:
            self.world.do("release.move", who, id=self.key, wave=number, **agreed)

    @rule(who=people)
    def hold(self, who: str) -> None:
        self.world.do("release.hold", who, id=self.key, reason="Wait.")

    @rule(who=people, override=st.sampled_from((None, "It was the switch.")))
    def resume(self, who: str, override: str | None) -> None:
        self.world.do("release.resume", who, id=self.key, override=override)

    @rule()
    def override(self) -> None:
        """Two people let what comes next begin, whatever the gate will say."""
        self.hold("ben")
        self.resume("cleo", "It was the switch.")

    @rule(
        site=st.sampled_from((None, None, *SITES)),
        minutes=st.sampled_from((1, 90, 500)),
        seen=st.sampled_from((Seen.DOWN, Seen.UNKNOWN)),
    )
    def fail(self, site: str | None, minutes: int, seen: Seen) -> None:
        """For some minutes a site (None: the one that began last) is down, or nobody sees it."""
        site = site or next((site for site in reversed(SITES) if self._life(site)[0] is not None), SITES[0])
        start, end = self.world.now, self.world.now + minutes * MINUTE
        self.world.now = end
        self.world.down(site, start, end, seen)
        if seen is Seen.DOWN:
            self.bad.append((site, start, end))

    @rule(hours=st.sampled_from((1, 12, 24, 48, 72)))
    def wait(self, hours: int) -> None:
        self.world.now += hours * HOUR

    @rule()
    def tend(self) -> None:
        self.world.tend()
        maintenance_keeping.tend(self.world.db, self.world.ground, self.world.now)

    def judge(self) -> None:
        lives = {site: self._life(site) for site in SITES}
        event(f"begun: {sum(begun is not None for begun, _, _ in lives.values())}")
        for earlier, later in (("own", "acme"), ("acme", "globex"), ("own", "globex")):
            begun = lives[later][0]
            if begun is not None:
                over = lives[earlier][1]
                assert over is not None and over <= begun, f"{later} began while {earlier} was not completed"
                assert over + SOAK[earlier] <= begun, f"{later} began before {earlier} had soaked"
        self._nothing_began_while_held()
        for earlier, later in (("own", "acme"), ("acme", "globex")):
            self._went_well_or_was_overridden(lives, earlier, later)

    def _life(self, site: str) -> tuple[int | None, int | None, tuple[int, int] | None]:
        """When a site's window began and was over, and the span that was announced last before."""
        m = tables.maintenance_step.c
        rows = self.world.db.execute(
            sa.select(tables.maintenance_step).join(tables.site).where(tables.site.c.key == site).order_by(m.no)
        )
        begun, over, announced = None, None, None
        for row in rows:
            if row.kind == "started":
                assert begun is None, "a site is done once"
                begun = row.recorded_at
            elif row.kind == "completed":
                over = row.recorded_at
            elif begun is None:
                announced = (row.since, row.until)
        return begun, over, announced

    def _nothing_began_while_held(self) -> None:
        held = False
        for row in self.world.db.execute(sa.select(tables.audit).order_by(tables.audit.c.seq)):
            if row.object == self.key and row.action in ("rollout.held", "rollout.resumed", "rollout.overridden"):
                held = row.action == "rollout.held"
            assert not (held and row.action == "maintenance.started"), "a held wave began"

    def _went_well_or_was_overridden(self, lives: dict[str, Any], earlier: str, later: str) -> None:
        """Downtime of the earlier site outside its window, before the later one began, is what a person has answered for."""
        begun, (first, over, announced) = lives[later][0], lives[earlier]
        if begun is None or first is None or over is None or announced is None:
            return
        watched = (first, min(begun, over + SOAK[earlier]))
        seen = [(max(start, watched[0]), min(end, watched[1])) for site, start, end in self.bad if site == earlier]
        outside = [one for one in seen if one[0] < one[1] and (one[0] < announced[0] or one[1] > announced[1])]
        if outside:
            asked = sa.select(rollout_step.c.wave).where(rollout_step.c.kind == "overridden", rollout_step.c.recorded_at <= begun)
            assert SITES.index(later) + 1 in set(self.world.db.execute(asked).scalars()), (
                f"{later} began after {earlier} was down"
            )
            event("begun by an override")


LifeOfARollout.TestCase.settings = settings(max_examples=80, stateful_step_count=12, deadline=None)
TestAnyLifeOfARollout = LifeOfARollout.TestCase
