"""Looks as rows: kept once by name, read back as they were. Raw rows of 48 hours; older ones live in chunks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.ports import Result
from monitor.store import tables
from monitor.store.engine import insert_absent
from probes.probe import Notice
from sla.span import Instant, Span
from sla.state import Cause, State

Name: TypeAlias = tuple[Instant, int, int]
Stream: TypeAlias = tuple[int, int]
"""(check_no, location_no)"""

_STATE_ONLY = {State.DOWN: 100, State.DEGRADED: 200, State.UNKNOWN: 300}
_STATES = {1: State.DOWN, 2: State.DEGRADED, 3: State.UNKNOWN}
_ASK = 400
"""Names asked for at once: far below the parameters a statement may have."""
_r = tables.result.c


def outcome(state: State, cause: Cause | None) -> int:
    """State and cause as one number. Raises ValueError if the cause can't go with the state."""
    if state is State.UP and cause is None:
        return 0
    if state is State.UP or (cause is not None and cause.state is not state):
        raise ValueError(f"{state.word} can't have the cause {cause.word if cause else None}")
    return _STATE_ONLY[state] if cause is None else cause.value


def meaning(number: int) -> tuple[State, Cause | None]:
    """The state and cause behind an ``outcome``."""
    if number == 0:
        return State.UP, None
    return _STATES[number // 100], None if number % 100 == 0 else Cause(number)


def insert(connection: Connection, results: Sequence[Result]) -> None:
    """Keep ``results``; a name that is there already is passed over. Details are not kept here (see ``insert_details``)."""
    if results:
        connection.execute(insert_absent(connection, tables.result), [_row(result) for result in results])


def insert_details(connection: Connection, results: Iterable[Result]) -> None:
    """Keep the words, facts and phases of ``results``: of those that an operator will want to read, not of every look."""
    notes: list[dict[str, Any]] = []
    phases: list[dict[str, Any]] = []
    for result in results:
        if result.note or result.facts or result.notices:
            notes.append(_named(result) | _note(result))
        if result.phases:
            phases.append(_named(result) | {"phases": json.dumps(result.phases)})
    if notes:
        connection.execute(insert_absent(connection, tables.result_note), notes)
    if phases:
        connection.execute(insert_absent(connection, tables.result_phase), phases)


def reject(connection: Connection, at: Instant, code: str, raw: str) -> None:
    """Keep a row that could not be taken: its text (at most 4 KiB), why, and when."""
    connection.execute(sa.insert(tables.rejected), [{"at": at, "code": code, "raw": raw[:4096]}])


def present(connection: Connection, names: Sequence[Name]) -> set[Name]:
    """Those of ``names`` that raw rows have already."""
    key = sa.tuple_(_r.slot, _r.check_no, _r.location_no)
    found: set[Name] = set()
    for start in range(0, len(names), _ASK):
        part = names[start : start + _ASK]
        rows = connection.execute(sa.select(_r.slot, _r.check_no, _r.location_no).where(key.in_(part)))
        found.update((slot, check, location) for slot, check, location in rows)
    return found


def within(connection: Connection, span: Span, stream: Stream | None = None, checks: range | None = None) -> list[Result]:
    """Raw looks whose slot lies in ``span``, of one stream, of check numbers or of all, by name; without details."""
    question = sa.select(tables.result).where(_r.slot >= span.start, _r.slot < span.end)
    if stream is not None:
        question = question.where(_r.check_no == stream[0], _r.location_no == stream[1])
    if checks is not None:
        question = question.where(_r.check_no >= checks.start, _r.check_no < checks.stop)
    rows = connection.execute(question.order_by(_r.slot, _r.check_no, _r.location_no))
    return [_result(*row) for row in rows]


def tail(connection: Connection, stream: Stream, before: Instant, since: Instant, limit: int) -> list[Result]:
    """The last ``limit`` raw looks of ``stream`` in [since, before), oldest first, with their details."""
    newest = (
        sa.select(tables.result)
        .where(_r.slot >= since, _r.slot < before, _r.check_no == stream[0], _r.location_no == stream[1])
        .order_by(_r.slot.desc())
        .limit(limit)
    )
    return [detailed(connection, _result(*row)) for row in reversed(connection.execute(newest).all())]


def newest_slot(connection: Connection) -> Instant | None:
    """The slot of the newest raw look of all."""
    return connection.execute(sa.select(sa.func.max(_r.slot))).scalar()


def detailed(connection: Connection, result: Result) -> Result:
    """``result`` with the words, facts and phases that were kept with it."""
    n, p = tables.result_note.c, tables.result_phase.c
    note = connection.execute(sa.select(n.note, n.facts, n.notices).where(*_is(n, result))).first()
    phases = connection.execute(sa.select(p.phases).where(*_is(p, result))).scalar()
    if note is None and phases is None:
        return result
    text, facts, notices = note or (None, None, None)
    return Result(
        result.slot,
        result.check_no,
        result.location_no,
        result.at,
        result.took_ms,
        result.state,
        result.cause,
        result.lag_ms,
        text or "",
        tuple((name, ms) for name, ms in json.loads(phases or "[]")),
        json.loads(facts or "{}"),
        tuple(Notice(code, words) for code, words in json.loads(notices or "[]")),
    )


def _is(columns: Any, result: Result) -> tuple[Any, ...]:
    return (columns.slot == result.slot, columns.check_no == result.check_no, columns.location_no == result.location_no)


def _named(result: Result) -> dict[str, Any]:
    return {"slot": result.slot, "check_no": result.check_no, "location_no": result.location_no}


def _row(result: Result) -> dict[str, Any]:
    return {
        "slot": result.slot,
        "check_no": result.check_no,
        "location_no": result.location_no,
        "at_offset": result.at - result.slot,
        "took": None if result.took_ms is None else round(result.took_ms * 10),
        "outcome": outcome(result.state, result.cause),
        "lag": result.lag_ms,
    }


def _note(result: Result) -> dict[str, Any]:
    return {
        "note": result.note or None,
        "facts": json.dumps(dict(result.facts)) if result.facts else None,
        "notices": json.dumps([(n.code, n.text) for n in result.notices]) if result.notices else None,
    }


def _result(slot: int, check: int, location: int, offset: int, took: int | None, number: int, lag: int) -> Result:
    state, cause = meaning(number)
    return Result(slot, check, location, slot + offset, None if took is None else took / 10, state, cause, lag)
