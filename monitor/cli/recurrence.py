"""Maintenance that recurs, from the command line: `threenines maintenance plan --every`, and what comes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from monitor.cli.desk import USAGE, ask, configured, fail, minute, read, unless_refused
from sla.span import DAY, SECOND


def window(rule: str, start: str, end: str) -> dict[str, Any]:
    """The rule, its zone and first window as the desk reads them, or what is wrong with a time, and exit 2."""
    from monitor.cli.times import moment, wall

    wrong: list[str] = []
    found: dict[str, Any] = {}
    try:
        clock, zone = wall(start)
        found = {"rule": rule, "zone": zone, "first": clock, "from": moment(start)}
    except ValueError as fault:
        wrong.append(f"--from: {fault}")
    try:
        until = moment(end)
        found["length_s"] = (until - found.pop("from", until)) // SECOND
    except ValueError as fault:
        wrong.append(f"--to: {fault}")
    if wrong:
        raise fail("\n".join(wrong), USAGE)
    return found


def done(verb: str, body: dict[str, Any], token: str | None, dry_run: bool, as_json: bool, config: Path) -> None:
    """Have the desk do it, and tell what comes."""
    reply = unless_refused("maintenance", ask(configured(config), f"recurrence.{verb}", body, token, dry_run))
    if as_json or dry_run:
        print(json.dumps(reply, indent=1, ensure_ascii=False))
        return
    one = reply["recurrence"]
    near = ", ".join(minute(span["from"]) for span in one["coming"][:3])
    print(f"{one['id']} {one['status']} by {one['steps'][-1]['by']}; next: {near or 'none'}")


def listed(days: int, as_json: bool, config: Path) -> None:
    """What recurs, with the windows of the next ``days``."""
    from monitor.cli.tables import show
    from monitor.clock import system_clock
    from monitor.desk.recurrence_deeds import recurrence_document
    from monitor.store import recurrences

    now = system_clock()
    found = read(configured(config), recurrences.every)
    documents = [recurrence_document(one, now, now + days * DAY) for one in found]
    if as_json:
        print(json.dumps({"recurrences": documents}, indent=1, ensure_ascii=False))
        return
    rows = (
        (
            one["id"],
            one["site"],
            one["status"],
            f"{one['title']}\n{one['rule']}\nfrom {one['first']} {one['zone']}",
            "\n".join(minute(span["from"]) for span in one["coming"]),
        )
        for one in documents
    )
    show(("id", "site", "status", "what", f"begins, next {days} days"), rows)
