"""Changes and doubts, append-only: of rows with one key the one recorded last stands, of those recorded by ``as_of``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.catalogue import location_nos
from monitor.store.engine import listed, numbers, numbers_given
from monitor.store.results import Stream
from monitor.store.statements import after_published
from monitor.store.tables import stream_no, stream_of
from sla.span import Instant
from sla.state import Cause, State
from sla.timeline import Change, Doubt, Timeline, fold

_ch, _do = tables.change.c, tables.doubt.c
_STATES = {state.value: state for state in State}
"""Looked up: to call ``State`` for each row costs as much as to read it."""

_RECORDED_AFTER = sa.union_all(
    sa.select(_ch.no, _ch.stream_no, sa.literal_column("0")).where(_ch.no > sa.bindparam("change")),
    sa.select(_do.no, _do.stream_no, sa.literal_column("1")).where(_do.no > sa.bindparam("doubt")),
)


@dataclass(frozen=True, slots=True)
class Addition:
    """Rows to append for one stream."""

    stream: Stream
    changes: tuple[Change, ...]
    doubts: tuple[Doubt, ...]


def append(connection: Connection, recorded_at: Instant, additions: Iterable[Addition]) -> None:
    """Append rows, recorded at ``recorded_at`` or just after what was published."""
    recorded_at = after_published(connection, recorded_at)
    changes: list[dict[str, Any]] = []
    doubts: list[dict[str, Any]] = []
    for addition in additions:
        head = {"recorded_at": recorded_at, "stream_no": stream_no(addition.stream)}
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


def timelines(connection: Connection, streams: Collection[Stream], since: Instant) -> dict[Stream, Timeline]:
    """What stands of ``streams`` from ``since`` on; a stream without a row is absent.

    Of what lies before ``since`` a timeline has only its first evidence, said as unknown, and the two changes that led to
    what it was at ``since``; doubts begin at ``since``. So a page costs what it shows, not what is stored.
    """
    changes: dict[Stream, list[Change]] = defaultdict(list)
    doubts: dict[Stream, list[Doubt]] = defaultdict(list)
    dialect = connection.dialect.name
    asked = {"streams": listed(dialect, map(stream_no, streams)), "since": since}
    of_changes, of_doubts = _told_since(dialect)
    for row in connection.execute(of_changes, asked):
        changes[stream_of(row.stream_no)].append(_change(row))
    for row in connection.execute(of_doubts, asked):
        doubts[stream_of(row.stream_no)].append(_doubt(row))
    return {stream: _begun(connection, stream, changes[stream], doubts[stream], since) for stream in {*changes, *doubts}}


def newest(connection: Connection) -> tuple[int, int]:
    """The greatest numbers of a change and of a doubt: whatever is recorded later has greater ones."""
    found = [connection.execute(sa.select(sa.func.max(table.c.no))).scalar() for table in (tables.change, tables.doubt)]
    return found[0] or 0, found[1] or 0


def recorded_after(connection: Connection, far: tuple[int, int]) -> tuple[set[Stream], tuple[int, int]]:
    """The streams of which something was recorded after the numbers ``far``, and how far it is now."""
    rows = connection.execute(_RECORDED_AFTER, {"change": far[0], "doubt": far[1]}).all()
    changed, doubted = (max((no for no, _, which in rows if which == one), default=far[one]) for one in (0, 1))
    return {stream_of(stream) for _, stream, _ in rows}, (changed, doubted)


def streams(connection: Connection) -> set[Stream]:
    """Every stream that ever had a change, found by one step of the index for each."""
    following = sa.select(sa.func.min(_ch.stream_no).label("no")).cte("following", recursive=True)
    step = sa.select(sa.func.min(_ch.stream_no)).where(_ch.stream_no > following.c.no).scalar_subquery()
    walk = following.union_all(sa.select(step).where(following.c.no.is_not(None)))
    found = connection.execute(sa.select(walk.c.no).where(walk.c.no.is_not(None))).scalars()
    return {stream_of(number) for number in found}


def missing(connection: Connection, additions: Sequence[Addition], until: Instant | None = None) -> list[Addition]:
    """Of each of ``additions`` only what says something else than what stands; those of many streams are asked for at once.

    With ``until`` each is the whole truth from its first key up to there: what stands in between and is not in it is taken back.
    """
    begins = [begin for addition in additions if (begin := _begin(addition)) is not None]
    if not begins:
        return list(additions)
    wanted = numbers(connection, {stream_no(addition.stream) for addition in additions})
    stand: dict[Stream, dict[Instant, Change]] = defaultdict(dict)
    doubts: dict[Stream, dict[Instant, Doubt]] = defaultdict(dict)
    for row in connection.execute(_recent(wanted, min(begins))):
        stand[stream_of(row.stream_no)][row.at] = _change(row)
    for row in connection.execute(_recent_doubts(wanted, min(begins))):
        doubts[stream_of(row.stream_no)][row.since] = _doubt(row)
    return [_lacking(one, dict(stand[one.stream]), doubts[one.stream], until) for one in additions]


def _begin(addition: Addition) -> Instant | None:
    """The first key of ``addition``."""
    return min([c.at for c in addition.changes] + [d.start for d in addition.doubts], default=None)


def _lacking(
    addition: Addition, stand: dict[Instant, Change], open_doubts: Mapping[Instant, Doubt], until: Instant | None
) -> Addition:
    since, said = _begin(addition), Timeline(addition.changes)
    if since is None:
        return addition
    changes, doubts = {c.at: c for c in addition.changes}, {d.start: d for d in addition.doubts}
    if until is not None:
        changes |= {at: Change(at, said.state(at)) for at in stand if since <= at < until and at not in changes}
        for start, old in open_doubts.items():
            if since <= start < until and start not in doubts:
                doubts[start] = Doubt(start, old.end, said.state(start), said.state(start))
    return Addition(
        addition.stream,
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


def _begun(connection: Connection, stream: Stream, rows: Iterable[Change], doubts: Iterable[Doubt], since: Instant) -> Timeline:
    """The timeline of the rows that ``_recent`` gives; read whole where a row taken back stands at its begin."""
    standing = {change.at: change for change in rows}
    before = sorted(at for at in standing if at < since)
    if len(before) < 3:
        return fold(standing.values(), doubts)  # nothing is left out
    first, elder, last = (standing[at] for at in before)
    if first.state is State.UNKNOWN or elder.state is last.state:
        return timeline(connection, stream)
    del standing[first.at]
    recent = fold(standing.values(), doubts)
    return Timeline((Change(first.at, State.UNKNOWN), *recent.changes), recent.doubts)


@cache
def _told_since(dialect: str) -> tuple[sa.CompoundSelect[Any], sa.Select[Any]]:
    """Both questions, built once: to build them costs more than to ask them."""
    wanted, since = numbers_given(dialect, sa.bindparam("streams")), sa.bindparam("since", type_=sa.BigInteger)
    return _recent(wanted, since), _recent_doubts(wanted, since)


def _recent(wanted: sa.TableValuedAlias, since: Any) -> sa.CompoundSelect[Any]:
    """The rows of all keys from ``since`` on, of the two keys before it and of the first, in the order recorded."""
    last = _key(sa.func.max, wanted, before=since)
    elder = _key(sa.func.max, wanted, before=last)
    first = _key(sa.func.min, wanted)
    here = _ch.stream_no == wanted.c.value
    parts = [
        sa.select(tables.change).select_from(wanted.join(tables.change, sa.and_(here, condition)))
        for condition in (_ch.at >= sa.func.coalesce(elder, last, since), _ch.at == first)
    ]
    return sa.union_all(*parts).order_by("no")


def _recent_doubts(wanted: sa.TableValuedAlias, since: Any) -> sa.Select[Any]:
    """The rows of all doubts that begin at ``since`` or later, in the order recorded."""
    here = sa.and_(_do.stream_no.in_(sa.select(wanted.c.value)), _do.since >= since)
    return sa.select(tables.doubt).where(here).order_by(_do.no)


def _key(which: Any, wanted: sa.TableValuedAlias, before: Any = None) -> sa.ScalarSelect[Any]:
    """The first or last key of a wanted stream, before another."""
    c = tables.change.alias().c
    question = sa.select(which(c.at)).where(c.stream_no == wanted.c.value)
    return (question if before is None else question.where(c.at < before)).correlate(wanted).scalar_subquery()


def _rows(table: sa.Table, stream: Stream, as_of: Instant | None) -> sa.Select[Any]:
    question = sa.select(table).where(table.c.stream_no == stream_no(stream)).order_by(table.c.no)
    return question if as_of is None else question.where(table.c.recorded_at <= as_of)


def _change(row: Any) -> Change:
    return Change(row.at, _STATES[row.state], None if row.cause is None else Cause(row.cause))


def _doubt(row: Any) -> Doubt:
    return Doubt(row.since, row.until, _STATES[row.worst], _STATES[row.best])


def recorded(
    connection: Connection, check_nos: Iterable[int], as_of: Instant | None = None
) -> dict[Stream, list[tuple[Instant, Change | Doubt]]]:
    """Every row of the checks ``check_nos`` with the instant of its recording, in the order recorded, the superseded too."""
    locations = location_nos(connection)
    wanted = numbers(connection, [stream_no((check, location)) for check in frozenset(check_nos) for location in locations])
    found: dict[Stream, list[tuple[Instant, Change | Doubt]]] = defaultdict(list)
    for table, fact in ((tables.change, _change), (tables.doubt, _doubt)):
        question = sa.select(table).where(table.c.stream_no.in_(sa.select(wanted.c.value))).order_by(table.c.no)
        for row in connection.execute(question if as_of is None else question.where(table.c.recorded_at <= as_of)):
            found[stream_of(row.stream_no)].append((row.recorded_at, fact(row)))
    return found
