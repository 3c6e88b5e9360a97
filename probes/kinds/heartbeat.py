"""Something reports to us, and its silence is the signal: a backup, a batch run, a connector.

The sender calls the gateway (`gateway` in the main file) with the token behind `source.push`, at least 22 characters of
`A-Z a-z 0-9 _ -`; `openssl rand -hex 16` makes one. A sign counts when it is answered with 200, which comes after it is safely
kept; anything else means try again, as `--retry` does:

`curl -fsS -m 10 --retry 5 --retry-all-errors -X POST https://beats.provider.example/beat/TOKEN`

`…/TOKEN/start` says that a run begins, `…/TOKEN/0` that it ended well, `…/TOKEN/fail` or `…/TOKEN/3` (an exit code, 1 to 255)
that it did not. A body (`--data-binary`) may have 4 KiB; its first 200 characters are kept and shown to operators. The same word
of one sender is taken once in 5 s, sooner it is 429. The token stands in the path: a proxy in between should not log paths. For
cron:

`0 2 * * * backup; curl -fsS -m 10 --retry 5 --retry-all-errors -X POST https://beats.provider.example/beat/TOKEN/$?`

A sign is wanted every `every`, and may come up to `grace` late. A run that began may take `max_run`, else as long as the next
sign may take. Times are those of our clock when a sign comes in: the sender's does not matter. What a sender said holds until
it says otherwise, also over a restart of ours.

Silence is down only if we listened all the time in which a sign was due, from `grace` before to `grace` after: every 5 s the
service knocks at its own gateway, by its public `url` if it has one, and while that does not come through for 15 s a sign would
not have come either; a start of the service interrupts its listening, too. Else it is unknown: our absence is never the
sender's silence.

Down causes: `heartbeat_missed`, `service_error` (a run ended badly), `deadline` (a run has not ended within `max_run`). Unknown:
`never_checked` (nothing has come yet), `agent_silent` (silent, and we did not listen all the time). No phases.

```yaml
- id: backup
  component: backup-job
  kind: heartbeat
  source: {push: env:BACKUP_BEAT}
  every: 24h
  grace: 1h
  max_run: 4h
```
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from probes.probe import Defaults, Duration, Fact, Finding, Heard, Look, SecretRef, cannot_look, down, up
from sla.span import SECOND, Instant, Span
from sla.state import Cause
from sla.texts import instant_text

MINUTE = Duration(60_000)
AHEAD_MS = 5 * SECOND
"""A sign further ahead of us was stamped before our clock was set back: its age says nothing."""
SHORTEST = Duration(10_000)
"""The same word is taken once in 5 s, and we notice within 15 s that nothing comes through."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,128}")


def is_token(text: str) -> bool:
    """Whether ``text`` can be a sender's token: long enough that nobody guesses it, and fit for a path as it stands."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Source:
    """Who reports: the sender with this token."""

    push: SecretRef


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Signs of life of one sender."""

    kind: ClassVar[str] = "heartbeat"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=5.0, component_kind="connector")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    volatile: ClassVar[frozenset[str]] = frozenset({"heartbeat_age_seconds"})
    measures: ClassVar[Mapping[str, str]] = {
        "heartbeat_age_seconds": "Time since the last good sign of life.",
        "heartbeat_code": "Exit code that was told last.",
    }

    source: Source
    every: Duration = MINUTE
    grace: Duration = MINUTE
    max_run: Duration | None = None

    def __post_init__(self) -> None:
        for name in ("every", "grace"):
            if getattr(self, name) < SHORTEST:
                raise ValueError(f"{name}: must be at least {SHORTEST // SECOND}s, got {getattr(self, name)}ms")

    async def check(self, look: Look) -> Finding:
        """Judge what has been heard."""
        heard = look.heard(self.source.push)
        if heard is None:
            return cannot_look("no sign has come yet", Cause.NEVER_CHECKED)
        return self.judged(heard, look.at)

    def judged(self, heard: Heard, at: Instant) -> Finding:
        """What the sender's words and its silence mean at ``at``."""
        signs = [sign for sign in (heard.good_at, heard.started_at, heard.failed_at) if sign is not None]
        if max(signs, default=at) > at + AHEAD_MS:
            return cannot_look("the last sign is stamped ahead of our clock, which was set back", Cause.AGENT_SILENT)
        facts = _facts(heard, at)
        if heard.failed_at is not None:
            ended = "a failure" if heard.code is None else f"exit code {heard.code}"
            return down(Cause.SERVICE_ERROR, f"reported {ended} at {instant_text(heard.failed_at)}, wanted a good end", facts)
        if heard.started_at is not None and self.max_run is not None:
            return self._running(heard.started_at, self.max_run, at, facts)
        last = max(sign for sign in (heard.good_at, heard.started_at) if sign is not None)
        if at <= last + self.every + self.grace:
            return up(facts)
        return self._silent(last, at, heard.listened, facts)

    def _running(self, began: Instant, most: int, at: Instant, facts: dict[str, Fact]) -> Finding:
        if at <= began + most:
            return up(facts)
        seen = f"a run began {_span_text(at - began)} ago and has not ended, wanted it within {_span_text(most)}"
        return down(Cause.DEADLINE, seen, facts)

    def _silent(self, last: Instant, at: Instant, listened: Iterable[Span], facts: dict[str, Fact]) -> Finding:
        """Down if we would have heard: one of the times at which a sign was due lies within a span of listening."""
        seen = (
            f"last sign {_span_text(at - last)} ago, wanted one every {_span_text(self.every)} and {_span_text(self.grace)} grace"
        )
        if any(self._due_within(last, Span(span.start, min(span.end, at))) for span in listened if span.start < at):
            return down(Cause.HEARTBEAT_MISSED, seen, facts)
        return cannot_look(f"{seen}; but we did not listen all the time in which it was due", Cause.AGENT_SILENT)

    def _due_within(self, last: Instant, span: Span) -> bool:
        """Whether ``span`` holds a whole time in which a sign was due: the latest one that ends in it begins latest, too."""
        times = (span.end - self.grace - last) // self.every
        return times >= 1 and max(last, last + times * self.every - self.grace) >= span.start


def _facts(heard: Heard, at: Instant) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    if heard.good_at is not None:
        facts["heartbeat_age_seconds"] = max(0, at - heard.good_at) // SECOND
    if heard.code is not None:
        facts["heartbeat_code"] = heard.code
    if heard.text:
        facts["heartbeat_text"] = heard.text
    return facts


def _span_text(ms: int) -> str:
    """A length of time for a reason: the two largest units."""
    seconds = ms // SECOND
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min" if seconds < 172_800 else f"{seconds // 86_400} d"
