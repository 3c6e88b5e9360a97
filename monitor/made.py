"""What is made of what is known at one instant: documents with their stale twins, index lines, series, public parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from monitor.documents import Page
from monitor.metrics.sites import SiteSeries
from monitor.ports import StreamKey
from monitor.recent import Recent
from monitor.snapshot import SiteView
from monitor.streams import stream_named
from reports.operator_page import SiteLine
from sla.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Made:
    """One customer's documents, and what else their sites say at that instant: index lines, series, public parts."""

    pages: tuple[Page, ...]
    lines: Mapping[str, SiteLine]
    series: Mapping[str, SiteSeries]
    public: Mapping[str, Recent]


def part(one: SiteView, shown: Collection[str], timelines: Mapping[StreamKey, Timeline]) -> Recent:
    """What of a site the public page shows: the components ``shown``, the checks and timelines behind them."""
    accounts = {key: account for key, account in one.components.items() if key in shown}
    checks = tuple(check for check in one.site.checks if check.component in shown)
    streams = {stream_named(name) for account in accounts.values() for name in account.track.components}
    return Recent(
        replace(one, site=replace(one.site, checks=checks), components=accounts),
        {stream: line for stream, line in timelines.items() if stream in streams},
    )
