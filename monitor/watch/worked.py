"""Which credentials have ever been accepted, kept over restarts: else a password that was changed while we were away
would be called our own mistake.

One small file in the data directory. A content is known again by a slow digest under a salt of the file's own: whoever
reads the file learns no password, and guessing costs 10 ms and 4 MiB a guess.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import structlog

from monitor.store.engine import synced_directory

NAME = "credentials.json"
COST = 1 << 12
"""Of scrypt: 10 ms, once for each credential and start; more would hold up the loop."""
MAX_BYTES = 4 << 20

log = structlog.get_logger("watch.worked")


class Worked:
    """The file below ``folder``; without a folder what is noted lasts as long as the process. Any thread may ask and note."""

    def __init__(self, folder: Path | None = None) -> None:
        """One that cannot be read is begun anew, with a word in the log: then the next acceptance teaches it again."""
        self._path = None if folder is None else folder / NAME
        self._lock = threading.Lock()
        self._salt, self._digests = _read(self._path)

    def knows(self, ref: str, content: str) -> bool:
        """Whether the credential behind ``ref`` has been accepted with this ``content``."""
        kept = self._digests.get(ref)
        return kept is not None and hmac.compare_digest(kept, self._digest(ref, content))

    def note(self, ref: str, content: str) -> None:
        """It was accepted with this ``content``."""
        if self.knows(ref, content):
            return
        with self._lock:
            self._digests = {**self._digests, ref: self._digest(ref, content)}
            self._write()

    def _digest(self, ref: str, content: str) -> str:
        """Slow only for the file: in memory the passwords themselves are found beside it."""
        salt = self._salt + ref.encode()
        if self._path is None:
            return hashlib.blake2b(salt + b"\0" + content.encode(), digest_size=32).hexdigest()
        return hashlib.scrypt(content.encode(), salt=salt, n=COST, r=8, p=1, dklen=32).hex()

    def _write(self) -> None:
        if self._path is None:
            return
        beside = self._path.with_suffix(".part")
        text = json.dumps({"salt": self._salt.hex(), "worked": self._digests}, indent=1)
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(self._path)
            synced_directory(self._path.parent)
        except OSError as fault:
            log.warning("credentials_not_kept", reason=fault.strerror)


def _read(path: Path | None) -> tuple[bytes, Mapping[str, str]]:
    """Salt and digests; new and none if there is no file, or none that can be read."""
    if path is not None:
        with suppress(FileNotFoundError):
            try:
                with path.open("rb") as file:
                    kept = json.loads(file.read(MAX_BYTES))
                return bytes.fromhex(kept["salt"]), {str(ref): str(digest) for ref, digest in kept["worked"].items()}
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
                if isinstance(fault, FileNotFoundError):
                    raise
                log.warning("credentials_not_read", reason=type(fault).__name__)
    return secrets.token_bytes(16), {}
