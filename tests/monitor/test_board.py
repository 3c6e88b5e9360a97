from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import NOW, PARTS, Desk, days_ago, site

from monitor.board import Board
from monitor.config.configuration import PublicEntry
from sla.state import State
from sla.timeline import Change

states = st.sampled_from([State.UP, State.DOWN, State.DEGRADED, State.UNKNOWN])
pasts = st.lists(st.tuples(st.floats(0.01, 400), states), max_size=8)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    entries = [PublicEntry("Web of A", ("a/web",)), PublicEntry("Both", ("a/ldap", "b/ldap"))]
    desk = Desk(tmp_path, [site("a", "acme"), site("b", "globex"), site("c", "initech")], entries)
    yield desk
    desk.database.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(past=st.fixed_dictionaries(dict.fromkeys(PARTS, pasts)))
def test_a_page_made_from_what_it_shows_is_the_page_made_from_everything(
    tmp_path_factory: pytest.TempPathFactory, past: dict[str, list[tuple[float, State]]]
) -> None:
    desk = Desk(tmp_path_factory.mktemp("store"), [site("a", "acme")])
    for part, changes in past.items():
        made = [Change(days_ago(days), state) for days, state in sorted(changes, reverse=True)]
        desk.append(desk.stream("a", part), made)
    recent = desk.board.customer("acme")
    whole = Board(lambda streams, since: desk._timelines(streams, 0), b"k" * 32, lambda: NOW)
    whole.watch(desk.board._in_force().configuration, desk.plans)
    assert recent.pages == whole.customer("acme").pages
    assert recent.lines == whole.customer("acme").lines
    desk.database.close()


def test_a_quiet_past_is_not_read(desk: Desk) -> None:
    for part in PARTS:
        desk.append(desk.stream("a", part), [Change(days_ago(300), State.UP)])
    for days in (200, 3):
        down = [Change(days_ago(days), State.DOWN), Change(days_ago(days - 0.1), State.UP)]
        desk.append(desk.stream("a", "web"), down)
    desk.board.customer("acme")
    assert [(streams, since > 0) for streams, since in desk.reads] == [(3, True)]


def test_a_customers_page_reads_nothing_of_others_and_changes_nothing_of_theirs(desk: Desk) -> None:
    for customer in ("acme", "globex", "initech"):
        desk.board.take(desk.board.customer(customer))
    before, desk.reads = desk.board.index().body, []
    desk.append(desk.stream("a", "web"), [Change(days_ago(1), State.UP), Change(days_ago(0.5), State.DOWN)])
    made = desk.board.customer("acme")
    assert [streams for streams, _ in desk.reads] == [len(PARTS)]
    assert set(made.lines) == {"a"}
    assert desk.board.take(made)
    assert not desk.board.take(desk.board.customer("acme"))
    assert desk.board.index().body != before


def test_the_public_page_waits_for_its_sites_and_then_follows_each(desk: Desk) -> None:
    desk.append(desk.stream("a", "web"), [Change(days_ago(5), State.UP)])
    desk.board.take(desk.board.customer("acme"))
    assert desk.board.public() == ()
    desk.board.take(desk.board.customer("globex"))
    assert entry_states(desk.board) == ["up", "unknown"]
    desk.append(desk.stream("a", "web"), [Change(days_ago(1), State.DOWN)])
    desk.reads = []
    assert entry_states(desk.board) == ["up", "unknown"]
    desk.board.take(desk.board.customer("acme"))
    assert entry_states(desk.board) == ["down", "unknown"]
    assert [streams for streams, _ in desk.reads] == [len(PARTS)]
    assert (desk.board.is_public("globex"), desk.board.is_public("initech")) == (True, False)


def entry_states(board: Board) -> list[str]:
    """The states of the public entries, as machines read them."""
    machines = next(page for page in board.public() if page.path.endswith("api/v1/snapshot"))
    return [entry["state"] for group in json.loads(machines.body)["groups"] for entry in group["entries"]]


def test_what_is_not_watched_any_more_is_gone_everywhere(desk: Desk) -> None:
    for key, customer in (("a", "acme"), ("b", "globex")):
        desk.saw(key, "web")
        desk.board.take(desk.board.customer(customer))
    late = desk.board.customer("globex")
    configuration = desk.board._in_force().configuration
    desk.watch(replace(configuration, sites=configuration.sites[:1], public_entries=()))
    desk.board.take(late)
    assert desk.board.customers() == ("acme",)
    assert b'site="b"' not in b"".join(desk.board.series())
    assert b"Globex" not in desk.board.index().body
    assert desk.board.owner(desk.stream("a", "web")[0]) == "acme"
    assert desk.board.owner(999) is None
    assert len(desk.board.paths()) == 2
    with pytest.raises(KeyError):
        desk.board.customer("globex")
