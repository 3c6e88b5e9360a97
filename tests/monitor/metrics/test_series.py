from __future__ import annotations

import os
import shutil
import subprocess
from fractions import Fraction

import pytest

from monitor.metrics import CheckSeries, Metrics, SiteSeries, checks_text, sites_text
from reports.snapshot import PageFigures, Verdict
from sla.span import DAY
from sla.state import State

FACTS = {"http_status_code": 200, "http_ssl": True, "http_version": "1.1", "tls_version": "TLSv1.3", "secret_text": "hidden"}
PHASES = (("resolve", 0.001), ("connect", 0.002))


def check(kind: str, success: bool | None = True, **facts: int | float | bool | str) -> CheckSeries:
    return CheckSeries("contoso", "berlin", kind, kind, "main", success, 0.25, 5.0, 1_795_527_440_500, PHASES, facts)


def site() -> SiteSeries:
    figures = PageFigures(30 * DAY, 60_000, 90_000, 60_000, 30_000, Fraction(1), Fraction(999, 1000), 2_592_000, Verdict.MET)
    return SiteSeries(
        "contoso", "berlin", State.UP, (("web", "instance", State.UP),), (("trailing_30d", figures),), 1_795_527_440_000
    )


def scrape() -> bytes:
    kinds = (
        check("instance", **FACTS),
        check("tcp", False),
        check("dns", dns_answer_rrs=2),
        check("ldap", tls_version="TLSv1.3", ldap_entries=1),
        check("certificate", **{"certificate_not_after_timestamp_seconds.leaf": 1_800_000_000}),
    )
    return Metrics("1").render() + checks_text(kinds) + sites_text((site(),))


def test_promtool_finds_nothing_wrong() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        assert not os.environ.get("CI"), "promtool (Debian: prometheus) is missing"
        pytest.skip("promtool (Debian: prometheus) is not installed")
    done = subprocess.run([promtool, "check", "metrics"], input=scrape(), capture_output=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"")


def test_names_and_labels_are_those_of_blackbox_exporter_and_no_text_becomes_a_series() -> None:
    text = checks_text((check("instance", **FACTS),)).decode()
    labels = (
        'job="threenines",instance="berlin/instance",cluster="",customer="contoso",site="berlin",'
        'component="instance",kind="instance",agent="main"'
    )
    assert f"probe_success{{{labels}}} 1\n" in text
    assert f'probe_http_duration_seconds{{{labels},phase="connect"}} 0.002\n' in text
    assert f'probe_tls_version_info{{{labels},version="TLS 1.3"}} 1\n' in text
    assert "probe_http_version{" in text
    assert "hidden" not in text


def test_a_kind_without_names_of_its_own_tells_its_phases_and_keeps_its_facts_as_evidence() -> None:
    text = checks_text((check("ldap", tls_version="TLSv1.3", ldap_result_code=0, ldap_entries=1),)).decode()
    own = 'customer="contoso",site="berlin",component="ldap",kind="ldap",agent="main"'
    assert f'threenines_component_phase_duration_seconds{{{own},phase="connect"}} 0.002\n' in text
    assert "probe_tls_version_info{" in text
    assert "ldap_result_code" not in text


def test_what_nobody_knows_is_absent() -> None:
    assert "probe_success" not in checks_text((check("tcp", None),)).decode()
    assert checks_text(()) == b""


def test_figures_are_seconds_and_shares() -> None:
    text = sites_text((site(),)).decode()
    where = 'customer="contoso",site="berlin",window="trailing_30d"'
    assert f"sla_error_budget_remaining_seconds{{{where}}} 2532\n" in text
    assert f'sla_verdict{{{where},verdict="met"}} 1\n' in text
    assert f'sla_verdict{{{where},verdict="breached"}} 0\n' in text
    assert 'threenines_site_state{customer="contoso",site="berlin",state="unknown"} 0\n' in text


def test_the_same_series_is_never_written_twice() -> None:
    text = checks_text((check("tcp"), check("tcp", False))).decode()
    assert text.count("probe_success{") == 1


def test_labels_are_escaped() -> None:
    text = sites_text((SiteSeries('a"b\\c\nd', "s", State.UP),)).decode()
    assert 'customer="a\\"b\\\\c\\nd"' in text
