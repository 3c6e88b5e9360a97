"""What a look found, as one integer that is small for the common look; its parts are read by the view ``look`` as well.

The lowest 8 bits are the start in ms after the slot, the next 20 the duration in tenths of a ms plus one (0: none), the rest
is the outcome: 0 for up, else the number of the cause, whose hundreds are the state (100, 200, 300: a state without a cause).
A look that does not fit (it began earlier or much later, or took above 104 s) is ``WIDE``: its parts have a row of their own.
"""

from __future__ import annotations

from typing import TypeAlias

Parts: TypeAlias = tuple[int, int | None, int]
"""(ms from the slot to the start, tenths of a ms it took or None, outcome)."""

WIDE = -1
_OFFSETS, _TOOK = 1 << 8, 1 << 20
_TELLING = 303


def found(parts: Parts) -> int:
    """``parts`` as one integer, or ``WIDE``."""
    offset, tenths, outcome = parts
    took = 0 if tenths is None else tenths + 1
    if not (0 <= offset < _OFFSETS and 0 <= took < _TOOK):
        return WIDE
    return (outcome * _TOOK + took) * _OFFSETS + offset


def parts(number: int) -> Parts:
    """The parts of an integer that ``found`` made, other than ``WIDE``."""
    rest, offset = divmod(number, _OFFSETS)
    outcome, took = divmod(rest, _TOOK)
    return offset, took - 1 if took else None, outcome


BEFORE_SILENT = _TELLING * _TOOK * _OFFSETS
"""Below it lies every look that moves a timeline: all but those that only say why nobody knows (of them a clock step counts)."""
