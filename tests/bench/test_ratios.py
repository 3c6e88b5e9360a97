"""The benchmark says a ratio of rounds, and nothing where the machine or a system did not hold still."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import client
import directory
import floor
import loads
import ours
import peer
import processes
import psutil
import pytest
import run
import targets
from pki import make_pki
from servers import needed
from slapd import Slapd

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
    assert run.verdict(HTTP, [run.Round(0.3, 1.2, 0.1, others=0.4)]).startswith("no verdict: others took 40% of the core")
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


@pytest.mark.parametrize(("kind", "prober"), [("tcp", "tcp"), ("dns", "dns"), ("http", "http")])
def test_ours_and_the_peer_are_asked_for_the_same_looks(kind: str, prober: str, tmp_path: Path) -> None:
    at = targets.Targets({"hanging": 1_234, "slow": 1_235, kind: 1_236}, tmp_path / "ca.pem")
    urls = [f"{at.url(kind)}?check={number}" for number in range(3)]
    ours.command("program --config DIR/x.yaml", tmp_path, urls, 5, at)
    checks = [check for site in load(tmp_path / "threenines.yaml", {}).sites for check in site.checks]
    assert [check.probe.kind for check in checks] == [{"http": "instance"}.get(kind, kind)] * 3
    peer.commands(tmp_path, urls, 5, at.ca_file)
    assert json.loads((tmp_path / "blackbox.yml").read_text())["modules"]["look"]["prober"] == prober
    places = json.loads((tmp_path / "prometheus.yml").read_text())["scrape_configs"][0]["static_configs"]
    assert [place["labels"]["check"] for place in places] == ["0", "1", "2"], "or Prometheus would take them for one"
    assert all("127.0.0.1:1236" in place["targets"][0] for place in places)


@pytest.mark.real
def test_the_client_is_measured_against_the_floor(tmp_path: Path) -> None:
    with targets.running(tmp_path, max(os.sched_getaffinity(0))) as at:
        seen = asyncio.run(client.measured(at, 1))
        assert all(pair > (0, 0) for pairs in seen.values() for pair in pairs)
        assert set(seen) == {"http", "tls", "tcp", "dns"}
        assert at.count("dns") >= 2 * client.LOOKS


@pytest.mark.real
def test_a_directory_is_asked_the_same_by_ours_and_by_check_ldap(tmp_path: Path) -> None:
    needed(str(directory.PLUGIN))
    with targets.running(tmp_path, max(os.sched_getaffinity(0))) as at:
        slapd = Slapd(tmp_path / "slapd", make_pki(tmp_path))
        try:
            seen = asyncio.run(directory.measured(slapd, at.ports["http"], rounds=1, looks=2))
        finally:
            slapd.server.stop()
    assert tuple(seen) == directory.MODES
    assert all(min(one.ours, one.theirs, one.floor) > 0 for rounds in seen.values() for one in rounds)
    wanted = "ldap plain: ours 0.50 ms, check_ldap 2.00 ms, ratio 0.25 (0.20..0.50), floor 0.040 ms"
    costs = ((0.4, 2.0, 0.04), (0.5, 2.0, 0.04), (0.5, 1.0, 0.04))
    assert directory.line("plain", [directory.Round(*cost) for cost in costs]) == wanted


@pytest.mark.real
def test_looks_are_counted_at_the_target_and_the_floor_costs_something(tmp_path: Path) -> None:
    with targets.running(tmp_path, max(os.sched_getaffinity(0))) as at:
        assert floor.cost_ms(at.ports["http"], pace=200, seconds=0.2) > 0
        assert (at.count("http"), at.count("tls")) == (41, 0)
        assert processes.cpu_seconds([psutil.Process()]) > 0
    cores = sorted(os.sched_getaffinity(0))
    assert sum(map(processes.busy_seconds, cores)) > processes.cpu_seconds([psutil.Process()])


def test_a_comparison_says_every_goal_that_was_missed() -> None:
    growth = loads.COMPARISONS[0]
    few, many = loads.Seen(0.30, 0.01, 120), loads.Seen(0.27, 0.05, 200)
    assert loads.verdict(growth, [(few, many)]) == "met"
    assert loads.told(growth, [(few, many)]).endswith("10,000 checks 0.27 ms, lag p99 <= 50 ms, 200 MiB; ratio 0.90 (0.90..0.90)")
    assert (
        loads.verdict(growth, [(few, loads.Seen(0.6, 0.5, 300))])
        == "missed: ratio 2.00 > 1, lag p99 s 0.50 > 0.1, MiB 300.00 > 250"
    )


def test_lag_and_looks_are_read_from_what_the_service_says() -> None:
    text = 'threenines_schedule_lag_seconds_bucket{le="0.01"} 98\nthreenines_schedule_lag_seconds_bucket{le="+Inf"} 100\n'
    assert loads.p99({}, loads.lags(text)) == float("inf")
    assert loads.p99(loads.lags(text), {0.01: 197.0, float("inf"): 200.0}) == 0.01
    runs = 'threenines_probe_runs_total{kind="tcp",outcome="up"} 7\nthreenines_probe_runs_total{kind="tcp",outcome="down"} 2\n'
    assert loads.looks(runs) == 9
