"""The ground gives way under the real process: a full disk is waited out, a failed one ends it, an absence is named."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from product import Product, until
from servers import needed

from monitor.clock import system_clock
from sla.span import SECOND, Span
from sla.state import Cause, State

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]
APART = True


@pytest.fixture
def small_disk(product: Product) -> Iterator[Product]:
    """The product with its data on a file system of 8 MB."""
    if os.geteuid() != 0:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("only root can mount a small file system")
    product.data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(product.data)], check=True)
    try:
        yield product
    finally:
        product.kill()
        subprocess.run(["umount", str(product.data)], check=True)


def fill(folder: Path) -> None:
    """Write until there is no room for a single byte."""
    with (folder / "ballast").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue


def test_a_full_disk_is_waited_out_and_no_look_is_lost(small_disk: Product) -> None:
    product = small_disk
    product.start()
    until(lambda: product.stored() >= 2)
    assert product.troubles() == (200, [])
    fill(product.data)
    # The log's file has room in it that was written before; from its end on nothing can be kept.
    until(lambda: product.troubles() == (503, ["disk full"]), 120)
    assert product.troubles("/readyz") == (503, ["disk full"])
    until(lambda: product.metric("threenines_ready") == 0, 5)
    assert product.get("/")[0] == 200
    full, kept = system_clock(), len(product.looks())
    time.sleep(8)
    assert product.process is not None
    assert product.process.poll() is None
    assert len(product.looks()) == kept
    subprocess.run(["mount", "-o", "remount,size=64m", str(product.data)], check=True)
    # Within 10 s it is well again, and what was seen while nothing could be kept is there with its own instants.
    meanwhile = Span(full, full + 8 * SECOND)
    until(lambda: product.troubles() == (200, []) and sum(look.at in meanwhile for look in product.looks()) >= 2, 10)
    until(lambda: product.get("/readyz")[0] == 200, 2)
    assert product.stop() == 0
    assert "Traceback" not in product.log
    assert product.sound()


def test_a_failed_disk_ends_it_with_74_and_the_next_start_recovers(product: Product) -> None:
    strace = needed("strace")
    product.start()
    until(lambda: product.stored() >= 1)
    assert product.stop() == 0
    # strace counts by thread: the writer's own 5th sync fails.
    product.start(before=[strace, "-f", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO:when=5"], ready=False)
    assert product.process is not None
    assert product.process.wait(90) == 74
    said = product.log
    assert said.count("sink_gone") <= 1  # one line for all results that waited, none if none did
    assert said.endswith("threenines: disk I/O error\n")
    assert "never retrieved" not in said
    assert "Traceback" not in said
    before = len(product.looks())
    product.start()
    until(lambda: len(product.looks()) > before)
    assert product.sound()
    assert product.stop() == 0


def test_the_silence_of_an_absence_is_named_monitor_down(product: Product) -> None:
    product.start()
    until(lambda: product.timeline().changes)
    product.kill()
    gone = system_clock()
    time.sleep(9)  # longer than the hold of 7 s
    product.start()
    back = system_clock()
    until(lambda: len(product.timeline().changes) == 3)
    up, away, again = product.timeline().changes
    assert (up.state, away.state, again.state) == (State.UP, State.UNKNOWN, State.UP)
    assert away.cause is Cause.MONITOR_DOWN
    assert gone + 3 * SECOND <= away.at <= gone + 7 * SECOND
    assert gone + 9 * SECOND < again.at < back + 6 * SECOND
    assert json.loads(product.get("/healthz")[1])["alive"] is True
    assert product.stop() == 0
