"""What Prometheus reads: counters of the service itself, and the series of checks and sites."""

from monitor.metrics.kept import Kept
from monitor.metrics.own import Metrics
from monitor.metrics.series import CheckSeries, checks_text
from monitor.metrics.sites import SiteSeries, sites_text

__all__ = ["CheckSeries", "Kept", "Metrics", "SiteSeries", "checks_text", "sites_text"]
