"""When a look is due: every look has its name (slot, check, location) before it starts."""

from __future__ import annotations

from hashlib import sha256

from sla.span import Instant

PHASE_GRID_MS = 100
SHARDS = 16


def _digest(text: str) -> int:
    """A number that is the same in every process (Python's own hash is not)."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def phase(check_key: str, location: str, every_ms: int) -> int:
    """Where in its interval a check is looked at: ms in [0, every), cut to the 100 ms grid."""
    return _digest(f"{check_key}/{location}") % every_ms // PHASE_GRID_MS * PHASE_GRID_MS


def slot_at(now: Instant, every_ms: int, phase_ms: int) -> Instant:
    """The latest slot at or before ``now``."""
    return now - (now - phase_ms) % every_ms


def slot_at_once(now: Instant) -> Instant:
    """The slot of a look made at once: beside the grid, so that no regular look has its name."""
    return now // PHASE_GRID_MS * PHASE_GRID_MS + PHASE_GRID_MS // 2


def slots_between(after: Instant, until: Instant, every_ms: int, phase_ms: int) -> range:
    """All slots in (after, until]."""
    return range(slot_at(after, every_ms, phase_ms) + every_ms, until + 1, every_ms)


def shard(site_key: str) -> int:
    """The shard a site lives in, fixed for ever."""
    return _digest(site_key) % SHARDS
