"""What `threenines exclusion suggest` prints: each outage, whose fault it seems to be, why, and the command that proposes it."""

from __future__ import annotations

import json

from monitor.cli.desk import USAGE, fail, read
from monitor.cli.windows import asked_dates
from monitor.clock import system_clock
from monitor.config.configuration import Configuration
from monitor.config.mistake import did_you_mean
from monitor.desk.case_file import NoSuchSite
from monitor.desk.suggestions import Suggestion, suggestions
from sla.responsibility import Party
from sla.texts import instant_text


def suggested(configuration: Configuration, site: str, month: str | None, cloud_status: str | None, as_json: bool) -> None:
    """Print the suggestions of a month, or of the 30 dates up to now."""
    sites = {one.key: one for one in configuration.sites}
    if site not in sites:
        raise fail(f"threenines exclusion suggest: no such site, got {site[:80]!r}{did_you_mean(site, sites)}", USAGE)
    now = system_clock()
    asked = asked_dates(sites[site].promised_at(now).agreement.zone, month, None, None, now)
    try:
        found = read(configuration, lambda c: suggestions(c, configuration, sites[site], asked, now, cloud_status))
    except NoSuchSite:
        raise fail(f"{site}: nothing was recorded yet", USAGE) from None
    if as_json:
        print(json.dumps({"site": site, "outages": [one.document for one in found]}, indent=1, ensure_ascii=False))
        return
    print(f"{site}, {asked.first} .. {asked.last}: {len(found)} outage{'' if len(found) == 1 else 's'}")
    for one in found:
        print(f"\n{_told(site, one)}")


def _told(site: str, one: Suggestion) -> str:
    said = one.attribution
    who = said.party.value.replace("_", " ") if said.party else "undecided"
    lines = [
        f"{instant_text(one.outage.start)} .. {instant_text(one.outage.end)}  {', '.join(one.components)}",
        f"  {who}, {said.cause or 'no cause'}, {said.confidence.value}; {one.counted_seconds} s of it count",
        *(f"  - {reason}" for reason in said.reasons),
    ]
    if said.party not in (None, Party.PROVIDER):
        party = f' --party "{said.named}"' if said.named else ""
        lines.append(
            f"  threenines exclusion propose {site} --from {instant_text(one.outer.start)} --to {instant_text(one.outer.end)}"
            f' --cause {said.cause} --component {said.component}{party} --reason "…" --evidence …'
        )
    return "\n".join(lines)
