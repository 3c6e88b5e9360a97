"""What Prometheus reads: counters of the service itself, and the series of checks and sites."""

from monitor.metrics.own import Metrics
from monitor.metrics.series import CheckSeries, SiteSeries, checks_text, sites_text

__all__ = ["CheckSeries", "Metrics", "SiteSeries", "checks_text", "sites_text"]
