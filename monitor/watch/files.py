"""Files that an operator names in a check: regular ones only, bounded, never waited for."""

from __future__ import annotations

import os
import stat

from monitor.watch.causes import refused_by_us
from sla.span import Instant


def read(path: str, cap: int) -> bytes:
    """What the file holds. Raises Failed if it is no regular file, unreadable or longer than ``cap`` bytes."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        raise refused_by_us(f"{path}: {fault.strerror}, wanted a readable file") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):  # asked before ``open``, which takes no directory
        os.close(handle)
        raise refused_by_us(f"{path}: no regular file, wanted one")
    with open(handle, "rb") as file:
        data = file.read(cap + 1)
    if len(data) > cap:
        raise refused_by_us(f"{path}: longer than {cap} bytes, wanted at most that")
    return data


def changed(path: str) -> Instant:
    """When the file was last written. Raises Failed if there is none."""
    try:
        return os.stat(path).st_mtime_ns // 1_000_000
    except OSError as fault:
        raise refused_by_us(f"{path}: {fault.strerror}, wanted a readable file") from None
