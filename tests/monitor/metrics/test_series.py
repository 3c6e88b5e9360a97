from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from monitor.metrics import CheckSeries, Metrics, checks_text

FACTS = {"http_status_code": 200, "http_ssl": True, "http_version": "1.1", "tls_version": "TLSv1.3", "secret_text": "hidden"}
PHASES = (("resolve", 0.001), ("connect", 0.002))


def check(kind: str, success: bool | None = True, **facts: int | float | bool | str) -> CheckSeries:
    return CheckSeries("contoso", "berlin", kind, kind, "main", success, 0.25, 5.0, 1_795_527_440_500, PHASES, facts)


def scrape() -> bytes:
    kinds = (
        check("instance", **FACTS),
        check("tcp", False),
        check("dns", dns_answer_rrs=2),
        check("ldap", tls_version="TLSv1.3", ldap_entries=1),
        check("certificate", **{"certificate_not_after_timestamp_seconds.leaf": 1_800_000_000}),
    )
    return Metrics("1").render() + checks_text(kinds)


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


def test_a_kind_without_names_of_its_own_tells_its_phases_and_the_numbers_among_its_facts() -> None:
    text = checks_text((check("ldap", tls_version="TLSv1.3", ldap_result_code=0, ldap_words="0 success"),)).decode()
    own = 'customer="contoso",site="berlin",component="ldap",kind="ldap"'
    assert f'threenines_component_phase_duration_seconds{{{own},agent="main",phase="connect"}} 0.002\n' in text
    assert "probe_tls_version_info{" in text
    assert f"threenines_ldap_result_code{{{own}}} 0\n" in text
    assert "ldap_words" not in text


def test_a_check_stays_below_forty_series_whatever_a_kind_finds() -> None:
    many = {f"made_up_{number}": number for number in range(200)}
    flood = replace(check("tcp", **many), phases=tuple((f"phase{number}", 0.1) for number in range(200)))
    samples = [line for line in checks_text((flood,)).decode().splitlines() if not line.startswith("#")]
    assert 30 < len(samples) <= 40


def test_what_nobody_knows_is_absent() -> None:
    assert "probe_success" not in checks_text((check("tcp", None),)).decode()
    assert checks_text(()) == b""


def test_the_same_series_is_never_written_twice() -> None:
    text = checks_text((check("tcp"), check("tcp", False))).decode()
    assert text.count("probe_success{") == 1


def test_what_is_no_finite_number_has_no_series() -> None:
    text = checks_text((check("tcp", a=float("nan"), b_days=float("inf")),)).decode()
    assert not re.search(r"threenines_[ab]", text)


def test_a_fact_cannot_pass_for_a_metric_of_ours_nor_be_told_twice() -> None:
    text = checks_text(
        (check("tcp", ready=1, site_state=1, component_last_result_timestamp_seconds=1, members=2, members_total=3),)
    )
    samples = [line for line in text.decode().splitlines() if not line.startswith("#")]
    assert not any(line.startswith(("threenines_ready", "threenines_site_state")) for line in samples)
    assert len([line for line in samples if line.startswith("threenines_members{")]) == 1
