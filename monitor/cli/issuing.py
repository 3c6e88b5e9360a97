"""What `threenines statement issue --all` does: one site after the other, with a bar at a terminal and a table at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.progress import track

from monitor.cli import published
from monitor.cli.desk import BAD_DATA, ask, told
from monitor.cli.tables import show
from monitor.clock import system_clock
from monitor.config.configuration import Configuration

COLUMNS = ("site", "version", "verdict", "")


def everything(
    configuration: Configuration, dates: published.Dates, as_of: str | None, token: str | None, dry_run: bool, as_json: bool
) -> int:
    """Publish the statement of every configured site for ``dates``. What hinders one hinders no other; then 65."""
    replies = dict(_replies(configuration, dates, as_of, token, dry_run))
    if as_json:
        print(published.told(replies))
    else:
        show(COLUMNS, [row(site, reply, dry_run) for site, reply in replies.items()])
    return BAD_DATA if any("refused" in reply for reply in replies.values()) else 0


def _replies(
    configuration: Configuration, dates: published.Dates, as_of: str | None, token: str | None, dry_run: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    keys = [site.key for site in configuration.sites]
    bar = Console(stderr=True)
    for site in track(keys, "publishing", console=bar, disable=not sys.stderr.isatty(), transient=True):
        body = {"site": site, "period": dates.asked(configuration, site, system_clock()).period}
        yield site, ask(configuration, "statement.issue", body if as_of is None else {**body, "as_of": as_of}, token, dry_run)


def row(site: str, reply: Mapping[str, Any], dry_run: bool) -> tuple[str, str, str, str]:
    """One site's line of the table."""
    if faults := reply.get("refused"):
        return site, "", "", "refused: " + "; ".join(f"{fault['code']}: {told(fault)}" for fault in faults)
    one, done = reply["statement"], "would be published" if dry_run else "published"
    fate = done if reply["fresh"] else "nothing was recorded since"
    return site, str(one["version"]), one["statement"]["result"]["verdict"], fate
