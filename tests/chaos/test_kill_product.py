"""The whole product killed at any moment: what a reader of /metrics was told is kept, the file is sound, looking starts again."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest
from product import Product

from monitor.clock import system_clock
from sla.span import Instant

KILLS = int(os.environ.get("THREENINES_PRODUCT_KILLS", "3"))
"""20 and more in the long form."""
CHECKS = 10
FIRST_LOOK_MS = 5_000
TOLD = re.compile(r'^threenines_component_last_result_timestamp_seconds\{.*component="n(\d+)".*\} (\S+)$', re.MULTILINE)

Ack = tuple[str, Instant]
"""(check, start of its look) of a result that was told after its commit."""

pytestmark = [pytest.mark.real, pytest.mark.timeout(120 + 30 * KILLS)]


def told(product: Product) -> Iterator[Ack]:
    """What the product says now that it has kept; nothing while it does not listen."""
    try:
        text = product.get("/metrics")[1]
    except OSError:
        return
    for number, seconds in TOLD.findall(text):
        yield f"c{number}", int(Decimal(seconds) * 1000)


def listen(product: Product, began: Instant, seconds: float) -> set[Ack]:
    """All that is told for so long after the first look of this life, or for half a minute where there is none."""
    acks, end = set[Ack](), time.monotonic() + 30
    while time.monotonic() < end:
        new = set(told(product)) - acks
        if new and not any(at >= began for _, at in acks):
            end = time.monotonic() + seconds
        acks |= new
        time.sleep(0.03)
    return acks


def stored(product: Product) -> set[Ack]:
    question = "SELECT key, slot + at_offset FROM result JOIN check_def ON check_def.no = result.check_no"
    return {(key, at) for key, at in product.ask(question)}


def test_what_was_told_is_kept_however_often_it_is_killed(tmp_path: Path, target: int) -> None:
    product, chance = Product(tmp_path, target, CHECKS), random.Random(7)
    acked, first_looks = set[Ack](), list[Instant]()
    try:
        for life in range(KILLS):
            began = system_clock()
            product.start(ready=False)
            if life % 4 == 3:  # a quarter dies at any moment of its start
                time.sleep(chance.random() * 2)
            else:
                acked |= listen(product, began, chance.random() * 4)
            product.kill()
            if life % 4 != 3:
                first_looks.append(min(at for _, at in stored(product) if at >= began) - began)
            assert acked <= stored(product)
            assert product.ask("PRAGMA integrity_check") == [("ok",)]
    finally:
        product.kill()
    print(f"first looks after {sorted(first_looks)} ms")
    assert len(acked) >= KILLS * 3
    assert median(first_looks) <= FIRST_LOOK_MS
