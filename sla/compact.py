"""What counts of a site as bytes that a database keeps: derived, so it may be dropped and rebuilt from the facts any time."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from sla.counted import Counted
from sla.span import Span
from sla.tally import Tally

VERSION = 1
"""Rises with every change of the form or of a rule of counting; bytes of another version are rebuilt."""

_SIZE = 8


class OtherVersion(ValueError):
    """Bytes that another version wrote: build them again from the facts."""


def pack(counted: Counted) -> bytes:
    """``counted`` in little-endian 64-bit integers, the names of the causes behind them."""
    observed = counted.observed
    numbers = [counted.scale, int(counted.unknown_leaves)]
    numbers += [1, observed.start, observed.end] if observed else [0, 0, 0]
    for tally in (counted.down, counted.best, counted.worst, counted.unknown, counted.removed, *counted.excluded.values()):
        numbers += _numbers(tally)
    head = (VERSION, len(numbers))
    return struct.pack(f"<{2 + len(numbers)}q", *head, *numbers) + "\n".join(counted.excluded).encode()


def unpack(packed: bytes) -> Counted:
    """What ``pack`` was given. Raises OtherVersion."""
    version, size = struct.unpack_from("<2q", packed)
    if version != VERSION:
        raise OtherVersion(f"packed by version {version} of the form, expected {VERSION}: build it again from the facts")
    scale, unknown_leaves, seen, start, end, *numbers = struct.unpack_from(f"<{size}q", packed, 2 * _SIZE)
    names = packed[(2 + size) * _SIZE :].decode().split("\n")
    down, best, worst, unknown, removed, *shares = _tallies(numbers)
    excluded = dict(zip(names, shares, strict=True)) if shares else {}
    observed = Span(start, end) if seen else None
    return Counted(observed, scale, bool(unknown_leaves), down, best, worst, unknown, removed, excluded)


def _numbers(tally: Tally) -> Iterator[int]:
    """The spans of a tally; their weight once if it is the same for all, else (0) each of them."""
    uniform = tally.weights[0] if tally.uniform and tally else 0
    yield from (len(tally.starts), uniform, *tally.starts, *tally.ends)
    if not uniform:
        yield from tally.weights


def _tallies(numbers: Sequence[int]) -> Iterator[Tally]:
    place = 0
    while place < len(numbers):
        many, uniform = numbers[place : place + 2]
        place += 2
        starts, ends = numbers[place : place + many], numbers[place + many : place + 2 * many]
        place += 2 * many
        weights = [uniform] * many if uniform else numbers[place : place + many]
        place += 0 if uniform else many
        yield Tally(starts, ends, weights)
