"""From a site's account to its series: figures of every window, the budget's forecast, what was seen and has settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from monitor.metrics.sites import Forecast, SiteSeries
from monitor.snapshot import SiteView
from reports.snapshot import SiteVerdict
from sla.answer import Figures
from sla.budget import exhausted_at, regained_at
from sla.calendar import date_of, start
from sla.counted import Counted
from sla.figures import dated, plain
from sla.span import HOUR, Instant, Span
from sla.state import State
from sla.tally import Tally

_LONGEST_MONTH = timedelta(days=31)


def site_series(one: SiteView, box: SiteVerdict, now: Instant) -> SiteSeries:
    """What metrics say of the site at ``now``; ``box`` names the dates of its contractual windows."""
    site, track = one.site, one.track
    kinds = {component.key: component.kind for component in site.components}
    return SiteSeries(
        site.customer.key,
        site.key,
        track.shown(now - 1),
        tuple((key, kinds[key], account.track.shown(now - 1)) for key, account in one.components.items()),
        tuple(_windows(one, box, now)),
        _forecast(one, now),
        None if box.worst is None else start(site.agreement.zone, box.worst.first),
        now,
        track,
        now - max((check.hold_ms for check in site.checks), default=0),
    )


def _windows(one: SiteView, box: SiteVerdict, now: Instant) -> Iterator[tuple[str, Figures]]:
    """The windows under the names that they have in ``docs/glossary.md``, by the agreement's own lengths."""
    agreement, counted = one.site.agreement, one.account.counted
    days, hours = agreement.days, agreement.rolling_hours
    yield f"trailing_{days}d", dated(counted, agreement, box.trailing.first, box.trailing.last).figures
    if box.worst is not None:
        yield f"any_{days}d", dated(counted, agreement, box.worst.first, box.worst.last).figures
    yield f"rolling_{hours}h", plain(counted, agreement, Span(now - hours * HOUR, now))
    first = date_of(agreement.zone, now).replace(day=1)
    last = (first + _LONGEST_MONTH).replace(day=1) - timedelta(days=1)
    yield "month", dated(counted, agreement, first, last).figures


def _forecast(one: SiteView, now: Instant) -> Forecast:
    agreement, counted = one.site.agreement, one.account.counted
    length = agreement.rolling_hours * HOUR
    spent = plain(counted, agreement, Span(now - length, now)).remaining_ms <= 0
    if spent:
        return Forecast(regained_at=regained_at(counted, agreement, now, length, Fraction(1)))
    if one.account.shown(now - 1) is State.DOWN:
        return Forecast(exhausted_at=exhausted_at(_going_on(counted, now, length), agreement, now, length))
    return Forecast()


def _going_on(counted: Counted, now: Instant, length: int) -> Counted:
    """``counted`` as it will be if the site stays down for ``length`` ms from ``now`` and all of that counts."""
    ahead = Span(now, now + length)
    none = Tally()
    down = Counted(ahead, counted.scale, False, Tally([now], [ahead.end], [counted.scale]), none, none, none, none, {})
    return counted.replaced(ahead, down)
