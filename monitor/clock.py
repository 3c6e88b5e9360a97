"""The one place that asks the machine what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from sla.span import Instant

Clock: TypeAlias = Callable[[], Instant]
"""Gives the present instant, ms UTC."""

Stopwatch: TypeAlias = Callable[[], float]
"""Gives monotonic seconds: for durations and deadlines, never for stamps."""


def system_clock() -> Instant:
    """The machine's wall clock in ms UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """The machine's monotonic clock in seconds."""
    return time.monotonic()


def cpu_seconds() -> float:
    """CPU seconds (user + system) that this process has used."""
    return time.process_time()
