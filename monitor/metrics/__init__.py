"""What Prometheus reads: counters of the service itself, and the series of checks and sites."""

from monitor.metrics.kept import Kept
from monitor.metrics.own import Metrics
from monitor.metrics.series import HEADS, CheckSeries, SiteSeries, checks_text, measured, site_lines, sites_text, told

__all__ = [
    "HEADS",
    "CheckSeries",
    "Kept",
    "Metrics",
    "SiteSeries",
    "checks_text",
    "measured",
    "site_lines",
    "sites_text",
    "told",
]
