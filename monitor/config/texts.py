"""The small texts of the configuration: durations, goals, zones, addresses, patterns. Each raises Wrong with its message."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import TypeVar

import re2

from monitor.config.mistake import Wrong, shown
from sla import texts
from sla.span import DAY, HOUR, MINUTE, SECOND, Instant

T = TypeVar("T")

_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
MAX_DURATION_MS = 400 * DAY
MAX_PATTERN = 1_000
_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)\Z")
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDR_SPEC = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+\Z")
_LOOKS = {"(?=": "look-ahead", "(?!": "look-ahead", "(?<": "look-behind", "(?<=": "look-behind", "(?<!": "look-behind"}


def words(value: object) -> str:
    """A line of text for people: 1 to 200 characters, no controls, since it may become a mail's header."""
    if isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable() and value.strip():
        return value
    raise Wrong(f"expected a line of 1 to 200 printable characters, got {shown(value)}")


def duration(value: object) -> int:
    """``30s``, ``5m``, ``1h``, ``21d`` in milliseconds; a number without unit is refused."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Wrong(f'needs a unit, got {shown(value)}, expected e.g. "30s"')
    found = _DURATION.match(value) if isinstance(value, str) else None
    if not found:
        bare = isinstance(value, str) and value.isdigit()
        raise Wrong(f'{"needs a unit" if bare else "not a duration"}, got {shown(value)}, expected e.g. "30s"')
    length = int(found[1]) * _UNITS[found[2]]
    if not 0 < length <= MAX_DURATION_MS:
        raise Wrong(f"must be longer than 0 and at most 400d, got {value}")
    return length


def duration_text(length_ms: int) -> str:
    """Milliseconds as people write them: seconds where they are whole, since limits are compared in them."""
    return f"{length_ms // SECOND}s" if length_ms % SECOND == 0 else f"{length_ms}ms"


def goal(value: object) -> Fraction:
    """``99.9%`` as 999/1000; in (0 %, 100 %], at most 6 decimals, always with the sign."""
    return _exact(texts.goal, value, 'expected "99.9%"')


def impact(value: object) -> Fraction:
    """A decimal text from 0 to 1 with at most 3 decimals."""
    return _exact(texts.impact, value, 'expected a decimal text from 0 to 1 like "0.5"')


def zone(value: object) -> str:
    """An IANA zone name."""
    return _exact(texts.zone, value, "not an IANA zone")


def wall(value: object) -> int:
    """``08:00`` in minutes of the day; ``24:00`` is the end of it."""
    return _exact(texts.wall, value, 'expected a time of day like "08:00"')


def date_(value: object) -> date:
    """A date of 1970 to 2099."""
    return _exact(texts.day, value, 'expected a date like "2026-12-01"')


def instant(value: object) -> Instant:
    """RFC 3339 with Z or offset, whole milliseconds, from 1970 to the end of 2099."""
    return _exact(texts.instant, value, 'expected a time of 1970 to 2099 with Z or offset like "2026-01-01T00:00:00Z"')


def _exact(parse: Callable[[str], T], value: object, message: str) -> T:
    """What a text of the agreement says, read as in a case."""
    try:
        if isinstance(value, str):
            return parse(value)
    except ValueError:
        pass
    raise Wrong(f"{message}, got {shown(value)}")


def email(value: object) -> str:
    """Exactly one addr-spec with a domain (RFC 5322 dot-atom); never a list, a name or a line break."""
    if isinstance(value, str) and len(value) <= 254 and _ADDR_SPEC.match(value):
        return value
    raise Wrong(f"one address only, got {shown(value)}")


def host_port(value: object) -> tuple[str, int]:
    """``host:port`` or ``[v6]:port``; a host is a DNS name or an address in its canonical form."""
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host if ":" not in host else ""
    if host and _is_host(host) and port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536:
        return host, int(port)
    raise Wrong(f'expected "host:port", got {shown(value)}')


def host_name(value: object) -> str:
    """A DNS name; an address would answer no question."""
    name = value if isinstance(value, str) else ""
    if _is_host(name) and any(letter.isalpha() for letter in name.rsplit(".", 1)[-1]) and ":" not in name:
        return name
    raise Wrong(f'expected a DNS name like "example.com", got {shown(value)}')


def _is_host(host: str) -> bool:
    """A name whose last label is not a number (``127.1`` and ``0x7f.1`` are no names), or a canonical address."""
    try:
        return str(ipaddress.ip_address(host)) == host.lower()
    except ValueError:
        last = host.rsplit(".", 1)[-1].lower()
        return len(host) <= 253 and bool(_HOST.match(host)) and not (last.isdigit() or last.startswith("0x"))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address to listen on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pattern(value: str) -> str:
    """A pattern that RE2 takes, at most 1,000 characters. Patterns from outside never reach a backtracking engine."""
    if len(value) > MAX_PATTERN:
        raise Wrong(f"a pattern has at most {MAX_PATTERN} characters, got {len(value)}")
    options = re2.Options()
    options.log_errors, options.max_mem = False, 1 << 20
    try:
        re2.compile(value, options)
    except re2.error as error:
        raise Wrong(f"RE2 does not accept {_fragment(error)}, got {shown(value)}") from None
    return value


def _fragment(error: Exception) -> str:
    """What RE2 stumbled over: it ends its complaint with the fragment."""
    words = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
    complaint, _, fragment = words.rpartition(": ")
    known = _LOOKS.get(fragment) or ("back-reference" if fragment[1:].isdigit() else complaint)
    return f"{shown(fragment)} ({known})"
