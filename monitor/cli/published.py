"""Statements as commands find them: the dates as they were typed, what was published of them, how they stand; or why not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from monitor.cli.desk import USAGE, fail, read
from monitor.cli.times import moment
from monitor.cli.windows import asked_dates
from monitor.clock import system_clock
from monitor.config.configuration import Configuration, Site
from monitor.config.mistake import did_you_mean
from monitor.desk.case_file import NoSuchSite
from monitor.desk.issue import differing, object_name
from monitor.desk.statement import Asked, statement
from monitor.store import statements
from monitor.store.statements import Issued
from sla.span import Instant
from sla.texts import instant_text

DIFFERS = 1
COLUMNS = ("site", "period", "version", "as of, published by", "counted", "availability", "verdict")


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates as they were typed."""

    month: str | None
    first: str | None
    days: int | None

    def asked(self, configuration: Configuration, site: str, at: Instant) -> Asked:
        """The dates asked about, in the zone of the site if it is configured still; what is wrong ends with 2."""
        zones = [one.promised_at(at).agreement.zone for one in configuration.sites if one.key == site]
        return asked_dates(zones[0] if zones else "UTC", self.month, self.first, self.days, at)


def configured_site(configuration: Configuration, verb: str, key: str) -> Site:
    """The site, or exit 2 with the nearest name."""
    sites = {one.key: one for one in configuration.sites}
    if key not in sites:
        raise fail(f"threenines statement {verb}: no such site, got {key[:80]!r}{did_you_mean(key, sites)}", USAGE)
    return sites[key]


def as_it_stands(configuration: Configuration, site: str, dates: Dates, as_of: str | None) -> dict[str, Any]:
    """The content of the statement by what is stored, published or not."""
    at = system_clock() if as_of is None else instant(as_of)
    asked = dates.asked(configuration, site, at)
    try:
        return read(configuration, lambda connection: statement(connection, site, asked, at)).content
    except NoSuchSite:
        raise fail(f"{site}: nothing was recorded yet", USAGE) from None


def versions(configuration: Configuration, verb: str, site: str, dates: Dates) -> tuple[Issued, ...]:
    """All versions of one statement; that there is none is a mistake of who asks."""
    asked = dates.asked(configuration, site, system_clock())
    found = read(configuration, lambda connection: statements.versions(connection, site, asked.period))
    if not found:
        configured_site(configuration, verb, site)
        raise fail(f"{site} {asked.period}: nothing was published; `threenines statement list {site}` shows what was", USAGE)
    return found


def every(configuration: Configuration, verb: str, site: str | None) -> tuple[Issued, ...]:
    """All versions of all statements of ``site``, or of all sites."""
    found = read(configuration, lambda connection: tuple(statements.every(connection, site)))
    if site is not None and not found:
        configured_site(configuration, verb, site)
    return found


def of_number(found: tuple[Issued, ...], number: int) -> Issued:
    """The version ``number`` of those ``found``, or exit 2."""
    for issued in found:
        if issued.version == number:
            return issued
    raise fail(f"{found[0].site} {found[0].period}: no such version, got {number}, expected 1 to {len(found)}", USAGE)


def checked(configuration: Configuration, found: Iterable[Issued]) -> None:
    """Compute each version again from the store; those that differ are told, then exit 1."""

    again = read(configuration, lambda connection: list(differing(connection, found)))
    wrong = [f"{object_name(one.site, one.period, one.version)}: differs at {place}" for one, place in again]
    if wrong:
        raise fail("\n".join(wrong), DIFFERS)


def instant(as_of: str) -> Instant:
    """The instant of the option ``--as-of``, or exit 2."""
    try:
        return moment(as_of)
    except ValueError as fault:
        raise fail(f"--as-of: {fault}", USAGE) from None


def told(value: Any) -> str:
    """``value`` as JSON for a terminal."""
    return json.dumps(value, indent=1, ensure_ascii=False)


def row(one: Issued) -> tuple[str, ...]:
    """A version as a row of a table under ``COLUMNS``."""
    result, as_of = one.document["result"], instant_text(one.as_of)
    share = result["figures"]["availability_percent"]
    return (
        one.site,
        one.period.replace("..", "..\n"),
        str(one.version),
        f"{as_of[:10]} {as_of[11:16]}Z\n{one.issued_by}",
        f"{result['figures']['downtime_counted_seconds']} s",
        "no period" if share is None else f"{share} %",
        result["verdict"],
    )
