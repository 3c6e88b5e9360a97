"""Times as people type them: RFC 3339 with an offset, or a wall clock with its zone, as long as it happened exactly once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sla import texts
from sla.span import Instant

_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?) ([A-Za-z0-9_+/-]+)")
_WITHOUT_SECONDS = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})([zZ]|[+-]\d{2}:\d{2})")
_EXPECTED = "a time like 2026-12-01T23:00+01:00, or 2026-12-01 23:00 Europe/Berlin"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str) -> Instant:
    """The instant that ``text`` names. Raises ValueError, also for a wall clock that the zone shows twice or never."""
    if local := _LOCAL.fullmatch(text.strip()):
        return _wall(text.strip(), f"{local[1]}T{local[2]}", local[3])
    short = _WITHOUT_SECONDS.fullmatch(text.strip())
    try:
        return texts.until(f"{short[1]}:00{short[2]}" if short else text.strip())
    except ValueError:
        raise ValueError(f"expected {_EXPECTED}, got {text[:80]!r}") from None


def wall(text: str) -> tuple[str, str]:
    """The wall clock (``2026-12-01T23:00``) and the zone of a time that was typed with both. Raises ValueError."""
    local = _LOCAL.fullmatch(text.strip())
    if local is None:
        raise ValueError(f"expected a wall clock with its zone, like 2026-12-01 23:00 Europe/Berlin, got {text[:80]!r}")
    return f"{local[1]}T{local[2][:5]}", local[3]


def _wall(text: str, clock: str, zone_name: str) -> Instant:
    try:
        zone, naive = ZoneInfo(texts.zone(zone_name)), datetime.fromisoformat(clock)
    except ValueError:
        raise ValueError(f"expected {_EXPECTED}, got {text[:80]!r}") from None
    early, late = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return texts.until(early.astimezone(UTC).isoformat())
    happens = "happens twice" if (early.utcoffset() or _NONE) > (late.utcoffset() or _NONE) else "does not exist"
    raise ValueError(f"{text} {happens}; give an offset, e.g. {_spelled(early)} or {_spelled(late)}")


_NONE = timedelta()


def _spelled(at: datetime) -> str:
    """``at`` with its offset, as short as it may be."""
    return re.sub(r":00(?=[+-]\d{2}:\d{2}$)", "", at.isoformat(), count=1) if not at.second else at.isoformat()
