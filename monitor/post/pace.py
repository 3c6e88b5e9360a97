"""How many letters go at once, and how many one recipient domain gets within a minute."""

from __future__ import annotations

from collections import defaultdict, deque

from sla.span import MINUTE, SECOND, Instant

AT_ONCE = 4
"""Connections to the mail server: some hundred letters a second. The fewer, the fewer go twice when we fall."""
A_MINUTE = 60
"""Letters to one domain within a minute."""


class Pace:
    """Counts what is on its way, and what went lately by domain."""

    def __init__(self) -> None:
        self._under_way = 0
        self._lately: dict[str, deque[Instant]] = defaultdict(deque)

    def take(self, domain: str, now: Instant) -> bool:
        """Whether one more letter may go to ``domain`` now; then it counts, until ``done`` as one on its way."""
        lately = self._passed(domain, now)
        if self._under_way >= AT_ONCE or len(lately) >= A_MINUTE:
            return False
        self._under_way += 1
        lately.append(now)
        return True

    def done(self) -> None:
        """A letter is not on its way any more."""
        self._under_way -= 1

    def free_in_s(self, now: Instant) -> float | None:
        """Seconds until a domain that had its share of this minute may have one more; None: none waits for that."""
        waits = [
            lately[0] + MINUTE - now for domain in list(self._lately) if len(lately := self._passed(domain, now)) >= A_MINUTE
        ]
        return min(waits) / SECOND if waits else None

    def _passed(self, domain: str, now: Instant) -> deque[Instant]:
        """What went within the last minute. A clock that was set back forgets what is in its future."""
        lately = self._lately[domain]
        while lately and not now - MINUTE < lately[0] <= now:
            lately.popleft()
        return lately
