"""One look in words: reason, meaning, whose it seems to be, phases, facts with their units."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from monitor.cli.blame import blamed
from monitor.cli.seen import Seen, document
from monitor.cli.told import told, with_unit
from monitor.config.configuration import Check, Component, Customer, Site
from monitor.watch.runner import LookOutcome
from probes.kinds.ldap import Ldap
from probes.kinds.tcp import Tcp
from probes.probe import Finding, Notice, Probe, cannot_look, down, up
from sla.agreement import Agreement
from sla.composition import All, Leaf
from sla.responsibility import Party
from sla.state import Cause

AT = 1_764_000_000_000
DIRECTORY = Ldap("ldap.example", level="rootdse")
PARTS = (
    Component("directory", "Directory", "ldap", Party.CUSTOMER),
    Component("node", "Node", "instance", Party.PROVIDER, depends_on=("directory",)),
)


def check(component: str, probe: Probe) -> Check:
    return Check(component, component, probe, 60_000, 10_000)


def site() -> Site:
    checks = (check("directory", DIRECTORY), check("node", Tcp("a.example", 80)))
    return Site("acme", "Acme", Customer("acme", "Acme Corporation"), Agreement(), PARTS, All((Leaf("node"),)), checks)


def seen(*findings: Finding, where: Site | None = None) -> list[Seen]:
    checks = site().checks[: len(findings)]
    outcomes = [LookOutcome(one, AT, 12.3, (("connect", 2.0), ("bind", 10.3)), 0, 0.0, 0.012) for one in findings]
    whose = blamed(where, list(zip(checks, outcomes, strict=True)))
    key = None if where is None else where.key
    return [Seen(key, one, outcome, whose.get(one.key)) for one, outcome in zip(checks, outcomes, strict=True)]


def test_what_is_up_says_so_with_phases_facts_and_advice() -> None:
    facts = MappingProxyType({"license_not_after_timestamp_seconds": AT // 1000 + 10 * 86_400, "http_content_length": 12_345})
    (look,) = seen(up(facts, (Notice("weak_crypto", "old suite"),)), where=site())
    assert told(look).splitlines() == [
        "acme/directory  ldap  up in 12.3 ms",
        "  means   it works; this counts as available",
        "  phases  connect 2.0 ms · bind 10.3 ms",
        "  facts   http_content_length                  12 345 bytes",
        "          license_not_after_timestamp_seconds  2025-12-04 16:00:00 UTC, in 10.0 days",
        "  advice  old suite (weak_crypto)",
    ]
    assert document(look)["responsibility"] is None


def test_what_is_down_says_why_what_it_means_and_whose_it_seems_to_be() -> None:
    (look,) = seen(down(Cause.TCP_REFUSED, "connection refused, wanted an open port"), where=site())
    text = " ".join(told(look).split())
    assert "why connection refused, wanted an open port" in text
    assert "means down from now on, once 3 such looks in a row have confirmed it" in text
    assert "whose the customer: directory is managed by the customer" in text
    assert "unmanaged_component (any component not managed by the provider, party Acme Corporation)" in text
    assert max(map(len, told(look).splitlines())) <= 80
    assert document(look)["responsibility"]["cause"] == "unmanaged_component"


def test_a_sign_in_that_worked_before_points_to_the_customers_policies() -> None:
    (look,) = seen(down(Cause.AUTH_FAILED, "refused; it worked before"), where=site())
    assert look.blame and look.blame.cause == "customer_policies"


def test_what_depends_on_something_that_is_down_too_is_put_down_to_it() -> None:
    refused = down(Cause.TCP_REFUSED, "refused")
    node = seen(refused, refused, where=site())[1]
    assert node.blame and node.blame.party is Party.CUSTOMER
    alone = seen(up(), refused, where=site())[1]
    assert alone.blame and alone.blame.party is Party.PROVIDER
    assert "exclusion could be proposed" not in told(alone)


def test_what_we_could_not_look_at_is_ours_and_a_target_of_the_moment_goes_by_its_kind() -> None:
    (look,) = seen(cannot_look("no such file"))
    assert "whose   ours" in told(look)
    (moment,) = seen(down(Cause.DEADLINE, "silent"))
    assert told(moment).startswith("directory  ldap  down (deadline)")
    assert moment.blame and moment.blame.party is Party.CUSTOMER


@pytest.mark.parametrize(
    ("name", "fact", "text"),
    [
        ("db_replication_lag_seconds", 1.5, "1.5 s"),
        ("db_replication_lag_bytes", 1_048_576, "1 048 576 bytes"),
        ("icmp_loss_percent", 40, "40 %"),
        ("certificate_lifetime_days", 90, "90 days"),
        ("ssl_earliest_cert_expiry", AT // 1000 - 86_400, "2025-11-23 16:00:00 UTC, 1.0 days ago"),
        ("certificate_not_after_timestamp_seconds.leaf", 10**18, f"{10**18} s since 1970"),
        ("http_ssl", True, "yes"),
        ("http_status_code", 200, "200"),
        ("db_role", "primary", "primary"),
    ],
)
def test_a_fact_has_the_unit_of_its_name(name: str, fact: int | float | str, text: str) -> None:
    assert with_unit(name, fact, AT) == text
