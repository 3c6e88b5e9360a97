"""The wall clock of the real process is stepped by an hour: looking goes on, the hour is unknown, nothing is called down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from product import Product, until
from servers import needed

from monitor.clock import system_clock
from sla.span import HOUR, SECOND
from sla.state import Cause, State

pytestmark = pytest.mark.real
APART = True
LIBRARY = "/usr/lib/{}/faketime/libfaketimeMT.so.1"


class FakeClock:
    """A wall clock that one process sees; its monotonic clock goes on untouched, as on a real step."""

    def __init__(self, folder: Path) -> None:
        needed("faketime")
        self._file = folder / "clock"
        self.set(0)
        library = LIBRARY.format(f"{os.uname().machine}-linux-gnu")
        self.env = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self._file)}
        self.env |= {"DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}

    def set(self, offset_s: int) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{offset_s:+d}\n")
        beside.rename(self._file)


def step(product: Product, clock: FakeClock, offset_s: int) -> int:
    """Step the clock of the running product and wait until it has noticed; the instant of the step (real time)."""
    steps, at = product.metric("threenines_clock_steps_total"), system_clock()
    clock.set(offset_s)
    until(lambda: product.metric("threenines_clock_steps_total") > steps)
    return at


def never_down(product: Product) -> bool:
    return not any(look.state is State.DOWN for look in product.looks())


def test_an_hour_forward_is_an_unknown_hour(product: Product, tmp_path: Path) -> None:
    clock = FakeClock(tmp_path)
    product.start(env=clock.env)
    until(lambda: product.timeline().changes)
    at = step(product, clock, 3_600)
    until(lambda: len(product.timeline().changes) == 3)
    up, unknown, again = product.timeline().changes
    assert (up.state, unknown.state, again.state) == (State.UP, State.UNKNOWN, State.UP)
    assert unknown.cause is Cause.CLOCK_STEP
    assert abs(unknown.at - at) < 3 * SECOND
    assert HOUR - 3 * SECOND < again.at - unknown.at < HOUR + 10 * SECOND
    assert product.stop() == 0
    assert never_down(product)


def test_an_hour_back_is_told_twice_so_it_is_unknown_and_looking_goes_on(product: Product, tmp_path: Path) -> None:
    clock, began = FakeClock(tmp_path), system_clock()
    clock.set(-3_600)
    product.start(env=clock.env)
    until(lambda: product.timeline().changes)
    first = product.timeline().changes[0].at

    def ups() -> list[int]:
        return [change.at for change in product.timeline().changes if change.state is State.UP and change.at >= first]

    step(product, clock, 0)
    until(lambda: len(ups()) == 2)
    # Back to before the first word: all that was ever seen lies in time that is now told again.
    at = step(product, clock, -3_602 - (system_clock() - began) // SECOND)
    until(lambda: not ups())
    # Looks are made and kept although the clock says that their time is long over: 3 s apart, as ever.
    before = product.stored()
    until(lambda: product.stored() >= before + 3, 25)
    assert product.metric('probe_success{job="threenines"') == 1
    assert not ups()
    step(product, clock, 0)
    until(ups)
    assert min(ups()) > at
    assert product.stop() == 0
    assert never_down(product)
