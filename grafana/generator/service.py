"""The monitor itself: does it look in time, can it keep what it saw, does anybody get to see it."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.generator.frame import dashboard
from grafana.generator.panels import GOOD, GREEN, HALF, QUARTER, RED, SIXTH, YELLOW, YES_NO, heat, lines, number


def service() -> Dashboard:
    """Without variables of sites: it is about none."""
    made = dashboard("self", "threenines / The monitor", "Whether the monitor does its own work.", sites=False)
    for panel in (*_now(), *_curves()):
        made = made.with_panel(panel)
    return made


def _now() -> list[object]:
    good, bad = ((0, RED), (1, GREEN)), ((0, GREEN), (1, RED))
    loaded = "min by (instance) (threenines_config_last_reload_successful{@})"
    return [
        number("Ready", "It does its work.", "none", {"{{instance}}": "threenines_ready{@}"}, SIXTH, good, GOOD),
        number("Configuration accepted", "The last reading.", "none", {"{{instance}}": loaded}, SIXTH, good, GOOD),
        number("Blind", "No canary answers.", "none", {"{{agent}}": "threenines_agent_blind{@}"}, SIXTH, bad, YES_NO),
        number(
            "Agent last here",
            "Since its last sign of life.",
            "s",
            {"{{agent}}": "time() - threenines_agent_last_seen_timestamp_seconds{@}"},
            SIXTH,
            ((0, GREEN), (60, YELLOW), (120, RED)),
        ),
        number(
            "Age of the oldest page",
            "By target; from 180 s on readers see it marked as stale.",
            "s",
            {"{{target}}": "time() - threenines_publish_last_success_timestamp_seconds{@}"},
            SIXTH,
            ((0, GREEN), (90, YELLOW), (180, RED)),
        ),
        number(
            "Version",
            "Of the service and of what it stands on.",
            "none",
            {"{{version}} on Python {{python}}, SQLite {{sqlite}}": "threenines_build_info{@}"},
            SIXTH,
            words={"1": ("running", GREEN)},
        ),
    ]


def _curves() -> list[object]:
    commits = "threenines_store_commit_duration_seconds_bucket"
    answers = "threenines_http_request_duration_seconds_bucket"
    room = {"taken": "sum(threenines_store_size_bytes{@})", "free": "sum(threenines_store_free_bytes{@})"}
    odd = {
        "duplicate": "sum(rate(threenines_results_duplicate_total{@}[$__rate_interval]))",
        "rejected {{reason}}": "sum by (reason) (rate(threenines_results_rejected_total{@}[$__rate_interval]))",
    }
    series = {"shown": "sum(threenines_metrics_series{@})", "left out": "sum(threenines_metrics_series_dropped{@})"}
    lag = "sum by (le) (increase(threenines_schedule_lag_seconds_bucket{@}[$__rate_interval]))"
    loop = {"{{instance}}": "max by (instance) (threenines_event_loop_lag_seconds{@})"}
    runs = {"{{outcome}}": "sum by (outcome) (rate(threenines_probe_runs_total{@}[$__rate_interval]))"}
    kept = {"results": "sum(rate(threenines_results_stored_total{@}[$__rate_interval]))"}
    http = {"{{route}} {{code}}": "sum by (route, code) (rate(threenines_http_requests_total{@}[$__rate_interval]))"}
    steps = {"steps": "sum(increase(threenines_clock_steps_total{@}[$__rate_interval]))"}
    memory = {"{{instance}}": "max by (instance) (process_resident_memory_bytes{@})"}
    cpu = {"{{instance}}": "sum by (instance) (rate(process_cpu_seconds_total{@}[$__rate_interval]))"}
    return [
        heat("Lag of looks", "How late looks begin after their time.", lag),
        lines("Lag of the event loop", "The worst of the last seconds; everything waits for it.", "s", loop),
        lines("Looks by outcome", "Looks a second, by what they found.", "ops", runs),
        lines("Results kept", "A second, acknowledged after their commit.", "ops", kept),
        lines("Commits, 99th of a hundred", "How long the database takes.", "s", {"p99": _quantile(commits, "le")}),
        lines("Room", "What the database takes, and what is left on its disk.", "bytes", room),
        lines("Odd results", "Seen twice, or set aside for a reason.", "ops", odd),
        lines("HTTP requests", "A second, by route and code.", "reqps", http),
        lines("HTTP, 99th of a hundred", "How long answers take, by route.", "s", {"{{route}}": _quantile(answers, "route, le")}),
        lines("Series", "Of checks and sites in a scrape, and left out by the limit.", "none", series),
        lines("Memory", "Resident memory of the process.", "bytes", memory, QUARTER),
        lines("CPU", "Cores in use.", "none", cpu, QUARTER),
        lines("Steps of the clock", "Of more than two seconds; time around them is unknown.", "none", steps, HALF),
    ]


def _quantile(buckets: str, by: str) -> str:
    return f"histogram_quantile(0.99, sum by ({by}) (rate({buckets}{{@}}[$__rate_interval])))"
