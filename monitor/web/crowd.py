"""How often somebody may come: arrivals by name within a minute, for as many names as fit into little memory."""

from __future__ import annotations

from collections import deque

from monitor.clock import Stopwatch

MOST_NAMES = 10_000
WINDOW_S = 60.0


class Crowd:
    """Counts arrivals; more than ``most`` of one name within a minute are too many."""

    def __init__(self, monotonic: Stopwatch, most: int) -> None:
        self._monotonic, self._most = monotonic, most
        self._seen: dict[str, deque[float]] = {}

    def too_many(self, name: str) -> bool:
        """Note one more arrival of ``name``; True if these are too many."""
        if name not in self._seen and len(self._seen) >= MOST_NAMES:
            self._seen.pop(next(iter(self._seen)))
        now, times = self._monotonic(), self._seen.setdefault(name, deque(maxlen=self._most + 1))
        times.append(now)
        return len(times) > self._most and times[0] > now - WINDOW_S
