"""Changes and doubts, append-only: of rows with one key the one recorded last stands, of those recorded by ``as_of``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.results import Stream
from sla.span import Instant
from sla.state import Cause, State
from sla.timeline import Change, Doubt, Timeline, fold

_ch, _do = tables.change.c, tables.doubt.c


@dataclass(frozen=True, slots=True)
class Addition:
    """Rows to append for one stream."""

    stream: Stream
    changes: tuple[Change, ...]
    doubts: tuple[Doubt, ...]


def append(connection: Connection, recorded_at: Instant, additions: Iterable[Addition]) -> None:
    """Append rows, recorded at ``recorded_at``."""
    changes: list[dict[str, Any]] = []
    doubts: list[dict[str, Any]] = []
    for addition in additions:
        head = {"recorded_at": recorded_at, "check_no": addition.stream[0], "location_no": addition.stream[1]}
        changes += [head | {"at": c.at, "state": int(c.state), "cause": c.cause and int(c.cause)} for c in addition.changes]
        doubts += [head | {"since": d.start, "until": d.end, "worst": int(d.worst), "best": int(d.best)} for d in addition.doubts]
    if changes:
        connection.execute(sa.insert(tables.change), changes)
    if doubts:
        connection.execute(sa.insert(tables.doubt), doubts)


def timeline(connection: Connection, stream: Stream, as_of: Instant | None = None) -> Timeline:
    """What stands of ``stream``, of all that was recorded up to and with ``as_of`` (None: of all)."""
    return fold(
        [_change(row) for row in connection.execute(_rows(tables.change, stream, as_of))],
        [_doubt(row) for row in connection.execute(_rows(tables.doubt, stream, as_of))],
    )


def timelines(connection: Connection, check_nos: Iterable[int], as_of: Instant | None = None) -> dict[Stream, Timeline]:
    """What stands of all streams of the checks ``check_nos``; a stream without a row is absent."""
    wanted = set(check_nos)
    changes: dict[Stream, list[Change]] = defaultdict(list)
    doubts: dict[Stream, list[Doubt]] = defaultdict(list)
    for row in connection.execute(_rows(tables.change, None, as_of, wanted)):
        changes[row.check_no, row.location_no].append(_change(row))
    for row in connection.execute(_rows(tables.doubt, None, as_of, wanted)):
        doubts[row.check_no, row.location_no].append(_doubt(row))
    return {stream: fold(changes[stream], doubts[stream]) for stream in {*changes, *doubts}}


def streams(connection: Connection) -> set[Stream]:
    """Every stream that ever had a change."""
    return {(check, location) for check, location in connection.execute(sa.select(_ch.check_no, _ch.location_no).distinct())}


def missing(connection: Connection, addition: Addition, until: Instant | None = None) -> Addition:
    """Of ``addition`` only what says something else than what stands.

    With ``until`` it is the whole truth from its first key up to there: what stands in between and is not in it is taken back.
    """
    since = min([c.at for c in addition.changes] + [d.start for d in addition.doubts], default=None)
    if since is None:
        return addition
    stream = addition.stream
    stand = {c.at: c for c in (_change(row) for row in connection.execute(_rows(tables.change, stream, None)))}
    open_doubts = {d.start: d for d in (_doubt(row) for row in connection.execute(_rows(tables.doubt, stream, None)))}
    said = Timeline(addition.changes)
    changes, doubts = {c.at: c for c in addition.changes}, {d.start: d for d in addition.doubts}
    if until is not None:
        changes |= {at: Change(at, said.state(at)) for at in stand if since <= at < until and at not in changes}
        for start, old in open_doubts.items():
            if since <= start < until and start not in doubts:
                doubts[start] = Doubt(start, old.end, said.state(start), said.state(start))
    return Addition(
        stream,
        _differing(stand, [changes[at] for at in sorted(changes)]),
        tuple(doubts[at] for at in sorted(doubts) if _says_more(open_doubts.get(at), doubts[at])),
    )


def _differing(stand: dict[Instant, Change], wanted: Iterable[Change]) -> tuple[Change, ...]:
    kept: list[Change] = []
    for change in wanted:
        known = stand.get(change.at)
        before = Timeline(tuple(stand[at] for at in sorted(stand))).state(change.at)
        if (change.state is not before) if known is None else (known.state is not change.state):
            kept.append(change)
            stand[change.at] = change
    return tuple(kept)


def _says_more(known: Doubt | None, wanted: Doubt) -> bool:
    if known is None or known.worst is known.best:
        return wanted.worst is not wanted.best
    return known != wanted


def _rows(table: sa.Table, stream: Stream | None, as_of: Instant | None, checks: set[int] | None = None) -> sa.Select[Any]:
    question = sa.select(table).order_by(table.c.no)
    if stream is not None:
        question = question.where(table.c.check_no == stream[0], table.c.location_no == stream[1])
    if checks is not None:
        question = question.where(table.c.check_no.in_(checks))
    return question if as_of is None else question.where(table.c.recorded_at <= as_of)


def _change(row: Any) -> Change:
    return Change(row.at, State(row.state), None if row.cause is None else Cause(row.cause))


def _doubt(row: Any) -> Doubt:
    return Doubt(row.since, row.until, State(row.worst), State(row.best))


def recorded(
    connection: Connection, check_nos: Iterable[int], as_of: Instant | None = None
) -> dict[Stream, list[tuple[Instant, Change | Doubt]]]:
    """Every row of the checks ``check_nos`` with the instant of its recording, in the order recorded, the superseded too."""
    wanted = set(check_nos)
    found: dict[Stream, list[tuple[Instant, Change | Doubt]]] = defaultdict(list)
    for row in connection.execute(_rows(tables.change, None, as_of, wanted)):
        found[row.check_no, row.location_no].append((row.recorded_at, _change(row)))
    for row in connection.execute(_rows(tables.doubt, None, as_of, wanted)):
        found[row.check_no, row.location_no].append((row.recorded_at, _doubt(row)))
    return found
