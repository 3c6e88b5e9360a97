"""The benchmark says a ratio of rounds, and nothing where the machine or a system did not hold still."""

from __future__ import annotations

import os
from pathlib import Path

import floor
import ours
import psutil
import pytest
import run
import targets

from monitor.config.load import load

HTTP = run.Scenario("http", "http", checks=500, every_s=5, goal=0.35)


def rounds(*costs: tuple[float | None, float | None, float]) -> list[run.Round]:
    return [run.Round(*cost) for cost in costs]


def test_a_line_tells_medians_and_the_range_of_the_ratios_of_each_round() -> None:
    measured = rounds((0.31, 1.2, 0.1), (0.30, 1.2, 0.1), (0.32, 1.143, 0.1))
    wanted = "http pace 100/s: ours 0.31 ms, prometheus+blackbox 1.20 ms, ratio 0.26 (0.25..0.28)"
    assert run.line(HTTP, measured) == wanted
    assert run.verdict(HTTP, measured) == "goal 0.35: met"
    assert run.verdict(HTTP, rounds((0.9, 1.2, 0.1))) == "goal 0.35: missed"


def test_no_verdict_when_the_floor_spreads_or_a_round_is_missing() -> None:
    assert run.verdict(HTTP, rounds((0.3, 1.2, 0.10), (0.3, 1.2, 0.12))).startswith("no verdict: the floor spreads")
    assert run.verdict(HTTP, rounds((0.3, 1.2, 0.1), (None, 1.2, 0.1))).startswith("no verdict: not every round")
    assert "ours not measured" in run.line(HTTP, rounds((None, 1.2, 0.1)))


def test_the_configuration_of_ours_asks_for_every_url(tmp_path: Path) -> None:
    at = targets.Targets({"hanging": 1_234, "slow": 1_235}, tmp_path / "ca.pem")
    urls = [f"https://127.0.0.1:9/health?check={number}" for number in range(120)]
    assert ours.command("program --config DIR/x.yaml", tmp_path, urls, 5, at)[-1] == f"{tmp_path}/x.yaml"
    made = load(tmp_path / "threenines.yaml", {})
    checks = [check for site in made.sites for check in site.checks]
    assert sorted(check.probe.url for check in checks) == sorted(urls)
    assert {check.every_ms for check in checks} == {5_000}


@pytest.mark.real
def test_looks_are_counted_at_the_target_and_the_floor_costs_something(tmp_path: Path) -> None:
    with targets.running(tmp_path, max(os.sched_getaffinity(0))) as at:
        assert floor.cost_ms(at.ports["http"], pace=200, seconds=0.2) > 0
        assert (at.count("http"), at.count("tls")) == (41, 0)
        assert run.cpu_seconds([psutil.Process()]) > 0
