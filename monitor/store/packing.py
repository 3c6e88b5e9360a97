"""Looks of a closed hour, one chunk a stream: each keeps name, state, cause, start and duration at a few bytes.

Chunk version 1, little endian: version u8, every u32, phase u32, slots on the grid u16, looks off the grid u16;
two bits a grid slot (absent, up, down, other); for each present one its offset from the slot in ms i16, then its duration
in ms u16 (65535: none); for each present one that is not up its outcome u16; then the looks off the grid (repeats, looks
at once, a changed interval, a start or duration too far out): slot from the hour u32, offset i64, duration in tenths
of ms u64 (all ones: none), outcome u16.
The grid is what fits most of the hour's looks, so a chunk needs nothing but itself and its key to be read.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from monitor.ports import Result
from monitor.store.results import meaning, outcome
from sla.span import HOUR, Instant

VERSION = 1
_HEAD = struct.Struct("<BIIHH")
_OFF_GRID = struct.Struct("<IqQH")
_NO_MS, _NO_TENTHS = 0xFFFF, 0xFFFF_FFFF_FFFF_FFFF
_MIN_EVERY = 100
_UP, _DOWN, _OTHER = 1, 2, 3


def pack(hour: Instant, looks: Sequence[Result]) -> bytes:
    """The chunk of one stream's ``looks``, whose slots lie in the hour that begins at ``hour``; in any order, no slot twice."""
    looks = sorted(looks, key=lambda look: look.slot)
    every, phase = _grid(hour, looks)
    slots = range(hour + phase, hour + HOUR, every)
    on_grid = [look for look in looks if look.slot in slots and _fits(look)]
    off_grid = [look for look in looks if not (look.slot in slots and _fits(look))]
    head = _HEAD.pack(VERSION, every, phase, len(slots), len(off_grid))
    return head + _states(slots, on_grid) + _numbers(on_grid) + b"".join(_exception(hour, look) for look in off_grid)


def unpack(hour: Instant, check_no: int, location_no: int, body: bytes) -> list[Result]:
    """The looks of a chunk by slot; durations on the grid are whole ms. Raises ValueError for a chunk of another version."""
    version, every, phase, count, extra = _HEAD.unpack_from(body)
    if version != VERSION:
        raise ValueError(f"chunk version {version}, this program reads {VERSION}")
    at = _HEAD.size
    present = [(i, s) for i in range(count) if (s := body[at + i // 4] >> i % 4 * 2 & 3)]
    at += (count + 3) // 4
    offsets = struct.unpack_from(f"<{len(present)}h", body, at)
    took = struct.unpack_from(f"<{len(present)}H", body, at + 2 * len(present))
    at += 4 * len(present)
    not_up = sum(1 for _, state in present if state != _UP)
    outcomes = iter(struct.unpack_from(f"<{not_up}H", body, at))
    at += 2 * not_up
    looks = [
        _look(
            hour + phase + i * every,
            (check_no, location_no),
            offset,
            None if ms == _NO_MS else ms,
            0 if s == _UP else next(outcomes),
        )
        for (i, s), offset, ms in zip(present, offsets, took, strict=True)
    ]
    for slot, offset, tenths, number in _OFF_GRID.iter_unpack(body[at : at + extra * _OFF_GRID.size]):
        looks.append(_look(hour + slot, (check_no, location_no), offset, None if tenths == _NO_TENTHS else tenths / 10, number))
    return sorted(looks, key=lambda look: look.slot)


def kept_form(look: Result) -> tuple[int, int, int, int, int]:
    """What a chunk promises of a look, to compare by: name, start, outcome."""
    return (*look.name, look.at, outcome(look.state, look.cause))


def _look(slot: Instant, stream: tuple[int, int], offset: int, took: float | None, number: int) -> Result:
    state, cause = meaning(number)
    return Result(slot, *stream, slot + offset, took, state, cause)


def _grid(hour: Instant, looks: Sequence[Result]) -> tuple[int, int]:
    """(every, phase) that most looks of the hour lie on; phase is the first grid slot, counted from the hour."""
    steps = Counter(b.slot - a.slot for a, b in pairwise(looks))
    every = max(((n, step) for step, n in steps.items() if step >= _MIN_EVERY), default=(0, HOUR))[1]
    phases = Counter((look.slot - hour) % every for look in looks)
    return every, max(((n, phase) for phase, n in phases.items()), default=(0, 0))[1]


def _fits(look: Result) -> bool:
    """Whether the look's numbers fit into the short form."""
    return -32768 <= look.at - look.slot <= 32767 and (look.took_ms is None or round(look.took_ms) < _NO_MS)


def _states(slots: range, looks: Iterable[Result]) -> bytes:
    bits = bytearray((len(slots) + 3) // 4)
    for look in looks:
        i, number = slots.index(look.slot), outcome(look.state, look.cause)
        bits[i // 4] |= (_UP if number == 0 else _DOWN if number < 200 else _OTHER) << i % 4 * 2
    return bytes(bits)


def _numbers(looks: Sequence[Result]) -> bytes:
    offsets = struct.pack(f"<{len(looks)}h", *(look.at - look.slot for look in looks))
    took = struct.pack(f"<{len(looks)}H", *(_NO_MS if look.took_ms is None else round(look.took_ms) for look in looks))
    outcomes = [number for look in looks if (number := outcome(look.state, look.cause))]
    return offsets + took + struct.pack(f"<{len(outcomes)}H", *outcomes)


def _exception(hour: Instant, look: Result) -> bytes:
    tenths = _NO_TENTHS if look.took_ms is None else round(look.took_ms * 10)
    return _OFF_GRID.pack(look.slot - hour, look.at - look.slot, tenths, outcome(look.state, look.cause))
