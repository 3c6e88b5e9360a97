"""Who hangs is ended and started anew by whoever started it; who only slept is not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from product import Product

from monitor.systemd import Manager
from monitor.watch.watchdog import TICK_S, TICKS, Watchdog

pytestmark = pytest.mark.real
APART = True
ROOT = Path(__file__).parents[2]
CHILD = """
import asyncio, sys, time
from monitor.watch.watchdog import Watchdog

def busy_for_ever():
    while True:
        pass

async def main(hangs):
    dog = Watchdog(lambda: None, ticks=5, tick_s=0.1)
    dog.start()
    print("watched", flush=True)
    await asyncio.sleep(1)
    if hangs:
        busy_for_ever()
    await asyncio.sleep(1)
    dog.stop()

asyncio.run(main(sys.argv[1] == "hangs"))
"""


def child(word: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, word], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "watched\n"
    return process


def test_a_loop_that_hangs_is_aborted_with_all_stacks() -> None:
    began = time.monotonic()
    process = child("hangs")
    _, said = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGABRT
    assert "no life in the event loop for 5 ticks" in said
    assert "busy_for_ever" in said
    assert time.monotonic() - began < 10


def test_who_slept_longer_than_the_limit_is_not_aborted() -> None:
    process = child("sleeps")
    time.sleep(0.3)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)  # three times the limit
    process.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")


async def test_the_limit_is_thirty_seconds_and_the_loop_itself_says_that_it_lives() -> None:
    assert TICKS * TICK_S == 30
    said: list[float] = []
    dog = Watchdog(lambda: said.append(time.monotonic()), tick_s=0.05)
    dog.start()
    await asyncio.sleep(0.3)
    told = len(said)
    time.sleep(0.3)  # noqa: ASYNC251  while the loop hangs nothing is said
    assert told >= 3
    assert len(said) == told
    dog.stop()


def heard(listener: socket.socket, seconds: float) -> list[str]:
    """All words that come within so many seconds."""
    words, end = list[str](), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        listener.settimeout(left)
        with contextlib.suppress(TimeoutError):
            words.append(listener.recv(100).decode())
    return words


def test_systemd_hears_ready_alive_and_stopping(product: Product, tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name)
        product.start(env={"NOTIFY_SOCKET": name})
        words = heard(listener, 2.5)
        assert words.count("READY=1") == 1
        assert words.count("WATCHDOG=1") >= 2
        assert product.stop() == 0
        assert "STOPPING=1" in heard(listener, 0.5)


def test_a_name_that_begins_with_an_at_sign_is_abstract() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0threenines-{os.getpid()}")
        Manager({"NOTIFY_SOCKET": f"@threenines-{os.getpid()}"}).tell("READY=1")
        assert heard(listener, 0.1) == ["READY=1"]


def test_telling_nobody_or_somebody_who_is_away_does_nothing(tmp_path: Path) -> None:
    Manager({}).tell("READY=1")
    Manager({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell("READY=1")
