"""How many letters a domain gets."""

from __future__ import annotations

from monitor.post.pace import A_MINUTE, AT_ONCE, Pace
from sla.span import MINUTE

NOW = 1_790_000_000_000


def test_four_go_at_once() -> None:
    pace = Pace()
    assert [pace.take(f"{no}.example", NOW) for no in range(AT_ONCE + 1)] == [True] * AT_ONCE + [False]
    pace.done()
    assert pace.take("a.example", NOW)


def test_a_domain_gets_sixty_a_minute() -> None:
    pace = Pace()
    for number in range(A_MINUTE):
        assert pace.free_in_s(NOW + number) is None
        assert pace.take("a.example", NOW + number)
        pace.done()
    assert not pace.take("a.example", NOW + A_MINUTE)
    assert pace.free_in_s(NOW + A_MINUTE) == (MINUTE - A_MINUTE) / 1000
    assert pace.take("a.example", NOW + MINUTE)


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    pace = Pace()
    for _ in range(A_MINUTE):
        pace.take("a.example", NOW)
        pace.done()
    assert pace.take("a.example", NOW - 30 * MINUTE)
