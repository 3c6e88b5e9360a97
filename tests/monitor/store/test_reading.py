from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from published import NOW, PARTS, Desk, days_ago, site

from monitor.board import Board
from monitor.store import changes
from monitor.store.reading import Reading
from monitor.store.results import Stream
from sla.state import State
from sla.timeline import Change, Doubt, Timeline


def stored(desk: Desk, streams: Sequence[Stream], since: int) -> dict[Stream, Timeline]:
    return desk.database.look(lambda db: changes.timelines(db, streams, since))


def test_what_was_read_is_what_is_stored_whatever_was_recorded_in_between(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [site("a", "acme")])
    reading, streams = Reading(desk.database), [desk.stream("a", part) for part in PARTS]
    life = [
        (streams[0], [Change(days_ago(300), State.UP)], []),
        (streams[1], [Change(days_ago(200), State.DOWN), Change(days_ago(199), State.UP)], []),
        (streams[0], [Change(days_ago(1), State.DOWN)], [Doubt(days_ago(1.5), days_ago(1), State.DOWN, State.UP)]),
        (streams[0], [Change(days_ago(1), State.DEGRADED)], []),
        (streams[1], [], [Doubt(days_ago(0.5), days_ago(0.4), State.DOWN, State.UP)]),
    ]
    for stream, made, doubts in [(streams[2], [], []), *life]:
        desk.append(stream, made, doubts)
        for since in (days_ago(120), 0, days_ago(90), days_ago(120)):
            assert reading.timelines(streams, since) == stored(desk, streams, since)
    desk.database.close()


def test_only_what_was_touched_is_read_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [site("a", "acme")])
    reading, (web, ldap, _) = Reading(desk.database), [desk.stream("a", part) for part in PARTS]
    for stream in (web, ldap):
        desk.append(stream, [Change(days_ago(3), State.UP)])
    before = reading.timelines([web, ldap], 0)
    desk.append(web, [Change(days_ago(1), State.DOWN)])
    after = reading.timelines([web, ldap], 0)
    assert after[ldap] is before[ldap]
    assert after[web].state(NOW) is State.DOWN
    desk.database.close()


def test_a_board_that_keeps_publishes_what_a_new_one_would(tmp_path: Path) -> None:
    desk = Desk(tmp_path, [site("a", "acme")])
    keeping = Board(Reading(desk.database).timelines, b"k" * 32, lambda: desk.now)
    keeping.watch(desk.board._in_force().configuration, desk.plans)
    for step, part in enumerate((*PARTS, *PARTS, "web")):
        desk.append(desk.stream("a", part), [Change(days_ago(70 - 11 * step), (State.UP, State.DOWN)[step % 2])])
        desk.now += (3_600_000, 30 * 3_600_000)[step % 2]
        fresh = Board(desk._timelines, b"k" * 32, lambda: desk.now)
        fresh.watch(desk.board._in_force().configuration, desk.plans)
        kept, made = keeping.customer("acme"), fresh.customer("acme")
        assert kept.pages == made.pages
        assert kept.lines == made.lines
        assert [page.body for page in kept.pages[:1]] == [page.body for page in made.pages[:1]]
    desk.database.close()
