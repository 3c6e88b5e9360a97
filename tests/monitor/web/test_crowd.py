from __future__ import annotations

from starlette.requests import Request

from monitor.web.crowd import MAX_ADDRESSES, Crowd, client_of


def asking(*forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return Request({"type": "http", "headers": headers, "client": ("10.0.0.1", 1)})


def test_a_minute_later_one_may_come_again_and_others_always() -> None:
    now = [0.0]
    crowd = Crowd(lambda: now[0], 2)
    assert [crowd.crowd("a") for _ in range(3)] == [False, False, True]
    assert not crowd.crowd("b")
    now[0] = 61.0
    assert not crowd.crowd("a")


def test_the_memory_of_addresses_ends() -> None:
    crowd = Crowd(lambda: 0.0, 1)
    for number in range(MAX_ADDRESSES + 10):
        crowd.crowd(str(number))
    assert len(crowd._seen) == MAX_ADDRESSES


def test_only_the_last_hop_is_believed_and_only_behind_a_proxy() -> None:
    assert client_of(asking("6.6.6.6, 1.2.3.4"), behind_proxy=True) == "1.2.3.4"
    assert client_of(asking("1.2.3.4"), behind_proxy=False) == "10.0.0.1"
    assert client_of(asking(), behind_proxy=True) == "10.0.0.1"
