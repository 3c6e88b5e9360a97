"""Metrics of the service itself: the one home of prometheus_client, with a registry of its own."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from sla.span import Instant
from sla.state import Cause, State

LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. 11 and +Inf: an interval is 10 s or more, so a lag above that is one missed look."""

COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
ANSWER_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
REJECTIONS = ("unknown_check", "cause")
"""Why a result is set aside; they exist from the start, so that the first one is an increase."""

RUN_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

NOTICES = (
    *("announced", "confirmed", "changed", "reminder", "started", "extended", "completed", "cancelled"),
    *("incident", "subscriber", "webhook", "ops", "request"),
)
"""Kinds of letters told from the beginning: a series that first appears with a dead letter raises no alert of its rise."""

BOUNCES = ("hard", "soft")


class Metrics:
    """What the service counts about itself. Every part is given this object; nobody else knows the client library."""

    def __init__(self, version: str) -> None:
        """A fresh registry; ``version`` is the product's, for ``threenines_build_info``."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a switch of the library's, which has no other
        self._registry = CollectorRegistry()
        self._lost_before = 0
        self._bounces_before: Mapping[str, int] = {}
        self._described: list[tuple[str, str, tuple[str, ...], str]] = []
        self._state(version)
        self._configuration()
        self._looks()
        self._results()
        self._ground()
        self._readers()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def render(self) -> bytes:
        """All self metrics as Prometheus text 0.0.4."""
        return generate_latest(self._registry)

    def described(self) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """(name, meaning, labels, type) of each of our own metrics, in the order of their making."""
        yield from self._described

    def looked(self, kind: str, outcome: str, took_s: float | None) -> None:
        """One look of ``kind`` ended with ``outcome`` (a state's word); ``took_s`` None if nobody could tell."""
        self._runs.labels(kind, outcome).inc()
        if took_s is not None:
            self._took.labels(kind).observe(took_s)

    def unknown(self, cause: str) -> None:
        """One look could not tell, by ``cause`` (its word)."""
        self._unknown.labels(cause).inc()

    def lagged(self, seconds: float) -> None:
        """A look began ``seconds`` after its slot, or that long nobody had noticed that there was none."""
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

    def rejected(self, reasons: Iterable[str]) -> None:
        """Results were set aside, each for a reason of the closed list."""
        for reason in reasons:
            self._rejected.labels(reason).inc()

    def seen(self, agent: str, at: Instant) -> None:
        """``agent`` was here at ``at``, and what it says is kept."""
        self._agent_seen.labels(agent).set(at / 1000)

    def blind(self, agent: str, is_blind: bool) -> None:
        """Whether no canary answers ``agent``."""
        self._agent_blind.labels(agent).set(is_blind)

    def stored_in(self, taken_bytes: int, free_bytes: int) -> None:
        """What the store takes on its disk, and what is left there."""
        self._store_size.set(taken_bytes)
        self._store_free.set(free_bytes)

    def audited(self, at: Instant | None) -> None:
        """When the newest deed was written down; None: nobody has done anything yet."""
        self._audit_head.set(0 if at is None else at / 1000)

    def outbox(self, pending: Mapping[str, int], dead: Mapping[str, int], oldest_at: Instant | None) -> None:
        """Letters by kind that wait and that were refused for good; when the oldest that waits was queued (None: none does)."""
        for gauge, counts in ((self._pending, pending), (self._dead, dead)):
            gauge.clear()
            for kind in {*NOTICES, *counts}:
                gauge.labels(kind).set(counts.get(kind, 0))
        self._oldest_letter.set(0 if oldest_at is None else oldest_at / 1000)

    def bounced(self, counts: Mapping[str, int], flagged: int) -> None:
        """Reports that came back since ever by class, and contacts whom letters do not reach at present."""
        for kind in BOUNCES:
            self._bounces.labels(kind).inc(counts.get(kind, 0) - self._bounces_before.get(kind, 0))
        self._bounces_before = dict(counts)
        self._flagged.set(flagged)

    def published(self, oldest: Mapping[str, Instant]) -> None:
        """When the oldest document of each target was published."""
        for target, at in oldest.items():
            self._published.labels(target).set(at / 1000)

    def answered(self, route: str, code: int, took_s: float) -> None:
        """One HTTP request: ``route`` is a template, never a path."""
        self._requests.labels(route, str(code)).inc()
        self._answers.labels(route).observe(took_s)

    def series(self, shown: int, dropped: int) -> None:
        """How many series of checks and sites this scrape has, and how many the limit kept out of it."""
        self._series.set(shown)
        self._dropped.set(dropped)

    def ready(self, is_ready: bool) -> None:
        """Whether the service does its work."""
        self._ready.set(is_ready)

    def watched(self, sites: int, components: Mapping[str, int]) -> None:
        """How many sites are watched, and how many components by kind."""
        self._sites.set(sites)
        self._components.clear()
        for kind, count in components.items():
            self._components.labels(kind).set(count)

    def reloaded(self, successful: bool, at: Instant) -> None:
        """The configuration was read at ``at``; after a failure the old one stays in force, and so does its time."""
        for gauge in self._reload_successful:
            gauge.set(successful)
        if successful:
            for gauge in self._reload_at:
                gauge.set(at / 1000)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        self._described.append((name, text, labels, "gauge"))
        return Gauge(name, text, labels, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        self._described.append((name, text, labels, "counter"))
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        self._described.append((name, text, labels, "histogram"))
        return Histogram(name, text, labels, registry=self._registry, buckets=buckets)

    def _state(self, version: str) -> None:
        build = self._gauge("threenines_build_info", "Versions of this build; always 1.", "version", "python", "sqlite")
        build.labels(version, platform.python_version(), sqlite3.sqlite_version).set(1)
        self._ready = self._gauge("threenines_ready", "Whether the service does its work.")
        self._sites = self._gauge("threenines_sites", "Sites that are watched.")
        self._components = self._gauge("threenines_components", "Components that are watched, by kind.", "kind")
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
        for cause in Cause:
            if cause.state is State.UNKNOWN:
                self._unknown.labels(cause.word)  # there from the start, so that the first one is an increase
        self._took = self._histogram("threenines_probe_run_duration_seconds", "How long looks took.", RUN_BUCKETS, "kind")
        late = "How late looks began; a slot without one counts until it was noticed."
        self._schedule_lag = self._histogram("threenines_schedule_lag_seconds", late, LAG_BUCKETS)

    def _results(self) -> None:
        self._stored = self._counter("threenines_results_stored_total", "Results that were committed.")
        self._duplicates = self._counter("threenines_results_duplicate_total", "Results that had been stored before.")
        self._rejected = self._counter("threenines_results_rejected_total", "Results that were set aside, by reason.", "reason")
        self._commit = self._histogram("threenines_store_commit_duration_seconds", "How long commits took.", COMMIT_BUCKETS)
        for reason in REJECTIONS:
            self._rejected.labels(reason)

    def _ground(self) -> None:
        self._store_size = self._gauge("threenines_store_size_bytes", "What the database takes on its disk.")
        self._store_free = self._gauge("threenines_store_free_bytes", "What is free on the disk of the database.")
        words = "When the newest deed was written into the audit; 0 before the first."
        self._audit_head = self._gauge("threenines_audit_head_timestamp_seconds", words)
        seen, blind = "When an agent was last here with what it says being kept.", "Whether no canary answers an agent."
        self._agent_seen = self._gauge("threenines_agent_last_seen_timestamp_seconds", seen, "agent")
        self._agent_blind = self._gauge("threenines_agent_blind", blind, "agent")

    def _readers(self) -> None:
        self._pending = self._gauge("threenines_outbox_pending", "Mails that wait or are being sent, by notice.", "kind")
        self._dead = self._gauge("threenines_outbox_dead", "Mails that were refused for good, by notice.", "kind")
        words = "When the oldest mail that waits was queued; 0 while none does."
        self._oldest_letter = self._gauge("threenines_outbox_oldest_pending_timestamp_seconds", words)
        words = "Reports of letters that were lost (hard) or late (soft), by class."
        self._bounces = self._counter("threenines_bounces_total", words, "class")
        for kind in BOUNCES:
            self._bounces.labels(kind)
        self._flagged = self._gauge("threenines_contacts_flagged", "Contacts whom the last letter did not reach.")
        words = "When the oldest page of a target was published."
        self._published = self._gauge("threenines_publish_last_success_timestamp_seconds", words, "target")
        self._requests = self._counter("threenines_http_requests_total", "HTTP requests by route and code.", "route", "code")
        took = "How long HTTP requests took by route."
        self._series = self._gauge("threenines_metrics_series", "Series of checks and sites in this scrape.")
        self._dropped = self._gauge("threenines_metrics_series_dropped", "Series that the limit kept out of this scrape.")
        self._answers = self._histogram("threenines_http_request_duration_seconds", took, ANSWER_BUCKETS, "route")
