"""What people and looks may do to a store: drawn one after the other, by a clock that is set back now and then."""

from __future__ import annotations

from random import Random

from desk_world import NOW, SITE, Store, configured

from monitor.desk.exclusions import Proposal, Ruling, propose, rule
from monitor.desk.issue import Outcome, Wish, issue
from monitor.desk.people import Person
from monitor.desk.records import enlisted
from monitor.desk.statement import Asked
from monitor.store import announcements, exclusions
from monitor.store.audit import Actor
from sla.exclusion import NEXT, Step
from sla.maintenance import Announcement, Impact, Status
from sla.span import DAY, HOUR, MINUTE, Span
from sla.state import State
from sla.texts import instant
from sla.timeline import Change, Doubt

ANNA, BEN = (Person(Actor(name, "token"), frozenset({"operate", "approve"})) for name in ("Anna", "Ben"))
JUNE = instant("2026-06-01T00:00:00Z")
PERIODS = ("2026-06", "2026-05-20..2026-06-18")
TERMS = ("days: 28", 'goal: "99%"', "maintenance: excluded", 'degraded_impact: "0.5"', "unknown: remove-from-period")
STEPS = {Step.APPROVED: BEN, Step.REJECTED: BEN, Step.REVOKED: ANNA}


class History:
    """Events drawn one after the other; the clock mostly goes on, and is set back now and then."""

    def __init__(self, store: Store, rng: Random) -> None:
        self.store, self.rng, self.now = store, rng, NOW
        self.site = SITE

    def tick(self) -> int:
        """The next instant; one in five is a day before the last."""
        self.now += self.rng.randrange(1, 3 * DAY)
        return self.now - DAY if not self.rng.randrange(5) else self.now

    def span(self) -> Span:
        start = JUNE - 10 * DAY + self.rng.randrange(45) * DAY + self.rng.randrange(24 * 60) * MINUTE
        return Span(start, start + self.rng.randrange(1, 300) * MINUTE)

    def late(self) -> None:
        """A late outage, perhaps with doubt before it, or degraded time."""
        span, state = self.span(), self.rng.choice((State.DOWN, State.DOWN, State.DEGRADED, State.UNKNOWN))
        doubt = (Doubt(span.start - MINUTE, span.start, State.DOWN, State.UP),) if self.rng.randrange(2) else ()
        check = self.rng.choice(tuple(self.store.numbers.checks))[1]
        self.store.say(check, Change(span.start, state), Change(span.end, State.UP), *doubt, recorded_at=self.tick())

    def proposed(self) -> None:
        span = self.span()
        component = () if self.rng.randrange(2) else ("directory",)
        asked = Proposal("acme", span.start, span.end, "isp", component, reason="why", evidence=("t",))
        now = self.tick()
        self.store.do(lambda c: propose(c, ANNA, asked, now))

    def decided(self) -> None:
        """Any step that may follow, of any exclusion."""
        filed = self.store.look(exclusions.every)
        if filed:
            one, now = self.rng.choice(filed), self.tick()
            if follows := NEXT[one.last.step]:
                step = follows[0] if self.rng.randrange(3) else follows[-1]
                self.store.do(lambda c: rule(c, STEPS[step], Ruling(one.exclusion.id, step, "seen"), now))

    def announced(self) -> None:
        """A notice of maintenance, often recorded some hours after it was given."""
        span, now = self.span(), self.tick()
        given_at = min(now, span.start - self.rng.randrange(120) * HOUR)
        status, impact = self.rng.choice((Status.CONFIRMED, Status.CANCELLED)), self.rng.choice((Impact.OUTAGE, Impact.DEGRADED))
        notice = Announcement(given_at, span, status, impact, self.rng.choice((None, "carla")))
        number, plan = self.store.numbers.sites["acme"], f"M-{self.rng.randrange(3)}"
        self.store.do(lambda c: announcements.append(c, number, plan, (), notice, now))

    def reconfigured(self) -> None:
        """Other terms, or another check in the place of one."""
        if self.rng.randrange(2):
            self.site = SITE.replace("zone: Europe/Berlin", f"zone: Europe/Berlin, {self.rng.choice(TERMS)}")
        else:
            self.site = self.site.replace("{id: directory, component", f"{{id: ldap-{self.rng.randrange(9)}, component")
        now, text = self.tick(), self.site
        self.store.numbers = self.store.do(lambda c: enlisted(c, configured(self.store.folder, text), now))

    def published(self) -> None:
        """Both periods, as of now; a clock that was set back is refused."""
        for period in PERIODS:
            wish = Wish("acme", Asked.of(period), self.now)
            found = self.store.do(lambda c, wish=wish: issue(c, ANNA, wish, self.now))
            assert isinstance(found, Outcome), found

    def lived(self) -> None:
        """Deeds and late facts with statements published in between, and once more when all is quiet."""
        events = (self.late, self.late, self.proposed, self.decided, self.announced, self.reconfigured)
        self.published()
        for _ in range(14):
            self.rng.choice(events)()
            if not self.rng.randrange(3):
                self.published()
        self.now += 30 * DAY
        self.published()
