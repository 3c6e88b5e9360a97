from __future__ import annotations

import pytest

from probes.target import checked_host, host_and_port, shown


@pytest.mark.parametrize("host", ["mdm.acme.example", "localhost", "192.0.2.1", "2001:db8::1", "_x.a-b.example"])
def test_plain_hosts_pass(host: str) -> None:
    assert checked_host("host", host) == host


@pytest.mark.parametrize(
    "host",
    ["", "2130706433", "0x7f.1", "127.1", "localhost.", "１２７.0.0.1", "fe80::1%eth0", "2001:DB8:0::1", "a b", "a..b", "x" * 64],
)
def test_odd_spellings_are_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"^host: must be"):
        checked_host("host", host)


def test_ports_are_split_off() -> None:
    assert host_and_port("x", "a.example", 53) == ("a.example", 53)
    assert host_and_port("x", "a.example:5353", 53) == ("a.example", 5353)
    assert host_and_port("x", "2001:db8::1", 53) == ("2001:db8::1", 53)
    assert host_and_port("x", "[2001:db8::1]:5353", 53) == ("2001:db8::1", 5353)
    for bad in ("a:0", "a:x", "a:65536", ":53"):
        with pytest.raises(ValueError, match=r"^x: must"):
            host_and_port("x", bad, 53)


def test_a_targets_text_loses_its_controls() -> None:
    assert shown("a\r\nb\x1b[31m") == "a\\r\\nb\\x1b[31m"
    assert len(shown("\x00" * 500)) == 200
