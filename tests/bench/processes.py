"""A system under measurement: its processes on one core, and the CPU of their whole tree."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil


def cpu_seconds(roots: Sequence[psutil.Process]) -> float:
    """User and system seconds of the process trees, ended children included."""
    total = 0.0
    for root in roots:
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


def busy_seconds(core: int) -> float:
    """Seconds for which processes used this core since the machine began, and those that its host gave to other machines."""
    times = psutil.cpu_times(percpu=True)[core]
    return float(times.user + times.nice + times.system + times.steal)


@contextlib.contextmanager
def started(commands: Sequence[Sequence[str]], core: int, log: Path) -> Iterator[list[psutil.Popen]]:
    """The commands as processes on ``core``, ended when the block is left."""
    with log.open("w") as told:
        processes = [psutil.Popen(command, stdout=told, stderr=told, stdin=subprocess.DEVNULL) for command in commands]
        try:
            for process in processes:
                process.cpu_affinity([core])
            yield processes
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                with contextlib.suppress(psutil.TimeoutExpired):
                    process.wait(10)
                if process.is_running():
                    process.kill()
                    process.wait(10)


def ended(processes: Sequence[psutil.Process]) -> bool:
    """Whether one of them has ended by itself."""
    return any(not process.is_running() or process.status() == psutil.STATUS_ZOMBIE for process in processes)
