"""Incidents that open, move on and end by what is measured, in a real store."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_world import SITE, configured

from monitor.desk import measured
from monitor.desk.measured import QUIET_MS
from monitor.desk.records import enlisted
from monitor.store import audit, changes, incidents
from monitor.store.database import Database
from sla.incident import Incident, Status, Update
from sla.span import HOUR, MINUTE, SECOND, Instant
from sla.state import Cause, State
from sla.texts import instant
from sla.timeline import Change

START = instant("2026-07-01T06:00:00Z")
SHARED = "  - {id: directory, kind: ldap"


class Live:
    """Two sites of two customers, each with a directory on the same shared machine, told of as time goes on."""

    def __init__(self, folder: Path, shared: bool = True) -> None:
        first = SITE.replace(SHARED, f"{SHARED}, shared: big-directory") if shared else SITE
        second = first.replace("id: acme\n", "id: beta\n").replace(
            "customer: {id: acme, name: Acme GmbH}", "customer: {id: b, name: B}"
        )
        configured(folder, first)
        (folder / "sites" / "beta.yaml").write_text(second)
        self.configuration = configured(folder, first)
        self.database = Database(self.configuration.data, START)
        self.numbers = self._do(lambda c: enlisted(c, self.configuration, START))
        for site in ("acme", "beta"):
            for check in ("node-1", "node-2", "directory"):
                self.say(site, check, START, State.UP)

    def _do(self, work):  # type: ignore[no-untyped-def]
        return self.database.writer.submit(work).result(30)

    def say(self, site: str, check: str, at: Instant, state: State) -> None:
        stream = (self.numbers.checks[site, check], self.numbers.locations["main"])
        cause = Cause.TCP_REFUSED if state is State.DOWN else None
        self._do(lambda c: changes.append(c, at, [changes.Addition(stream, (Change(at, state, cause),), ())]))

    def write(self, incident: Incident, status: Status, now: Instant) -> Incident:
        update = Update(now, status, "Ada", incident.last.components, "seen to")
        return self._do(lambda c: incidents.add(c, incident, update, now))  # type: ignore[no-any-return]

    def follow(self, now: Instant) -> list[tuple[str, str, tuple[str, ...]]]:
        due = self.database.look(lambda c: measured.moves(c, self.configuration, ("acme", "beta"), now))
        told = self._do(lambda c: measured.apply(c, due, now))
        return [(one.id, one.last.status.value, one.last.components) for one in told]

    def all(self) -> tuple[Incident, ...]:
        return self.database.look(incidents.every)


@pytest.fixture
def live(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Live(tmp_path)
    yield made
    made.database.close()


def test_an_outage_opens_an_incident_at_its_own_start_and_says_so_once(live: Live) -> None:
    live.say("acme", "directory", START + HOUR, State.DOWN)
    now = START + HOUR + 40 * SECOND
    assert live.follow(now) == [("I-1", "investigating", ("acme/directory",))]
    assert live.follow(now + MINUTE) == []
    (one,) = live.all()
    assert (one.began_at, one.root, one.last.at, one.last.by) == (START + HOUR, "shared:big-directory", now, "service")
    assert live.database.look(audit.verified).bad_seq is None


def test_what_does_not_take_the_site_away_opens_none(live: Live) -> None:
    live.say("acme", "node-1", START + HOUR, State.DOWN)
    assert live.follow(START + 2 * HOUR) == []
    live.say("acme", "node-2", START + 3 * HOUR, State.UNKNOWN)
    assert live.follow(START + 4 * HOUR) == []
    live.say("acme", "node-2", START + 5 * HOUR, State.DOWN)
    assert live.follow(START + 6 * HOUR) == [("I-1", "investigating", ("acme/node-1", "acme/node-2"))]
    assert live.all()[0].began_at == START + 5 * HOUR


def test_one_root_is_one_incident_for_all_who_stand_on_it(live: Live) -> None:
    live.say("acme", "directory", START + HOUR, State.DOWN)
    live.follow(START + HOUR + SECOND)
    live.say("beta", "directory", START + HOUR + MINUTE, State.DOWN)
    assert live.follow(START + 2 * HOUR) == [("I-1", "investigating", ("acme/directory", "beta/directory"))]
    assert live.all()[0].sites == ("acme", "beta")


def test_unrelated_outages_are_two_incidents(tmp_path: Path) -> None:
    live = Live(tmp_path, shared=False)
    for site in ("acme", "beta"):
        live.say(site, "directory", START + HOUR, State.DOWN)
    assert [name for name, _, _ in live.follow(START + 2 * HOUR)] == ["I-1", "I-2"]
    live.database.close()


def test_recovery_is_watched_then_over_and_the_next_outage_is_another(live: Live) -> None:
    live.say("acme", "directory", START + HOUR, State.DOWN)
    live.follow(START + HOUR + SECOND)
    up = START + 2 * HOUR
    live.say("acme", "directory", up, State.UP)
    assert live.follow(up + SECOND) == [("I-1", "monitoring", ("acme/directory",))]
    assert live.follow(up + QUIET_MS) == []
    assert live.follow(up + SECOND + QUIET_MS) == [("I-1", "resolved", ("acme/directory",))]
    live.say("acme", "directory", up + HOUR, State.DOWN)
    assert live.follow(up + 2 * HOUR)[0][0] == "I-2"


def test_flapping_within_the_quiet_time_is_the_same_incident(live: Live) -> None:
    live.say("acme", "directory", START + HOUR, State.DOWN)
    live.follow(START + HOUR + SECOND)
    live.say("acme", "directory", START + HOUR + MINUTE, State.UP)
    live.follow(START + HOUR + MINUTE + SECOND)
    live.say("acme", "directory", START + HOUR + 5 * MINUTE, State.DOWN)
    assert live.follow(START + HOUR + 6 * MINUTE) == [("I-1", "investigating", ("acme/directory",))]


def test_unknown_is_no_recovery(live: Live) -> None:
    live.say("acme", "directory", START + HOUR, State.DOWN)
    live.follow(START + HOUR + SECOND)
    live.say("acme", "directory", START + 2 * HOUR, State.UNKNOWN)
    assert live.follow(START + 5 * HOUR) == []


def test_what_a_person_wrote_about_is_ended_by_a_person(live: Live) -> None:
    live.say("acme", "directory", START + HOUR, State.DOWN)
    live.follow(START + HOUR + SECOND)
    live.write(live.all()[0], Status.IDENTIFIED, START + HOUR + MINUTE)
    live.say("acme", "directory", START + 2 * HOUR, State.UP)
    assert live.follow(START + 2 * HOUR + SECOND) == [("I-1", "monitoring", ("acme/directory",))]
    assert live.follow(START + 9 * HOUR) == []


def test_an_incident_that_a_person_opened_is_not_moved_by_good_measurements(live: Live) -> None:
    update = Update(START, Status.INVESTIGATING, "Ada", ("acme/directory",), "Sign-in is slow.", "Slow")
    live._do(lambda c: incidents.open_(c, "acme/directory", START, update, START))
    assert live.follow(START + HOUR) == []
    live.say("acme", "directory", START + 2 * HOUR, State.DOWN)
    assert live.follow(START + 3 * HOUR) == [("I-1", "investigating", ("acme/directory",))]


def test_a_move_does_not_run_over_what_somebody_wrote_meanwhile(live: Live) -> None:
    live.say("acme", "directory", START + HOUR, State.DOWN)
    live.follow(START + HOUR + SECOND)
    live.say("acme", "directory", START + 2 * HOUR, State.UP)
    now = START + 2 * HOUR + SECOND
    due = live.database.look(lambda c: measured.moves(c, live.configuration, (), now))
    live.write(live.all()[0], Status.IDENTIFIED, now)
    assert (len(due), live._do(lambda c: measured.apply(c, due, now))) == (1, ())
