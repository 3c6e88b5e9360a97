"""Unix sockets: who is at the other end, by the kernel's word, and addresses that are too long for one."""

from __future__ import annotations

import os
import pwd
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_CREDENTIALS = struct.Struct("3i")
LONGEST_ADDRESS = 107


def peer(transport: Any) -> str:
    """The name of the system user who opened the connection of ``transport``."""
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as same:
        _, uid, _ = _CREDENTIALS.unpack(same.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return user_name(uid)


def user_name(uid: int) -> str:
    """What the host calls a user; its number where it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """``path`` under a name that fits into a socket's address, which has room for 107 bytes, while the block runs."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
