"""What single looks found, for programs and as the line of a monitoring plugin (for people: ``told``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monitor.config.configuration import Check
from monitor.watch.runner import LookOutcome
from sla.attribution import Attribution
from sla.state import State

UNAVAILABLE = 69
NAGIOS = {State.UP: (0, "OK"), State.DEGRADED: (1, "WARNING"), State.DOWN: (2, "CRITICAL"), State.UNKNOWN: (3, "UNKNOWN")}
NAGIOS_UNKNOWN = 3
LINE = 200
"""A plugin line is cut here: longer ones are cut by their readers anyway."""
BADNESS = (State.UP, State.DEGRADED, State.UNKNOWN, State.DOWN)


@dataclass(frozen=True, slots=True)
class Seen:
    """One check and what the look at it found; ``site`` None for a target that is in no configuration.

    ``blame`` is whose it seems to be where it is down or degraded.
    """

    site: str | None
    check: Check
    outcome: LookOutcome
    blame: Attribution | None = None

    @property
    def state(self) -> State:
        """The state found."""
        return self.outcome.finding.state

    @property
    def name(self) -> str:
        """The check as people call it."""
        return self.check.key if self.site is None else f"{self.site}/{self.check.key}"


def document(seen: Seen) -> dict[str, Any]:
    """One look as JSON: keys as in the API, durations in ms; site, component and check are null for a target of the moment."""
    finding = seen.outcome.finding
    return {
        "site": seen.site,
        "component": None if seen.site is None else seen.check.component,
        "check": None if seen.site is None else seen.check.key,
        "kind": seen.check.probe.kind,
        "state": finding.state.word,
        "cause": finding.cause.word if finding.cause else None,
        "reason": finding.reason,
        "took_ms": None if seen.outcome.took_ms is None else round(seen.outcome.took_ms, 1),
        "phases_ms": {name: round(ms, 1) for name, ms in seen.outcome.phases},
        "facts": dict(finding.facts),
        "responsibility": None if seen.blame is None else _responsibility(seen.blame),
        "notices": [{"code": notice.code, "text": notice.text} for notice in finding.notices],
    }


def _responsibility(said: Attribution) -> dict[str, Any]:
    """Whose it seems to be: a proposal with reasons, as the desk makes it of outages."""
    party = None if said.party is None else said.party.value
    return {"party": party, "cause": said.cause, "confidence": said.confidence.value, "reasons": list(said.reasons)}


def plugin_line(looks: Sequence[Seen]) -> str:
    """The line of a monitoring plugin: the worst look first, perfdata behind the bar."""
    worst = max(looks, key=lambda seen: BADNESS.index(seen.state))
    finding = worst.outcome.finding
    text = finding.reason or f"{len(looks)} of {len(looks)} looks up"
    head = _one_line(f"{worst.check.probe.kind.upper()} {NAGIOS[worst.state][1]} - {worst.check.key}: {text}")
    data = " ".join(map(_perfdata, looks))
    if len(data) > LINE // 2:
        data = _perfdata(worst)
    return f"{head[: LINE - len(data) - 3]} | {data}" if data.strip() else head[:LINE]


def plugin_unknown(text: str) -> str:
    """The plugin line when nothing could be looked at."""
    return _one_line(f"UNKNOWN - {'; '.join(text.splitlines())}")[:LINE]


def _one_line(text: str) -> str:
    """Text that cannot be taken for perfdata or a second line."""
    return " ".join(text.replace("|", " ").split())


def _perfdata(seen: Seen) -> str:
    """Seconds with slow as warning, the deadline as critical threshold and the minimum; nothing if a stall took the duration."""
    took_ms = seen.outcome.took_ms
    if took_ms is None:
        return ""
    slow = "" if seen.check.slow_ms is None else f"{seen.check.slow_ms / 1000:g}"
    return f"{seen.check.key}={took_ms / 1000:.3f}s;{slow};{seen.check.deadline_ms / 1000:g};0"


def plugin_code(looks: Sequence[Seen]) -> int:
    """0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; unknown is worse than degraded and better than down."""
    return NAGIOS[max((seen.state for seen in looks), key=BADNESS.index)][0]


def exit_code(looks: Sequence[Seen]) -> int:
    """0 all up · 1 something down or degraded · 69 nothing bad was seen, but somewhere we could not look."""
    states = {seen.state for seen in looks}
    if states & {State.DOWN, State.DEGRADED}:
        return 1
    return UNAVAILABLE if State.UNKNOWN in states else 0
