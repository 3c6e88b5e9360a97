"""Counts what one address does too often: a dictionary that can not grow for ever."""

from __future__ import annotations

from collections import deque

from starlette.requests import Request

from monitor.clock import Stopwatch

MAX_ADDRESSES = 10_000
WINDOW_S = 60.0


class Crowd:
    """At most ``per_min`` of something from one address in a minute."""

    def __init__(self, monotonic: Stopwatch, per_min: int) -> None:
        self._monotonic, self._per_min = monotonic, per_min
        self._seen: dict[str, deque[float]] = {}

    def crowd(self, address: str) -> bool:
        """Note one more from ``address``; True if these are too many."""
        if address not in self._seen and len(self._seen) >= MAX_ADDRESSES:
            self._seen.pop(next(iter(self._seen)))
        now, times = self._monotonic(), self._seen.setdefault(address, deque(maxlen=self._per_min + 1))
        times.append(now)
        return len(times) > self._per_min and times[0] > now - WINDOW_S


def client_of(request: Request, behind_proxy: bool) -> str:
    """Who asks. Our own proxy adds whom it speaks for at the end; what stands before that anybody may have written."""
    if behind_proxy and (told := request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()):
        return told[:64]
    return request.client.host if request.client else ""
