"""Metrics of the service itself: the one home of prometheus_client, with a registry of its own."""

from __future__ import annotations

import platform
import sqlite3

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from sla.span import Instant

LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds. 11 and +Inf: an interval is 10 s or more, so a lag above that is one missed look."""

COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
RUN_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """What the service counts about itself. Every part is given this object; nobody else knows the client library."""

    def __init__(self, version: str) -> None:
        """A fresh registry; ``version`` is the product's, for ``threenines_build_info``."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a switch of the library's, which has no other
        self._registry = CollectorRegistry()
        self._lost_before = 0
        self._state(version)
        self._configuration()
        self._looks()
        self._results()

    def render(self) -> bytes:
        """All self metrics as Prometheus text 0.0.4."""
        return generate_latest(self._registry)

    def looked(self, kind: str, outcome: str, took_s: float | None) -> None:
        """One look of ``kind`` ended with ``outcome`` (a state's word); ``took_s`` None if nobody could tell."""
        self._runs.labels(kind, outcome).inc()
        if took_s is not None:
            self._took.labels(kind).observe(took_s)

    def unknown(self, cause: str) -> None:
        """One look could not tell, by ``cause`` (its word)."""
        self._unknown.labels(cause).inc()

    def lagged(self, seconds: float) -> None:
        """A look began ``seconds`` after its slot."""
        self._schedule_lag.observe(seconds)

    def loop_lag(self, seconds: float) -> None:
        """The event loop was ``seconds`` late at its last tick."""
        self._loop_lag.set(seconds)

    def threads(self, lost: int, lost_in_all: int) -> None:
        """Threads that blocking libraries have not given back: now, and since the start."""
        self._lost.set(lost)
        self._lost_in_all.inc(lost_in_all - self._lost_before)
        self._lost_before = lost_in_all

    def clock_stepped(self) -> None:
        """The wall clock and the monotonic one disagreed by more than 2 s."""
        self._clock_steps.inc()

    def stored(self, count: int, duplicates: int, commit_s: float) -> None:
        """One commit kept ``count`` results in ``commit_s`` seconds; ``duplicates`` were there already."""
        self._stored.inc(count)
        self._duplicates.inc(duplicates)
        self._commit.observe(commit_s)

    def ready(self, is_ready: bool) -> None:
        """Whether the service does its work."""
        self._ready.set(is_ready)

    def watched(self, sites: int) -> None:
        """How many sites are watched."""
        self._sites.set(sites)

    def reloaded(self, successful: bool, at: Instant) -> None:
        """The configuration was read at ``at``; after a failure the old one stays in force, and so does its time."""
        for gauge in self._reload_successful:
            gauge.set(successful)
        if successful:
            for gauge in self._reload_at:
                gauge.set(at / 1000)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, registry=self._registry, buckets=buckets)

    def _state(self, version: str) -> None:
        build = self._gauge("threenines_build_info", "Versions of this build; always 1.", "version", "python", "sqlite")
        build.labels(version, platform.python_version(), sqlite3.sqlite_version).set(1)
        self._ready = self._gauge("threenines_ready", "Whether the service does its work.")
        self._sites = self._gauge("threenines_sites", "Sites that are watched.")
        self._loop_lag = self._gauge("threenines_event_loop_lag_seconds", "How late the event loop was at its last tick.")
        self._lost = self._gauge("threenines_threads_missing", "Threads that a blocking library has not given back.")
        self._lost_in_all = self._counter("threenines_threads_lost_total", "Threads that were given up after a deadline.")
        self._clock_steps = self._counter("threenines_clock_steps_total", "Steps of the wall clock of more than 2 s.")

    def _configuration(self) -> None:
        words = "Whether the last reading of the configuration was successful."
        at = "When the configuration was last read successfully."
        prefixes = ("threenines", "blackbox_exporter")  # the twin keeps alerts made for blackbox_exporter working
        self._reload_successful = [self._gauge(f"{prefix}_config_last_reload_successful", words) for prefix in prefixes]
        self._reload_at = [self._gauge(f"{prefix}_config_last_reload_success_timestamp_seconds", at) for prefix in prefixes]

    def _looks(self) -> None:
        self._runs = self._counter("threenines_probe_runs_total", "Looks by kind and outcome.", "kind", "outcome")
        self._unknown = self._counter("threenines_probe_unknown_total", "Looks that could not tell, by cause.", "cause")
        self._took = self._histogram("threenines_probe_run_duration_seconds", "How long looks took.", RUN_BUCKETS, "kind")
        self._schedule_lag = self._histogram("threenines_schedule_lag_seconds", "How late looks began.", LAG_BUCKETS)

    def _results(self) -> None:
        self._stored = self._counter("threenines_results_stored_total", "Results that were committed.")
        self._duplicates = self._counter("threenines_results_duplicate_total", "Results that had been stored before.")
        self._commit = self._histogram("threenines_store_commit_duration_seconds", "How long commits took.", COMMIT_BUCKETS)
