"""`threenines check`: one look at a component of a configured site, told in full; or one plugin line for Nagios and its kin."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.clock import monotonic, system_clock
from monitor.config.configuration import Check, Configuration, Site
from monitor.config.load import ConfigurationErrors, load
from monitor.watch.runner import LookOutcome
from sla.state import State

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

USAGE, UNAVAILABLE, REFUSED = 2, 69, 78
NAGIOS = {State.UP: (0, "OK"), State.DEGRADED: (1, "WARNING"), State.DOWN: (2, "CRITICAL"), State.UNKNOWN: (3, "UNKNOWN")}
NAGIOS_UNKNOWN = 3
LINE = 200
"""A plugin line is cut here: longer ones are cut by their readers anyway."""
BADNESS = (State.UP, State.DEGRADED, State.UNKNOWN, State.DOWN)


@dataclass(frozen=True, slots=True)
class Seen:
    """One check and what the look at it found."""

    site: Site
    check: Check
    outcome: LookOutcome

    @property
    def state(self) -> State:
        """The state found."""
        return self.outcome.finding.state


class NoSuchThing(ValueError):
    """The target is not in the configuration; the text says what is."""


def chosen(configuration: Configuration, target: str) -> tuple[tuple[Site, Check], ...]:
    """The checks that ``SITE`` or ``SITE/COMPONENT`` (or ``SITE/CHECK``) names. Raises NoSuchThing."""
    key, _, part = target.partition("/")
    sites = {site.key: site for site in configuration.sites}
    if key not in sites:
        raise NoSuchThing(_missing("site", key, sites))
    site = sites[key]
    found = tuple((site, check) for check in site.checks if part in ("", check.component, check.key))
    if not found:
        raise NoSuchThing(_missing(f"component of {key}", part, {check.component for check in site.checks}))
    return found


def _missing(what: str, got: str, known: Any) -> str:
    near = get_close_matches(got, list(known), 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(sorted(known))[:LINE]}"
    return f"no such {what}, got {got[:80]!r}{hint}"


async def look(configuration: Configuration, wanted: Sequence[tuple[Site, Check]]) -> tuple[Seen, ...]:
    """Look once at each, all at the same time, through the service's own runner and gate."""
    from monitor.app import resolver_of
    from monitor.config.secrets import reveal
    from monitor.watch.egress import Egress
    from monitor.watch.runner import Runner
    from monitor.watch.stall import Stall

    stall = Stall(monotonic)
    egress = Egress(resolver_of(configuration.vantages.get("main")), monotonic)
    runner = Runner(egress, system_clock, monotonic, stall, lambda ref: reveal(ref, os.environ))
    stall.start()
    try:
        looks = [runner.look(check.probe, check.deadline_ms / 1000, check.slow_ms) for _, check in wanted]
        outcomes = await asyncio.gather(*looks)
    finally:
        stall.stop()
        egress.close()
    return tuple(Seen(site, check, outcome) for (site, check), outcome in zip(wanted, outcomes, strict=True))


def document(seen: Seen) -> dict[str, Any]:
    """One look as JSON: keys as in the API, durations in ms."""
    finding = seen.outcome.finding
    return {
        "site": seen.site.key,
        "component": seen.check.component,
        "check": seen.check.key,
        "kind": seen.check.probe.kind,
        "state": finding.state.word,
        "cause": finding.cause.word if finding.cause else None,
        "reason": finding.reason,
        "took_ms": None if seen.outcome.took_ms is None else round(seen.outcome.took_ms, 1),
        "phases_ms": {name: round(ms, 1) for name, ms in seen.outcome.phases},
        "facts": dict(finding.facts),
        "notices": [{"code": notice.code, "text": notice.text} for notice in finding.notices],
    }


def told(seen: Seen) -> str:
    """One look in words, with phases, facts and notices."""
    finding = seen.outcome.finding
    cause = f" ({finding.cause.word})" if finding.cause else ""
    took = "" if seen.outcome.took_ms is None else f" in {seen.outcome.took_ms:.1f} ms"
    lines = [f"{seen.site.key}/{seen.check.key}  {seen.check.probe.kind}  {finding.state.word}{cause}{took}"]
    if finding.reason:
        lines.append(f"  {finding.reason}")
    lines += [f"  {name:12} {ms:8.1f} ms" for name, ms in seen.outcome.phases]
    lines += [f"  {name} = {fact}" for name, fact in sorted(finding.facts.items())]
    lines += [f"  note: {notice.text} ({notice.code})" for notice in finding.notices]
    return "\n".join(lines)


def plugin_line(looks: Sequence[Seen]) -> str:
    """The line of a monitoring plugin: the worst look first, perfdata behind the bar."""
    worst = max(looks, key=lambda seen: BADNESS.index(seen.state))
    finding = worst.outcome.finding
    text = finding.reason or f"{len(looks)} of {len(looks)} looks up"
    head = f"{worst.check.probe.kind.upper()} {NAGIOS[worst.state][1]} - {worst.check.key}: {text}".replace("|", " ")
    data = " ".join(
        f"{seen.check.key}={seen.outcome.took_ms / 1000:.3f}s;;;0;{seen.check.deadline_ms / 1000:g}"
        for seen in looks
        if seen.outcome.took_ms is not None
    )
    return f"{head[: LINE - len(data) - 3]} | {data}" if len(data) < LINE // 2 else head[:LINE]


def exit_code(looks: Sequence[Seen]) -> int:
    """0 all up · 1 something down or degraded · 69 nothing bad was seen, but somewhere we could not look."""
    states = {seen.state for seen in looks}
    if states & {State.DOWN, State.DEGRADED}:
        return 1
    return UNAVAILABLE if State.UNKNOWN in states else 0


def refuse(text: str, code: int, nagios: bool) -> typer.Exit:
    """Say why nothing was looked at; a plugin says it on stdout and is UNKNOWN."""
    print(f"UNKNOWN - {text.splitlines()[0][:LINE]}" if nagios else text, file=sys.stdout if nagios else sys.stderr)
    return typer.Exit(NAGIOS_UNKNOWN if nagios else code)


@app.command()
def check(
    target: Annotated[str, typer.Argument(metavar="SITE[/COMPONENT]", help="what to look at")],
    config: Annotated[Path, typer.Option(help="the main configuration file")] = Path("threenines.yaml"),
    nagios: Annotated[bool, typer.Option("--nagios", help="one plugin line; exit 0, 1, 2 or 3")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Look once, now, and say everything that was seen. Nothing is stored. Exit 0 up, 1 down or degraded, 69 could not look."""
    try:
        configuration = load(config, os.environ)
        looks = asyncio.run(look(configuration, chosen(configuration, target)))
    except ConfigurationErrors as errors:
        raise refuse("\n".join(map(str, errors.mistakes)), REFUSED, nagios) from None
    except NoSuchThing as fault:
        raise refuse(f"threenines check: {fault}", USAGE, nagios) from None
    if nagios:
        print(plugin_line(looks))
        raise typer.Exit(max(NAGIOS[seen.state][0] for seen in looks if seen.state is worst_of(looks)))
    print(json.dumps({"looks": [document(seen) for seen in looks]}, indent=1) if as_json else "\n".join(map(told, looks)))
    raise typer.Exit(exit_code(looks))


def worst_of(looks: Sequence[Seen]) -> State:
    """The worst state among ``looks``; unknown is worse than degraded and better than down."""
    return max((seen.state for seen in looks), key=BADNESS.index)
