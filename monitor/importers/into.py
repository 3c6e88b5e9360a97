"""A foreign history into a configured site: its results and what they derive to, before the site's own first look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Site
from monitor.importers.history import History, ImportErrors, Problem, Recorded
from monitor.importers.upptime import timeline
from monitor.ports import Result, StreamKey
from monitor.store import catalogue, changes, results
from sla.span import Instant
from sla.state import Cause, State


@dataclass(frozen=True, slots=True)
class Written:
    """What came of an import: streams that took it, rows kept, and rows left out because the site looked itself by then."""

    checks: int
    rows: int
    left_out: int


def matched(history: History, site: Site, source: str) -> dict[str, str]:
    """Endpoint key → check key of the site, where both are called the same. Raises ImportErrors for every stranger."""
    checks = {check.key for check in site.checks}
    strangers = [one for one in history.endpoints if one.key not in checks]
    if strangers:
        unmatched = [f'no check of site {site.key} is called "{one.key}" ("{one.name}")' for one in strangers]
        known = f"the checks of {site.key} are: {', '.join(sorted(checks))[:200]}; give each endpoint a check with that id"
        raise ImportErrors([Problem(source, None, reason) for reason in (*unmatched, known)])
    return {one.key: one.key for one in history.endpoints}


def write(
    connection: Connection, configuration: Configuration, site: Site, history: History, hold_ms: int, now: Instant, source: str
) -> Written:
    """Write ``history`` into ``site`` in the caller's transaction: all of it, or nothing by ImportErrors.

    Only what lies before the site's own evidence is taken: a foreign row never contradicts a look of ours. Writing the same
    history again adds nothing.
    """
    keys = matched(history, site, source)
    numbers = catalogue.enlist(connection, configuration, now)
    location = numbers.locations[site.checks[0].locations[0]]
    kept = left_out = 0
    for endpoint, check in keys.items():
        stream = (numbers.checks[site.key, check], location)
        known = changes.timeline(connection, stream).changes
        until = known[0].at if known else now
        rows = [one for one in history.samples[endpoint] if one.at < until]
        left_out += len(history.samples[endpoint]) - len(rows)
        if rows:
            derived = timeline(rows, hold_ms, until)
            results.insert(connection, list(_results(rows, stream)))
            changes.append(connection, now, [changes.Addition(stream, derived.changes, derived.doubts)])
            kept += len(rows)
    return Written(len(keys), kept, left_out)


def _results(rows: list[Recorded], stream: StreamKey) -> Iterator[Result]:
    """The rows as results of ours; a state without a known cause is down by what the other monitor asserted."""
    for one in rows:
        cause = Cause.ASSERT_FAILED if one.state is State.DOWN else None
        took = None if one.response_ms is None else float(one.response_ms)
        yield Result(one.at, stream[0], stream[1], one.at, took, one.state, cause)
