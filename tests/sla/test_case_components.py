from __future__ import annotations

from case_examples import CASE, changed, told

from sla.case import Changes, Known, Outages, Results, Trouble
from sla.case_components import LEGIBLE
from sla.reading import read
from sla.span import END_OF_TIME, Span
from sla.state import Cause, State
from sla.texts import instant
from sla.timeline import Change, Doubt, Rule


def test_components_keep_their_history_with_its_recordings() -> None:
    case = read(CASE).case
    assert case is not None
    down = instant("2026-06-10T08:00:00Z")
    a, b, note = (case.components[name] for name in ("a", "b", "note"))
    assert isinstance(a.history, Changes)
    assert a.history.initial is State.UP
    assert a.history.facts[0] == Known(down + 3_600_000, Change(down, State.DOWN, Cause.HTTP_STATUS))
    assert a.history.facts[2] == Known(down - 60_000, Doubt(down - 60_000, down, State.DEGRADED, State.UP))
    assert b.history == Outages(
        (
            Trouble(instant("2026-06-18T14:00:00Z"), instant("2026-06-18T15:06:00Z"), State.DEGRADED),
            Trouble(instant("2026-06-29T14:00:00Z"), None),
        )
    )
    assert b.applicable == (Span(instant("2026-01-01T00:00:00Z"), END_OF_TIME),)
    assert isinstance(note.history, Results)
    assert note.history.rule == Rule(1, 1, 130_000)
    assert [known.fact.state for known in note.history.facts] == [State.UP, State.UNKNOWN, State.DOWN, State.DEGRADED]  # type: ignore[union-attr]


def test_equal_changes_and_changes_recorded_apart_do_not_contradict() -> None:
    again = {"at": "2026-06-10T08:30:00.5Z", "state": "up", "cause": "deadline"}
    assert told(changed(("/components/a/changes/2", again))) == []
    later = {"at": "2026-06-10T08:30:00.5Z", "state": "down", "recorded_at": "2026-06-11T00:00:00Z"}
    assert told(changed(("/components/a/changes/2", later))) == []


def test_a_component_without_a_history_is_judged_all_the_same() -> None:
    assert told(changed(("/components/c", {"kind": 1}))) == [("/components/c", "missing"), ("/components/c/kind", "type")]


def test_a_name_that_nobody_could_repeat_is_told_once() -> None:
    name = "x" * (LEGIBLE + 1)
    assert told(changed((f"/components/{name}", {"outages": [{}] * 100}))) == [(f"/components/{name}", "value")]


def test_no_component_is_too_few() -> None:
    assert ("/components", "value") in told(changed(("/components", {})))
