"""`threenines statement show` from a live store, by real processes: for people and as the public result."""

from __future__ import annotations

import json
from collections.abc import Callable

from desk_world import Store, ground
from test_exclusion_command import threenines

from monitor.desk.deeds import Request, act
from monitor.desk.people import Made, host, new_token
from monitor.store.database import Database
from sla.texts import instant

AS_OF = "2026-07-01T06:00:00Z"
Make = Callable[..., Store]


def excluded(store: Store) -> None:
    """The directory's first 50 minutes are left out by two persons."""
    now = instant(AS_OF) - 1000
    body = {
        "site": "acme",
        "from": "2026-06-18T14:00:00Z",
        "to": "2026-06-18T14:50:00Z",
        "cause": "unmanaged_component",
        "components": ["directory"],
        "party": "directory of Acme",
        "reason": "restarted by the customer",
        "evidence": ["ticket:4711"],
    }
    database = Database(store.configuration.data, now)
    try:
        made = database.writer.submit(lambda c: new_token(c, host("root"), "Ben", ("approve",), now)).result(10)
        assert isinstance(made, Made)
        for request in (
            Request("exclusion.propose", body, "root"),
            Request("exclusion.approve", {"id": "X-1"}, "root", made.secret),
        ):
            reply = database.writer.submit(lambda c, asked=request: act(c, asked, now, ground(store))).result(10)
            assert reply.faults == ()
    finally:
        database.close()


def test_a_month_for_people_says_all_that_the_verdict_follows_from(stored: Make) -> None:
    store = stored()
    excluded(store)
    done = threenines(store.folder, "statement", "show", "acme", "--month", "2026-06", "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    for said in (
        "Acme, 2026-06-01 .. 2026-06-30 (Europe/Berlin): met",
        "goal: at least 99.9 %, judged by any days",
        "B  observed downtime               3960 s",
        "3000 s: any component not managed by the provider",
        "D  counted downtime = B - C        960 s",
        "F  availability = 1 - D / A        99.962 %",
        "left G - D = 1632 s",
        "worst of 30 windows of 30 days: 2026-05-20 .. 2026-06-18, 960 s counted",
        "18 Jun 2026, 16:00:00 CEST (14:00:00 UTC), 1 h 6 min: directory",
        "approved by Ben, 1 Jul 2026",
        "evidence: ticket:4711",
    ):
        assert said in done.stdout, said


def test_as_json_it_is_the_public_result_as_it_was_known_then(stored: Make) -> None:
    store = stored()
    excluded(store)
    words = ("statement", "show", "acme", "--first", "2026-06-01", "--days", "30", "--json", "--as-of")
    after = json.loads(threenines(store.folder, *words, AS_OF).stdout)
    before = json.loads(threenines(store.folder, *words, "2026-06-30 08:00 Europe/Berlin").stdout)
    assert (after["kind"], after["figures"]["downtime_counted_seconds"], after["verdict"]) == ("statement", "960", "met")
    assert before["figures"]["downtime_counted_seconds"] == "3960"
    assert (before["verdict"], before["hypothetical"]) == ("breached", False)
    assert before["input_sha256"] != after["input_sha256"]
    again = threenines(store.folder, *words, AS_OF).stdout
    assert json.loads(again) == after


def test_what_is_wrong_with_the_question_is_said_at_once(stored: Make) -> None:
    folder = stored().folder
    done = threenines(folder, "statement", "show", "acme", "--month", "2026-13", "--days", "0")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    strange = threenines(folder, "statement", "show", "acne")
    assert (strange.returncode, 'did you mean "acme"?' in strange.stderr) == (2, True)
