"""What pages say, by language. A page of another language is another ``Catalogue``; the templates hold no sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language (BCP 47 tag). ``say`` raises KeyError for a text that is not there."""

    language: str
    texts: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """The text of ``key`` with its places filled; plain text, to be escaped by whoever writes markup."""
        return self.texts[key].format(**values)


ENGLISH = Catalogue(
    "en",
    MappingProxyType(
        {
            "skip": "Skip to the content",
            "title": "{provider} status",
            "title_customer": "{customer} · {provider} status",
            "system_status": "System status",
            "your_status": "Your sites",
            "banner.unknown": "Status unknown",
            "banner.major_outage": "Major outage",
            "banner.partial_outage": "Partial outage",
            "banner.degraded": "Degraded performance",
            "banner.operational": "All systems operational",
            "banner.stale": "Status unknown since {at}",
            "banner.stale_never": "Status unknown: nothing has been measured yet",
            "measured": "Measured up to {measured}, published {published}.",
            "measured_never": "Nothing has been measured yet. Published {published}.",
            "renewed": "Renewed every 60 seconds; out of date if published more than 3 minutes ago.",
            "stale": "This page was last renewed {published} and is out of date. What it showed then is no longer believed.",
            "simulated": "Demonstration: the 90 days of history on this page are simulated.",
            "state.up": "Operational",
            "state.degraded": "Degraded",
            "state.down": "Down",
            "state.unknown": "Unknown",
            "since": "since {at}",
            "last_seen_down": "last seen down {at}",
            "managed.provider": "managed by {provider}",
            "managed.customer": "managed by {customer}",
            "managed.third_party": "managed by a third party",
            "the_customer": "the customer",
            "expires": "expires {date}, in {days}",
            "expired": "expired {date}",
            "one_day": "1 day",
            "days": "{count} days",
            "today": "less than a day",
            "days_ago": "{count} days ago",
            "now": "today",
            "by_contract": "by contract",
            "last_30": "Last 30 days",
            "observed_public": "observed, before exclusions",
            "observed": "{percent} observed",
            "not_observed": "not observed yet",
            "goal": "goal {goal}",
            "goal_verdict": "goal {goal}: {verdict}",
            "counted": "{duration} counted",
            "excluded": "{duration} excluded",
            "not_measured": "{duration} not measured",
            "no_downtime": "no downtime",
            "details": "Days in detail",
            "table_of": "{name}: days that were not wholly good",
            "date": "Date",
            "down": "Down",
            "degraded": "Degraded",
            "unmeasured": "Not measured",
            "before": "before monitoring began",
            "none": "none",
            "agreement": "Agreement",
            "trailing": "Last 30 dates",
            "worst": "Worst 30 dates ending this month",
            "verdict.met": "Goal met",
            "verdict.breached": "Goal missed",
            "verdict.undetermined": "Undetermined",
            "verdict.pending": "Pending",
            "verdict_more.undetermined": "{duration} not measured",
            "verdict_more.pending": "the window is not full yet",
            "interruptions": "Interruptions of the last 14 days",
            "no_interruption": "No interruption",
            "not_fully": "No interruption seen, not fully measured",
            "not_begun": "Before monitoring began",
            "ongoing": "still going on",
            "ongoing_stale": "not over when last measured, {at}",
            "see_bars": "Interrupted, see the bars above",
            "legend": "How to read this page",
            "legend.up": "up: a bar of normal height",
            "legend.down": "down: taller",
            "legend.degraded": "degraded: half height",
            "legend.unknown": "not measured: hatched",
            "legend.before": "before monitoring began: dotted",
            "legend.rounding": "Percentages are rounded down, downtime is rounded up: always against the provider.",
            "dates_in": "Dates and times in {zone}.",
            "json": "This page as JSON",
            "empty": "Nothing is shown on this page yet.",
            "operators": "Operators",
            "all_sites": "All sites",
            "as_of": "As of {at}.",
            "operator_stale": "As of {at}: nothing has come since, so no state is believed.",
            "site": "Site",
            "customer": "Customer",
            "state": "State",
            "last_30_dates": "Last 30 dates",
            "page": "Page",
            "open_page": "page of {customer}",
            "public_page": "Public page",
            "metrics": "Metrics",
            "no_sites": "No site is watched yet.",
            "footer": "{provider}, measured by threenines",
        }
    ),
)
