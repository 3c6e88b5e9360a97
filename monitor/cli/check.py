"""`threenines check`: one look at a component of a configured site or at any target, told in full; or one plugin line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from monitor.cli.refused import BAD_CONFIGURATION, USAGE, Refused

if TYPE_CHECKING:
    from monitor.cli.seen import Seen
    from monitor.config.configuration import Check, Configuration, Site, Vantage

    Target = tuple[Site | None, Check]
    """A check and its site; None where it stands in no configuration."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

SPEAKER = "threenines check"
HELP = """\
Look once, now, and say everything that was seen; nothing is stored.

Exit 0 up, 1 down or degraded, 69 could not look, 2 usage, 78 bad configuration; with --nagios 0, 1, 2 or 3.

\b
Examples:
  threenines check acme
  threenines check acme/node-1 --json
  threenines check --kind tcp host=127.0.0.1 port=22
  threenines check --kind
"""


class _Command(TyperCommand):
    """Knows ``--kind`` without a value (which kinds are there?) and with ``--help`` (what is this one told?)."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--kind" in args:
            place = args.index("--kind") + 1
            bare = place == len(args) or args[place].startswith("-")
            args = [*args[:place], *([""] if bare else []), *args[place:]]
            if "--help" in args:
                args = args[: place + 1]
        return super().parse_args(ctx, args)


def configured(configuration: Configuration, target: str) -> tuple[Target, ...]:
    """The checks that ``SITE`` or ``SITE/COMPONENT`` (or ``SITE/CHECK``) names. Raises Refused with what there is."""
    key, _, part = target.partition("/")
    sites = {site.key: site for site in configuration.sites}
    if key not in sites:
        raise Refused(_missing("site", key, sites), USAGE)
    found = tuple((sites[key], check) for check in sites[key].checks if part in ("", check.component, check.key))
    if not found:
        raise Refused(_missing(f"component of {key}", part, _parts(sites[key])), USAGE)
    return found


def _parts(site: Site) -> set[str]:
    return {name for check in site.checks for name in (check.component, check.key)}


def _missing(what: str, got: str, known: Iterable[str]) -> str:
    from monitor.config.mistake import shown

    near = get_close_matches(got[:80], list(known), 1)
    hint = f'; did you mean "{near[0]}"?' if near else f", there are: {', '.join(sorted(known))[:200]}"
    return f"{SPEAKER}: no such {what}, got {shown(got)}{hint}"


def spoken(kind: str, words: Sequence[str]) -> Target:
    """A target out of ``field=value`` words. Raises Refused with every mistake."""
    from monitor.config.arguments import ground, read
    from probes.registry import kinds

    check, mistakes = read(kind, words, ground(kinds(), os.environ), SPEAKER)
    if check is None:
        raise Refused("\n".join(map(str, mistakes)), USAGE)
    return None, check


async def look(vantage: Vantage | None, targets: Sequence[Target]) -> tuple[Seen, ...]:
    """Look once at each, all at the same time, through the service's own runner and gate."""
    from monitor.cli.blame import blamed
    from monitor.cli.seen import Seen
    from monitor.clock import monotonic, system_clock
    from monitor.config.secrets import reveal
    from monitor.logs import configure, from_loop
    from monitor.watch.egress import Egress
    from monitor.watch.runner import Runner
    from monitor.watch.stall import Stall
    from monitor.wiring import resolver_of

    configure(system_clock, sys.stderr)
    asyncio.get_running_loop().set_exception_handler(from_loop)
    stall = Stall(monotonic)
    egress = Egress(resolver_of(vantage), monotonic)
    runner = Runner(egress, system_clock, monotonic, stall, lambda ref: reveal(ref, os.environ))
    stall.start()
    try:
        looks = [runner.look(check.probe, check.deadline_ms / 1000, check.slow_ms) for _, check in targets]
        outcomes = await asyncio.gather(*looks)
    finally:
        stall.stop()
        egress.close()
    site = targets[0][0]  # all of one site, or one target of the moment
    whose = blamed(site, [(check, outcome) for (_, check), outcome in zip(targets, outcomes, strict=True)])
    key = None if site is None else site.key
    return tuple(Seen(key, check, outcome, whose.get(check.key)) for (_, check), outcome in zip(targets, outcomes, strict=True))


def looked(words: Sequence[str], kind: str | None, config: Path) -> tuple[Seen, ...]:
    """The looks that the command line asks for. Raises Refused."""
    from monitor.config.load import ConfigurationErrors, load

    if kind is not None:
        return asyncio.run(look(None, [spoken(kind, words)]))
    if len(words) != 1:
        raise Refused(f"{SPEAKER}: expected one SITE[/COMPONENT], or --kind KIND and its fields, got {len(words)} words", USAGE)
    try:
        configuration = load(config, os.environ)
    except ConfigurationErrors as errors:
        raise Refused(str(errors), BAD_CONFIGURATION) from None
    return asyncio.run(look(configuration.vantages.get("main"), configured(configuration, words[0])))


def asked_about(kind: str) -> str | None:
    """The list of kinds for an empty name, the page of one; None if there is no such kind."""
    from monitor.cli.kinds import described, listed
    from probes.registry import kinds

    known = kinds()
    return listed(known) if not kind else described(known[kind]) if kind in known else None


@app.command(cls=_Command, help=HELP)
def check(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="SITE[/COMPONENT] | FIELD=VALUE...", help="what to look at")
    ] = None,
    config: Annotated[Path, typer.Option(help="the main configuration file")] = Path("threenines.yaml"),
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="look at FIELD=VALUE... with this probe kind; no fields: which there are")
    ] = None,
    nagios: Annotated[bool, typer.Option("--nagios", help="one plugin line; exit 0, 1, 2 or 3")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """See HELP."""
    from monitor.cli.seen import NAGIOS_UNKNOWN, document, exit_code, plugin_code, plugin_line, plugin_unknown
    from monitor.cli.told import told

    if kind is not None and not words and (page := asked_about(kind)) is not None:
        print(page)
        return
    try:
        looks = looked(words or (), kind, config)
    except Refused as refused:
        print(plugin_unknown(str(refused)) if nagios else refused, file=sys.stdout if nagios else sys.stderr)
        raise typer.Exit(NAGIOS_UNKNOWN if nagios else refused.code) from None
    if nagios:
        print(plugin_line(looks))
        raise typer.Exit(plugin_code(looks))
    if as_json:
        print(json.dumps({"looks": [document(seen) for seen in looks]}, indent=1))
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        print("\n\n".join(told(seen, width) for seen in looks))
    raise typer.Exit(exit_code(looks))
