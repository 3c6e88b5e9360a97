"""The whole product killed at any moment: what a reader of /metrics was told is kept, the file is sound, looking starts again."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from product import Product, until

from monitor.clock import system_clock
from sla.span import Instant
from sla.state import State

KILLS = int(os.environ.get("THREENINES_PRODUCT_KILLS", "3"))
"""20 and more in the long form."""
CHECKS = 10
FIRST_LOOK_MS = 5_000
TOLD = re.compile(r'^threenines_component_last_result_timestamp_seconds\{.*component="n(\d+)".*\} (\S+)$', re.MULTILINE)

Ack = tuple[int, Instant]
"""(check's number, start of its look) of a result that was told after its commit."""

pytestmark = [pytest.mark.real, pytest.mark.timeout(120 + 30 * KILLS)]
APART = True


def told(product: Product) -> Iterator[Ack]:
    """What the product says now that it has kept; nothing while it does not listen."""
    try:
        text = product.get("/metrics")[1]
    except OSError:
        return
    for number, seconds in TOLD.findall(text):
        yield int(number) + 1, int(Decimal(seconds) * 1000)  # numbered in the order of the file


def waited_ms(product: Product) -> int:
    """How long the product's loop has waited for a processor so far: time that belongs to the machine's other users."""
    assert product.process is not None
    return int(Path(f"/proc/{product.process.pid}/schedstat").read_text().split()[1]) // 1_000_000


def listen(product: Product, seconds: float) -> tuple[set[Ack], int]:
    """All that is told for so long after the first word of this life, and how long it had waited for a processor by then."""
    acks = until(lambda: set(told(product)), 60)
    waited, end = waited_ms(product), time.monotonic() + seconds
    while time.monotonic() < end:
        acks |= set(told(product))
        time.sleep(0.03)
    return acks, waited


def stored(product: Product) -> set[Ack]:
    return {(look.check_no, look.at) for look in product.looks()}


def first_look(product: Product, began: Instant) -> Instant:
    """Ms from ``began`` to the first look that saw anything."""
    return min(look.at for look in product.looks() if look.at >= began and look.state is not State.UNKNOWN) - began


def test_what_was_told_is_kept_however_often_it_is_killed(tmp_path: Path, target: int) -> None:
    product, chance = Product(tmp_path, target, CHECKS), random.Random(7)
    acked, first_looks = set[Ack](), list[tuple[Instant, int]]()
    try:
        for life in range(KILLS):
            began = system_clock()
            product.start(ready=False)
            if life % 4 == 3:  # a quarter dies at any moment of its start
                time.sleep(chance.random() * 2)
            else:
                heard, waited = listen(product, chance.random() * 4)
                acked |= heard
                first_looks.append((began, waited))
            product.kill()
            assert acked <= stored(product)
            assert product.sound()
    finally:
        product.kill()
    after = sorted(first_look(product, began) - waited for began, waited in first_looks)
    print(f"first looks {after} ms after the start, without the waiting for a processor")
    assert len(acked) >= KILLS * 3
    assert after[-1] <= FIRST_LOOK_MS
