"""The demo's files are a configuration that the service takes."""

from __future__ import annotations

from pathlib import Path

from monitor.clock import system_clock
from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.stage.files import write_configuration
from monitor.stage.stage import Stage
from probes.registry import kinds
from sla.responsibility import Party


async def configuration(tmp_path: Path) -> Configuration:
    stage = Stage(tmp_path, system_clock)
    await stage.start()
    try:
        return load(write_configuration(stage, tmp_path, operator_port=18_090, public_port=18_091), {})
    finally:
        await stage.stop()


async def test_the_files_load_with_two_customers_a_site_of_our_own_and_all_checks_every_5_seconds(tmp_path: Path) -> None:
    made = await configuration(tmp_path)
    assert [(site.key, site.own, site.ring) for site in made.sites] == [
        ("acme", False, "early"),
        ("globex", False, "general"),
        ("own", True, "internal"),
    ]
    assert made.mailing is not None and made.mailing.tls == "none", "letters stay on this machine"
    assert all(site.simulated for site in made.sites)
    checks = [check for site in made.sites for check in site.checks]
    assert {(c.every_ms, c.deadline_ms, c.repeat_ms, c.confirm_failures, c.confirm_successes) for c in checks} == {
        (5_000, 2_000, 1_000, 3, 2)
    }
    assert {check.probe.kind for check in checks} == set(kinds()) - {"icmp"}, "a new kind has its counterpart on the stage"
    assert (made.operator.port, made.public and made.public.port) == (18_090, 18_091)
    assert made.data == tmp_path / "data"


async def test_the_directory_is_the_customers(tmp_path: Path) -> None:
    acme = (await configuration(tmp_path)).sites[0]
    assert {c.key: c.managed_by for c in acme.components}["directory"] is Party.CUSTOMER
