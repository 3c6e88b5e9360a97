"""What is made of what is known at one instant: documents with their stale twins, index lines, series, public parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from monitor.metrics.series import SiteSeries
from monitor.ports import StreamKey
from monitor.recent import Recent
from monitor.snapshot import SiteView
from monitor.streams import stream_named
from reports.operator_page import SiteLine
from reports.snapshot import PageSnapshot, SiteVerdict
from reports.snapshot_json import document, stale_document
from reports.status_page import render, render_stale
from sla.span import Instant
from sla.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Page:
    """One rendered document with its stale twin."""

    path: str
    body: bytes
    stale: bytes
    published_at: Instant
    content_type: str = "text/html; charset=utf-8"


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


def paths(page: str) -> tuple[str, str]:
    """Where a page for people and the same for machines are found."""
    return page, f"{page}api/v1/snapshot"


def documents(path: str, snapshot: PageSnapshot) -> tuple[Page, Page]:
    """The page for people and the same snapshot for machines."""
    at, (people, machines) = snapshot.published_at, paths(path)
    return (
        Page(people, render(snapshot), render_stale(snapshot), at),
        Page(machines, document(snapshot), stale_document(snapshot), at, "application/json"),
    )


def site_series(one: SiteView, box: SiteVerdict, now: Instant) -> SiteSeries:
    """What the metrics say of a site."""
    kinds = {component.key: component.kind for component in one.site.components}
    return SiteSeries(
        one.site.customer.key,
        one.site.key,
        one.track.shown(now - 1),
        tuple((key, kinds[key], track.shown(now - 1)) for key, track in one.components.items()),
        (("trailing_30d", box.trailing.figures), *((("any_30d", box.worst.figures),) if box.worst else ())),
        now,
    )
