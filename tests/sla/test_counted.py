from __future__ import annotations

from sla.counted import Counted, tallied
from sla.counting import Weight
from sla.span import Span
from sla.tally import Tally

UP, REMOVED, UNKNOWN = Weight(0, 0, 0, 0, 0), Weight(0, 0, 0, 0, 1), Weight(0, 0, 1, 1, 0)
WEIGHTS = [(0, UP), (10, REMOVED), (20, Weight(1, 0, 1, 0, 0, (("isp", 1),))), (30, UNKNOWN), (40, UP), (50, REMOVED)]


OBSERVED = Span(5, 45)


def counted(unknown_leaves: bool = False, observed: Span | None = OBSERVED) -> Counted:
    return tallied(WEIGHTS, 60, observed, 2, unknown_leaves)


def test_each_kind_of_weight_has_its_tally() -> None:
    seen = counted()
    assert list(seen.down) == [(20, 30, 1)]
    assert list(seen.best) == []
    assert list(seen.worst) == [(20, 40, 1)]
    assert list(seen.unknown) == [(30, 40, 1)]
    assert list(seen.removed) == [(10, 20, 1), (50, 60, 1)]
    assert {cause: list(tally) for cause, tally in seen.excluded.items()} == {"isp": [(20, 30, 1)]}


def test_the_period_is_what_was_observed_and_not_removed_and_the_whole_is_all_that_is_not_removed() -> None:
    seen, window = counted(), Span(0, 60)
    assert (seen.period(window), seen.whole(window), seen.leaving(window)) == (40 - 10, 60 - 20, 0)
    assert (counted(True).whole(window), counted(True).leaving(window)) == (60 - 20 - 10, 10)
    assert counted(observed=None).period(window) == 0


def test_a_window_is_full_if_all_of_it_is_observed() -> None:
    assert counted().full(Span(5, 45))
    assert not counted().full(Span(4, 45))
    assert not counted().full(Span(5, 46))
    assert not counted(observed=None).full(Span(5, 6))


def test_a_part_is_replaced_with_all_its_tallies_and_causes() -> None:
    part = tallied([(20, UP), (25, Weight(0, 0, 0, 0, 0, (("war", 1),)))], 35, Span(5, 45), 2, False)
    new = counted().replaced(Span(20, 35), part)
    assert new.down == Tally()
    assert list(new.unknown) == [(35, 40, 1)]
    assert {cause: list(tally) for cause, tally in new.excluded.items()} == {"war": [(25, 35, 1)]}
    assert (list(new.removed), new.observed) == ([(10, 20, 1), (50, 60, 1)], Span(5, 45))


def test_until_an_instant_it_is_what_was_counted_then_but_for_what_is_told_of_all_time() -> None:
    seen = counted().until(25)
    assert (seen.observed, list(seen.down), list(seen.worst)) == (Span(5, 25), [(20, 25, 1)], [(20, 25, 1)])
    assert (list(seen.unknown), {cause: list(tally) for cause, tally in seen.excluded.items()}) == ([], {"isp": [(20, 25, 1)]})
    assert list(seen.removed) == [(10, 20, 1), (50, 60, 1)]
    assert (counted().until(5).observed, counted().until(20).excluded) == (None, {})
    assert counted().until(60) == counted()
