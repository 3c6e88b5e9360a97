from __future__ import annotations

import pytest

from monitor.watch.policy import foreign_refusal, operator_refusal


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "100.100.100.200", "fd00:ec2::254"])
def test_nobody_reaches_a_metadata_service(address: str) -> None:
    assert operator_refusal(address) is not None
    assert foreign_refusal(address, 80) is not None


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "192.0.2.1", "2001:db8::1"])
def test_the_operator_may_look_at_what_is_his(address: str) -> None:
    assert operator_refusal(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "168.63.129.16",
        "::1", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
        "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::7f00:1", "64:ff9b:1::1",
    ],
)  # fmt: skip
def test_a_target_leads_us_to_public_places_only(address: str) -> None:
    assert foreign_refusal(address, 443) is not None


def test_public_places_on_the_webs_ports_are_open_to_all() -> None:
    assert [foreign_refusal(address, 80) for address in ("8.8.8.8", "2606:4700::1111")] == [None, None]
    assert foreign_refusal("8.8.8.8", 8443) is None
    assert foreign_refusal("8.8.8.8", 22) == "a target named port 22, wanted one of the web's (80, 443, 8443)"
