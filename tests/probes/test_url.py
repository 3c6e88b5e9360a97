from __future__ import annotations

import pytest

from probes.url import Url, agent, host_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://a.example", Url(True, "a.example", 443, "a.example", "/")),
        ("http://a.example:8080/x?y=1#z", Url(False, "a.example", 8080, "a.example:8080", "/x?y=1")),
        ("https://[2001:db8::1]/", Url(True, "2001:db8::1", 443, "[2001:db8::1]", "/")),
    ],
)
def test_an_address_comes_apart_into_what_each_place_needs(text: str, parts: Url) -> None:
    assert Url.of("url", text) == parts


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ftp://a.example", "url: must begin with http"),
        ("https://a.example/ä", "url: must be ASCII"),
        ("https://a.example:0", "url: must be 1 to 65535"),
        ("https://a.example:99999", "url: must be a URL with a port"),
        ("https://2130706433/", "url: must be a DNS name"),
        ("https://user:canary-secret@a.example/", "got some"),
    ],
)
def test_what_is_no_address_is_refused_without_showing_a_password(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        Url.of("url", text)
    assert "canary" not in str(raised.value)


def test_of_a_redirects_goal_only_the_host_is_told() -> None:
    assert host_of("https://login.example/x?token=canary") == "login.example"
    assert host_of("/here") == "the same host"
    assert host_of("https://[") == "a malformed address"


def test_we_say_who_we_are() -> None:
    assert agent().startswith("threenines/")
