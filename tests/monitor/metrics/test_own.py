from __future__ import annotations

from monitor.metrics import Metrics


def lines(metrics: Metrics) -> set[str]:
    return set(metrics.render().decode().splitlines())


def test_looks_and_results_are_counted() -> None:
    metrics = Metrics("1")
    metrics.looked("tcp", "up", 0.2)
    metrics.unknown("resolver")
    metrics.stored(3, 1, 0.004)
    metrics.lagged(0.1)
    assert {
        'threenines_probe_runs_total{kind="tcp",outcome="up"} 1.0',
        'threenines_probe_unknown_total{cause="resolver"} 1.0',
        "threenines_results_stored_total 3.0",
        "threenines_results_duplicate_total 1.0",
        "threenines_schedule_lag_seconds_count 1.0",
    } <= lines(metrics)


def test_lost_threads_are_a_level_and_a_count_that_only_grows() -> None:
    metrics = Metrics("1")
    for lost, in_all in ((2, 2), (0, 2), (1, 3)):
        metrics.threads(lost, in_all)
    assert {"threenines_threads_missing 1.0", "threenines_threads_lost_total 3.0"} <= lines(metrics)


def test_a_failed_reload_keeps_the_time_of_the_good_one() -> None:
    metrics = Metrics("1")
    metrics.reloaded(True, 5_000)
    metrics.reloaded(False, 9_000)
    for prefix in ("threenines", "blackbox_exporter"):
        assert f"{prefix}_config_last_reload_successful 0.0" in lines(metrics)
        assert f"{prefix}_config_last_reload_success_timestamp_seconds 5.0" in lines(metrics)


def test_two_services_share_nothing_and_there_are_no_created_series() -> None:
    one, other = Metrics("1"), Metrics("1")
    one.clock_stepped()
    assert "threenines_clock_steps_total 0.0" in lines(other)
    assert "_created" not in one.render().decode()


def test_histograms_have_at_most_twelve_buckets() -> None:
    buckets = [line for line in lines(Metrics("1")) if line.startswith("threenines_schedule_lag_seconds_bucket")]
    assert 1 < len(buckets) <= 12


def test_letters_of_every_kind_are_told_also_of_one_that_no_list_names() -> None:
    metrics = Metrics("1")
    metrics.outbox({"changed": 2, "new kind": 1}, {"new kind": 3}, 5_000)
    assert {
        'threenines_outbox_pending{kind="changed"} 2.0',
        'threenines_outbox_pending{kind="announced"} 0.0',
        'threenines_outbox_pending{kind="new kind"} 1.0',
        'threenines_outbox_dead{kind="new kind"} 3.0',
        "threenines_outbox_oldest_pending_timestamp_seconds 5.0",
    } <= lines(metrics)
