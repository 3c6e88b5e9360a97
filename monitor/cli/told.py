"""One look in words, for a person at a terminal: what was found, what it means, whose it seems to be, and every figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from textwrap import wrap

from monitor.cli.seen import Seen
from probes.probe import Fact
from sla.attribution import Attribution
from sla.responsibility import CAUSES, Party, cause_words
from sla.span import DAY, Instant
from sla.state import State

LABELS = 8
"""Columns that the words at the left take."""
UNITS = {"_seconds": "s", "_bytes": "bytes", "_length": "bytes", "_percent": "%", "_days": "days", "_ms": "ms"}
MOMENTS = ("_timestamp_seconds", "_cert_expiry")
"""Ends of the names of facts that are seconds since 1970."""
EXCLUDABLE = frozenset(cause.code for cause in CAUSES)


def told(seen: Seen, width: int = 80) -> str:
    """One look in full, in lines of ``width`` columns: head, reason, meaning, responsibility, phases, facts, advice."""
    finding = seen.outcome.finding
    cause = f" ({finding.cause.word})" if finding.cause else ""
    took = "" if seen.outcome.took_ms is None else f" in {_ms(seen.outcome.took_ms)}"
    kind = "" if seen.name == seen.check.probe.kind else f"  {seen.check.probe.kind}"
    rows = [("why", finding.reason), ("means", meaning(seen)), ("whose", whose(seen)), ("phases", _phases(seen))]
    lines = [f"{seen.name}{kind}  {finding.state.word}{cause}{took}"]
    for label, text in rows:
        lines += _block(label, wrap(text, max(40, width - LABELS - 2), break_long_words=False, break_on_hyphens=False))
    lines += _block("facts", list(_facts(seen)))
    lines += _block("advice", [f"{notice.text} ({notice.code})" for notice in finding.notices])
    return "\n".join(lines)


def meaning(seen: Seen) -> str:
    """What this look means for the component's state."""
    check = seen.check
    match seen.state:
        case State.UP:
            return "it works; this counts as available"
        case State.DEGRADED:
            return "it works, but a user may notice; this counts as available"
        case State.UNKNOWN:
            return "we could not look: this counts neither for nor against the target, and widens what is not known"
    first = "the first such look" if check.confirm_failures == 1 else f"{check.confirm_failures} such looks in a row"
    return f"down from now on, once {first} have confirmed it" if check.confirm_failures > 1 else f"down from {first} on"


def whose(seen: Seen) -> str:
    """Who seems to answer for what is not up, and the cause that could be proposed for exclusion; empty if it is up."""
    if seen.state is State.UP:
        return ""
    if seen.state is State.UNKNOWN:
        return "ours: our network, our configuration or our credential"
    if seen.blame is None:
        return ""
    said = seen.blame
    party = "undecided" if said.party is None else _party(said.party)
    return f"{party}: {said.reasons[0]}{_proposal(said, seen.site is not None)}"


def _proposal(said: Attribution, configured: bool) -> str:
    if said.cause not in EXCLUDABLE:
        return ""
    named = f", party {said.named}" if said.named and configured else ""
    return f"; if it lasts, an exclusion could be proposed: {said.cause} ({cause_words(said.cause)}{named})"


def _party(party: Party) -> str:
    return {Party.PROVIDER: "the provider", Party.CUSTOMER: "the customer", Party.THIRD_PARTY: "a third party"}[party]


def _phases(seen: Seen) -> str:
    return " · ".join(f"{name} {_ms(ms)}" for name, ms in seen.outcome.phases)


def _facts(seen: Seen) -> Iterator[str]:
    facts = sorted(seen.outcome.finding.facts.items())
    width = max((len(name) for name, _ in facts), default=0)
    for name, fact in facts:
        yield f"{name:{width}}  {with_unit(name, fact, seen.outcome.at)}"


def with_unit(name: str, fact: Fact, now: Instant) -> str:
    """A fact's value with the unit that its name ends in; a moment as a date, and how far it is from ``now``."""
    plain = name.partition(".")[0]
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, str):
        return fact
    if plain.endswith(MOMENTS):
        return _moment(int(fact) * 1000, now)
    unit = next((unit for end, unit in UNITS.items() if plain.endswith(end)), "")
    return f"{fact:,} {unit}".replace(",", " ").rstrip() if unit else str(fact)


def _moment(at: Instant, now: Instant) -> str:
    days = abs(at - now) / DAY
    try:
        when = datetime.fromtimestamp(at // 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{at // 1000} s since 1970"
    return f"{when:%Y-%m-%d %H:%M:%S} UTC, {f'in {days:.1f} days' if at >= now else f'{days:.1f} days ago'}"


def _ms(ms: float) -> str:
    return f"{ms:.1f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


def _block(label: str, lines: list[str]) -> list[str]:
    """Lines below one word at the left."""
    return [f"  {label if number == 0 else '':{LABELS}}{line}" for number, line in enumerate(lines)]
