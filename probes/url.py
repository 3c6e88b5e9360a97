"""An HTTP(S) address in its parts, each fit for the place where it is used, and who we say we are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from probes.target import checked_host, checked_port, shown


@dataclass(frozen=True, slots=True)
class Url:
    """``secure`` is https; ``authority`` is the Host header, ``target`` the path and query of the request line."""

    secure: bool
    host: str
    port: int
    authority: str
    target: str

    @classmethod
    def of(cls, field: str, text: str) -> Url:
        """The parts of ``text``. Raises ValueError, beginning with ``field``."""
        said = f'got "{shown(text, 80)}"'
        if not text.isascii() or any(c <= " " or c == "\x7f" for c in text):
            raise ValueError(f"{field}: must be ASCII without blanks (percent-encode others), {said}")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ValueError(f"{field}: must be a URL with a port of 1 to 65535, {said}") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{field}: must begin with http:// or https:// and a host, {said}")
        if parts.username is not None or parts.password is not None:
            raise ValueError(f"{field}: must have no user or password, got some (not shown)")
        secure = parts.scheme == "https"
        port = checked_port(field, port) if port is not None else (443 if secure else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(secure, checked_host(field, parts.hostname), port, parts.netloc, target)


def host_of(location: str) -> str:
    """Only the host of a redirect's goal: paths may carry tokens."""
    try:
        return shown(urlsplit(location).hostname or "the same host", 80)
    except ValueError:
        return "a malformed address"


@cache
def agent() -> str:
    """Our User-Agent."""
    try:
        return f"threenines/{version('threenines')}"
    except PackageNotFoundError:
        return "threenines"
