"""Looks as rows: kept once by name, read back as they were. Raw rows of 48 hours; older ones live in chunks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.ports import Result
from monitor.store import tables
from monitor.store.engine import insert_absent, numbers
from monitor.store.found import BEFORE_SILENT, WIDE, Parts, found, parts
from monitor.store.tables import stream_no, stream_of
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
_r, _w = tables.result.c, tables.result_wide.c


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
    rows = [_named(result) | {"found": found(_parts(result))} for result in results]
    if rows:
        connection.execute(insert_absent(connection, tables.result), rows)
    wide = [_named(result) | _columns(_parts(result)) for result, row in zip(results, rows, strict=True) if row["found"] == WIDE]
    if wide:
        connection.execute(insert_absent(connection, tables.result_wide), wide)


def insert_details(connection: Connection, results: Iterable[Result]) -> None:
    """Keep words, facts, lag and phases of ``results``: of those that an operator will want to read, not of every look."""
    notes: list[dict[str, Any]] = []
    phases: list[dict[str, Any]] = []
    for result in results:
        if result.note or result.facts or result.notices or result.lag_ms:
            notes.append(_named(result) | _note(result))
        if result.phases:
            phases.append(_named(result) | {"phases": json.dumps(result.phases)})
    if notes:
        connection.execute(insert_absent(connection, tables.result_note), notes)
    if phases:
        connection.execute(insert_absent(connection, tables.result_phase), phases)


def reject(connection: Connection, at: Instant, code: str, raw: str) -> None:
    """Keep a row that could not be taken: its text (at most 4 KiB), why, and when."""
    connection.execute(sa.insert(tables.rejected), [{"at": at, "code": code, "raw": _plain(raw)[:4096]}])


def present(connection: Connection, names: Sequence[Name]) -> set[Name]:
    """Those of ``names`` that raw rows have already."""
    key = sa.tuple_(_r.slot, _r.stream_no)
    kept: set[Name] = set()
    for start in range(0, len(names), _ASK):
        part = [(slot, stream_no((check, location))) for slot, check, location in names[start : start + _ASK]]
        rows = connection.execute(sa.select(_r.slot, _r.stream_no).where(key.in_(part)))
        kept.update((slot, *stream_of(number)) for slot, number in rows)
    return kept


def within(
    connection: Connection,
    span: Span,
    streams: Iterable[Stream] | range | None = None,
    *,
    telling: bool = False,
) -> list[Result]:
    """Raw looks whose slot lies in ``span``, of some streams (or stream numbers) or of all, by slot; without details.

    ``telling``: only looks that can move a timeline, not those that say why nobody knows.
    """
    question = sa.select(_r.slot, _r.stream_no, _r.found).where(_r.slot >= span.start, _r.slot < span.end)
    if isinstance(streams, range):
        question = question.where(_r.stream_no >= streams.start, _r.stream_no < streams.stop)
    elif streams is not None:
        wanted = numbers(connection, map(stream_no, streams))
        question = question.where(_r.stream_no.in_(sa.select(wanted.c.value)))
    if telling:
        question = question.where(_r.found < BEFORE_SILENT)
    return _results(connection, connection.execute(question.order_by(_r.slot, _r.stream_no)).all())


def tail(connection: Connection, stream: Stream, before: Instant, since: Instant, limit: int) -> list[Result]:
    """The last ``limit`` raw looks of ``stream`` in [since, before), oldest first, with their details."""
    newest = (
        sa.select(_r.slot, _r.stream_no, _r.found)
        .where(_r.slot >= since, _r.slot < before, _r.stream_no == stream_no(stream))
        .order_by(_r.slot.desc())
        .limit(limit)
    )
    looks = _results(connection, connection.execute(newest).all())
    return [detailed(connection, look) for look in reversed(looks)]


def newest_slot(connection: Connection) -> Instant | None:
    """The slot of the newest raw look of all."""
    return connection.execute(sa.select(sa.func.max(_r.slot))).scalar()


def detailed(connection: Connection, result: Result) -> Result:
    """``result`` with the words, facts and phases that were kept with it."""
    n, p = tables.result_note.c, tables.result_phase.c
    note = connection.execute(sa.select(n.note, n.facts, n.notices, n.lag).where(*_is(n, result))).first()
    phases = connection.execute(sa.select(p.phases).where(*_is(p, result))).scalar()
    if note is None and phases is None:
        return result
    text, facts, notices, lag = note or (None, None, None, None)
    return replace(
        result,
        lag_ms=lag or 0,
        note=text or "",
        phases=tuple((name, ms) for name, ms in json.loads(phases or "[]")),
        facts=json.loads(facts or "{}"),
        notices=tuple(Notice(code, words) for code, words in json.loads(notices or "[]")),
    )


def _is(columns: Any, result: Result) -> tuple[Any, ...]:
    return (columns.slot == result.slot, columns.stream_no == _number(result))


def _number(result: Result) -> int:
    return stream_no((result.check_no, result.location_no))


def _named(result: Result) -> dict[str, Any]:
    return {"slot": result.slot, "stream_no": _number(result)}


def _parts(result: Result) -> Parts:
    tenths = None if result.took_ms is None else round(result.took_ms * 10)
    return result.at - result.slot, tenths, outcome(result.state, result.cause)


def _columns(of: Parts) -> dict[str, Any]:
    return dict(zip(("at_offset", "took", "outcome"), of, strict=True))


def _note(result: Result) -> dict[str, Any]:
    return {
        "note": _plain(result.note) or None,
        "facts": json.dumps(dict(result.facts)) if result.facts else None,
        "notices": json.dumps([(n.code, n.text) for n in result.notices]) if result.notices else None,
        "lag": result.lag_ms or None,
    }


def _plain(text: str) -> str:
    """``text`` without NUL, which PostgreSQL does not keep."""
    return text.replace("\0", "\ufffd")


def _results(connection: Connection, rows: Sequence[Any]) -> list[Result]:
    """The looks of ``rows`` (slot, stream_no, found), in their order."""
    wide = _wide(connection, [row.slot for row in rows if row.found == WIDE])
    return [
        _result(slot, stream_of(number), wide[slot, number] if value == WIDE else parts(value)) for slot, number, value in rows
    ]


def _wide(connection: Connection, slots: Sequence[Instant]) -> dict[tuple[Instant, int], Parts]:
    """The rows of their own of wide looks, between the first and the last of ``slots``."""
    if not slots:
        return {}
    question = sa.select(tables.result_wide).where(_w.slot >= min(slots), _w.slot <= max(slots))
    return {(row.slot, row.stream_no): (row.at_offset, row.took, row.outcome) for row in connection.execute(question)}


def _result(slot: int, stream: Stream, of: Parts) -> Result:
    offset, tenths, number = of
    state, cause = meaning(number)
    return Result(slot, *stream, slot + offset, None if tenths is None else tenths / 10, state, cause)
