"""The wall clock of the real process is stepped by an hour: looking goes on, the hour is unknown, nothing is called down."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from product import Product, until
from servers import needed

from sla.span import HOUR, SECOND
from sla.state import Cause, State

pytestmark = pytest.mark.real
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


def stepped_looks(product: Product, clock: FakeClock, offset_s: int) -> int:
    """Step the clock of the running product; the instant of the step (real time)."""
    until(lambda: product.timeline().changes)
    at = time.time_ns() // 1_000_000
    clock.set(offset_s)
    until(lambda: product.metric("threenines_clock_steps_total") >= 1)
    return at


def test_an_hour_forward_is_an_unknown_hour(product: Product, tmp_path: Path) -> None:
    clock = FakeClock(tmp_path)
    product.start(env=clock.env)
    at = stepped_looks(product, clock, 3_600)
    until(lambda: product.timeline().changes[-1].state is State.UP and len(product.timeline().changes) > 2)
    up, unknown, again = product.timeline().changes
    assert (up.state, unknown.state, unknown.cause) == (State.UP, State.UNKNOWN, Cause.CLOCK_STEP)
    assert abs(unknown.at - at) < 3 * SECOND
    assert HOUR - 3 * SECOND < again.at - unknown.at < HOUR + 10 * SECOND
    assert product.stop() == 0
    assert [row for row in product.ask("SELECT outcome FROM result") if 100 <= row[0] < 200] == []


def test_an_hour_back_is_told_twice_so_it_is_unknown_and_looking_goes_on(product: Product, tmp_path: Path) -> None:
    clock = FakeClock(tmp_path)
    product.start(env=clock.env)
    at = stepped_looks(product, clock, -3_600)
    until(lambda: product.timeline().changes == ())  # all that was seen lies in the hour told twice
    # Looks are scheduled and kept although the clock says that their hour is long over: 5 s apart, as ever.
    before = product.stored()
    until(lambda: product.stored() >= before + 3, 25)
    assert product.metric('probe_success{job="threenines"') == 1
    assert product.stop() == 0
    # Back where it was: the hour that was told twice is over, and looks count again. The process was away meanwhile.
    clock.set(0)
    product.start(env=clock.env)
    until(lambda: product.timeline().changes)
    (up,) = product.timeline().changes
    assert (up.state, up.at > at) == (State.UP, True)
    assert product.stop() == 0
    assert [row for row in product.ask("SELECT outcome FROM result") if 100 <= row[0] < 200] == []
