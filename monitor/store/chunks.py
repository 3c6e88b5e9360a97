"""Hours packed into chunks and raw rows let go: packed, read back, compared, marked; only then may the raw rows go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.ports import Result
from monitor.store import tables
from monitor.store.engine import numbers
from monitor.store.packing import kept_form, pack, unpack
from monitor.store.results import Name, Stream, within
from monitor.store.tables import stream_no, stream_of
from sla.span import DAY, HOUR, Instant, Span

PACK_AFTER = 2 * HOUR
"""An hour is packed this long after its end: nearly all late looks have come by then."""
RAW_KEPT = 48 * HOUR
CHUNKS_KEPT = 400 * DAY
DROP_ROWS = 5_000
"""Rows let go in one transaction: some tens of ms, so a look's commit never waits long behind them."""
_r, _c, _p = tables.result.c, tables.chunk.c, tables.packed_hour.c


def hour_of(at: Instant) -> Instant:
    """The begin of the hour that holds ``at``."""
    return at - at % HOUR


def hours_to_pack(connection: Connection, now: Instant) -> list[Instant]:
    """Closed hours that have raw rows and no mark, oldest first."""
    ended, hours = hour_of(now - PACK_AFTER), []
    marked = set(connection.execute(sa.select(_p.hour)).scalars())
    oldest = _oldest_slot(connection, 0, ended)
    while oldest is not None:
        hour = hour_of(oldest)
        if hour not in marked:
            hours.append(hour)
        oldest = _oldest_slot(connection, hour + HOUR, ended)
    return hours


def streams_from(connection: Connection, hour: Instant, step: int) -> list[int]:
    """The first stream numbers of the steps (1, 1 + step, …) that have raw rows in ``hour``."""
    question = sa.select(_r.stream_no).where(_r.slot >= hour, _r.slot < hour + HOUR).distinct()
    return sorted({(no - 1) // step * step + 1 for no in connection.execute(question).scalars()})


def pack_streams(connection: Connection, hour: Instant, streams: range) -> int:
    """Pack the looks of ``hour`` of the stream numbers in ``streams``; the number of raw looks that were packed.

    What a chunk held stays; an absent slot is filled. Raises ValueError if a chunk does not read back as it was written.
    """
    raw: dict[Stream, list[Result]] = defaultdict(list)
    for look in within(connection, Span(hour, hour + HOUR), streams):
        raw[look.check_no, look.location_no].append(look)
    for stream, looks in raw.items():
        _pack_stream(connection, hour, stream, looks)
    return sum(map(len, raw.values()))


def mark(connection: Connection, hour: Instant, now: Instant, looks: int) -> None:
    """Say that ``hour`` is packed, after ``looks`` raw looks of it were. Raises ValueError if more have come since.

    A count is enough: raw rows of an hour without a mark only ever become more.
    """
    here = sa.select(sa.func.count()).select_from(tables.result).where(_r.slot >= hour, _r.slot < hour + HOUR)
    if (found := connection.execute(here).scalar_one()) != looks:
        raise ValueError(f"hour {hour} has {found} looks and {looks} were packed")
    connection.execute(sa.delete(tables.packed_hour).where(_p.hour == hour))
    connection.execute(sa.insert(tables.packed_hour), [{"hour": hour, "packed_at": now, "looks": looks}])


def touched(connection: Connection, slots: Iterable[Instant]) -> None:
    """Take the marks off the hours of ``slots``: late looks came in, they must be packed again before anything goes."""
    hours = {hour_of(slot) for slot in slots}
    if hours:
        connection.execute(sa.delete(tables.packed_hour).where(_p.hour.in_(hours)))


def drop_raw(connection: Connection, now: Instant) -> int:
    """Let go up to 5,000 raw rows of marked hours older than 48 h, with their phases; how many went.

    0: nothing is left to do. The words of looks stay as long as their chunks.
    """
    ended = hour_of(now - RAW_KEPT)
    oldest = _oldest_slot(connection, 0, ended)
    while oldest is not None:
        hour = hour_of(oldest)
        if connection.execute(sa.select(_p.hour).where(_p.hour == hour)).first():
            return _drop(connection, hour)
        oldest = _oldest_slot(connection, hour + HOUR, ended)
    return 0


def drop_chunks(connection: Connection, now: Instant) -> int:
    """Let go the oldest hour of chunks older than 13 months (400 days), with its words; how many chunks went.

    Changes and doubts stay for ever.
    """
    ended = hour_of(now - CHUNKS_KEPT)
    oldest = connection.execute(sa.select(sa.func.min(_c.hour)).where(_c.hour < ended)).scalar()
    if oldest is None:
        return 0
    connection.execute(sa.delete(tables.packed_hour).where(_p.hour == oldest))
    connection.execute(sa.delete(tables.result_note).where(tables.result_note.c.slot < oldest + HOUR))
    return connection.execute(sa.delete(tables.chunk).where(_c.hour == oldest)).rowcount


def packed(connection: Connection, span: Span, streams: Iterable[Stream]) -> list[Result]:
    """Looks of ``streams`` in chunks whose slot lies in ``span``, by slot: one chunk is sought for each hour and stream."""
    newest = connection.execute(sa.select(sa.func.max(_c.hour)).where(_c.hour < span.end)).scalar()
    if newest is None:
        return []
    hours = numbers(connection, range(hour_of(span.start), newest + HOUR, HOUR))
    wanted = numbers(connection, map(stream_no, streams))
    here = sa.and_(_c.hour.in_(sa.select(hours.c.value)), _c.stream_no.in_(sa.select(wanted.c.value)))
    rows = connection.execute(sa.select(tables.chunk).where(here))
    looks = (look for hour, number, body in rows for look in unpack(hour, *stream_of(number), body))
    return sorted((look for look in looks if look.slot in span), key=lambda look: look.name)


def history(connection: Connection, span: Span, streams: Collection[Stream], *, telling: bool = False) -> list[Result]:
    """All looks of ``streams`` whose slot lies in ``span``, by slot: of hours that are packed from chunks, else raw.

    ``telling``: of the raw ones only those that can move a timeline.
    """
    if not streams:
        return []
    looks = {look.name: look for look in packed(connection, span, streams)}
    for part in _unpacked(connection, span):
        looks.update((look.name, look) for look in within(connection, part, streams, telling=telling))
    return [looks[name] for name in sorted(looks)]


def _unpacked(connection: Connection, span: Span) -> list[Span]:
    """The parts of ``span`` whose hours have no mark."""
    first = hour_of(span.start)
    marked = connection.execute(sa.select(_p.hour).where(_p.hour >= first, _p.hour < span.end).order_by(_p.hour)).scalars()
    edges = [span.start, *(edge for hour in marked for edge in (hour, hour + HOUR)), span.end]
    cut = [min(max(edge, span.start), span.end) for edge in edges]
    return [Span(start, end) for start, end in zip(cut[::2], cut[1::2], strict=True) if start < end]


def packed_names(connection: Connection, names: Sequence[Name]) -> set[Name]:
    """Those of ``names`` that chunks have already."""
    found: set[Name] = set()
    for hour, check, location in {(hour_of(slot), check, location) for slot, check, location in names}:
        found.update(look.name for look in packed(connection, Span(hour, hour + HOUR), [(check, location)]))
    return found.intersection(names)


def _oldest_slot(connection: Connection, since: Instant, until: Instant) -> Instant | None:
    return connection.execute(sa.select(sa.func.min(_r.slot)).where(_r.slot >= since, _r.slot < until)).scalar()


def _pack_stream(connection: Connection, hour: Instant, stream: Stream, raw: list[Result]) -> None:
    looks = {look.slot: look for look in raw}
    looks.update((look.slot, look) for look in packed(connection, Span(hour, hour + HOUR), [stream]))
    wanted = sorted(kept_form(look) for look in looks.values())
    key = {"hour": hour, "stream_no": stream_no(stream)}
    here = sa.and_(_c.hour == hour, _c.stream_no == stream_no(stream))
    connection.execute(sa.delete(tables.chunk).where(here))
    connection.execute(sa.insert(tables.chunk), [key | {"body": pack(hour, list(looks.values()))}])
    body = connection.execute(sa.select(_c.body).where(here)).scalar_one()
    if [kept_form(look) for look in unpack(hour, *stream, body)] != wanted:
        raise ValueError(f"the chunk of hour {hour}, check {stream[0]} at {stream[1]} does not read back as written")


def _drop(connection: Connection, hour: Instant) -> int:
    names = sa.select(_r.slot, _r.stream_no).where(_r.slot >= hour, _r.slot < hour + HOUR)
    last = connection.execute(names.order_by(_r.slot, _r.stream_no).limit(DROP_ROWS)).all()[-1]
    for table in (tables.result_phase, tables.result_wide, tables.result):
        c = table.c
        until = sa.tuple_(c.slot, c.stream_no) <= sa.tuple_(*last)
        gone = connection.execute(sa.delete(table).where(c.slot >= hour, until)).rowcount
    return gone
