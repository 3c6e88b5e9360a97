"""References to secrets and the one way from a reference to its value."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from monitor.config.mistake import Wrong
from probes.probe import Secret, SecretRef

MAX_BYTES = 65_536
"""A PKCS#12 file or a long token fits; anything bigger is the wrong file."""
_ENV = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]{0,127})\Z")
_FILE = re.compile(r"file:(/[^\x00-\x1f]{1,1000})\Z")


def reference(text: object) -> SecretRef:
    """``env:NAME`` or ``file:/path`` as a reference. Raises Wrong, which never shows the text: it may be the secret."""
    if isinstance(text, str) and (_ENV.match(text) or _FILE.match(text)):
        return SecretRef(text)
    raise Wrong('secrets are references, expected "env:NAME" or "file:/path" (value not shown)')


def reveal(ref: SecretRef, environ: Mapping[str, str]) -> Secret:
    """The secret behind ``ref``, without the newline at its end. Raises Wrong if it leads nowhere or others may read it."""
    reference(ref.text)
    source, _, name = ref.text.partition(":")
    value = _of_environment(name, environ) if source == "env" else _of_file(Path(name))
    if not value:
        raise Wrong(f"the secret behind {ref.text} is empty")
    return Secret(value)


def _of_environment(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise Wrong(f"environment variable {name} is not set")
    return environ[name]


def _of_file(path: Path) -> str:
    """The rights are asked of the opened file, so that nobody can swap it in between."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            kept = os.fstat(file.fileno())
            if not stat.S_ISREG(kept.st_mode):
                raise Wrong(f"secret file {path} is not a regular file")
            if kept.st_mode & stat.S_IRWXO:
                raise Wrong(f"secret file {path} is open to everybody (mode {stat.S_IMODE(kept.st_mode):04o}); chmod o= {path}")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Wrong(f"secret file {path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise Wrong(f"secret file {path} is larger than 64 KiB")
    try:
        return data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Wrong(f"secret file {path} is not UTF-8") from None
