"""The secret of this installation, which page addresses and names of letters are derived from."""

from __future__ import annotations

import os
from pathlib import Path


def service_key(data: Path) -> bytes:
    """32 random bytes: made once, kept in the data directory, mode 0600."""
    path = data / "service.key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    return path.read_bytes()
