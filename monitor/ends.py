"""When certificates and licences end, by what was seen of each last: a date outlives the look that saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from monitor.ports import Result, StreamKey
from monitor.snapshot import end_of
from monitor.watch.schedule import Plan
from sla.span import Instant


class Ends:
    """Of every component that a look saw an end at, the earliest of its checks' newest."""

    def __init__(self) -> None:
        self._seen: dict[StreamKey, tuple[str, Instant]] = {}
        self._made: Mapping[str, Instant] | None = None

    def watch(self, plans: Sequence[Plan]) -> None:
        """Know exactly these plans from now on."""
        named = {plan.stream: _component(plan) for plan in plans}
        self._seen = {stream: (named[stream], at) for stream, (_, at) in self._seen.items() if stream in named}
        self._made = None

    def saw(self, plan: Plan, result: Result) -> None:
        """``result`` is the newest of its stream. One that saw no end, since nothing answered, says nothing of it."""
        at = end_of(result.facts)
        if at is not None and self._seen.get(plan.stream) != (found := (_component(plan), at)):
            self._seen[plan.stream] = found
            self._made = None

    def known(self) -> Mapping[str, Instant]:
        """By component (``site/component``)."""
        if self._made is None:
            earliest: dict[str, Instant] = {}
            for component, at in self._seen.values():
                earliest[component] = min(at, earliest.get(component, at))
            self._made = MappingProxyType(earliest)
        return self._made


def _component(plan: Plan) -> str:
    return f"{plan.site}/{plan.check.component}"
