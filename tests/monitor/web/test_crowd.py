"""How often somebody may come."""

from __future__ import annotations

from monitor.web.crowd import MOST_NAMES, WINDOW_S, Crowd


def test_more_than_so_many_of_one_name_in_a_minute_are_too_many() -> None:
    now = [0.0]
    crowd = Crowd(lambda: now[0], 3)
    assert [crowd.too_many("a") for _ in range(5)] == [False, False, False, True, True]
    assert not crowd.too_many("b")
    now[0] = WINDOW_S + 1
    assert not crowd.too_many("a")


def test_names_beyond_memory_push_out_the_oldest() -> None:
    crowd = Crowd(lambda: 0.0, 1)
    for number in range(MOST_NAMES + 1):
        crowd.too_many(str(number))
    assert not crowd.too_many("0") and crowd.too_many(str(MOST_NAMES))
