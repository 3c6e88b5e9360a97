"""What was made last at each place, with what it was made of: made again as soon as that is something else."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """The last value of each place, at most ``most`` of them: those asked for longest ago go first.

    A value is given again only for something equal to what it was made of, so it can't be old.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Hashable, tuple[object, V]] = {}
        self._lock = Lock()

    def get(self, place: Hashable, of: object, make: Callable[[], V]) -> V:
        """The value at ``place`` if it was made ``of`` the same, else what ``make`` makes now."""
        with self._lock:
            known = self._values.pop(place, None)
        if known is None or known[0] != of:
            known = of, make()
        with self._lock:
            self._values[place] = known
            if len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return known[1]
