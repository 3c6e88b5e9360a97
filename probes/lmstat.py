"""The text of ``lmutil lmstat``: which licence servers and vendor daemons are up, and how many seats are used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from probes.flexnet import total
from probes.probe import Malformed
from probes.target import shown

TRIAD = 3
"""Servers of a redundant group; two of them make its quorum."""
MAX_LINES = 20_000
"""A line a user: more users of one server than it serves well."""
MAX_NAMES = 64
"""Servers or daemons of one licence."""

_HEAD = re.compile(r"\s*license server status:\s*(.*)", re.IGNORECASE)
_SERVER = re.compile(r"\s*(\S+): license server (UP|DOWN)\b", re.IGNORECASE)
_NO_SERVER = re.compile(r"\s*(\S+): cannot connect to license server", re.IGNORECASE)
_NOBODY = re.compile(r"\s*(?:lmgrd is not running|error getting status)\b", re.IGNORECASE)
_DAEMONS = re.compile(r"\s*vendor daemon status\b", re.IGNORECASE)
_DAEMON = re.compile(r"\s+(\S+): (.*)")
_USAGE_HEAD = re.compile(r"\s*feature usage info\b", re.IGNORECASE)
_USERS = re.compile(r"\s*users of (\S+):\s*\((.*)", re.IGNORECASE)
_COUNTED = re.compile(r"total of ([0-9]{1,9}) licenses? issued;\s*total of ([0-9]{1,9}) licenses? in use", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Usage:
    """Seats of a feature; ``issued`` None: no limit. ``fault`` is what the daemon says instead of numbers."""

    issued: int | None
    used: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The servers that answer for one licence: one, or three of which two must be up. Names with whether they are up."""

    servers: tuple[tuple[str, bool], ...] = ()
    daemons: tuple[tuple[str, bool], ...] = ()

    @property
    def up(self) -> int:
        """Servers that are up."""
        return sum(well for _, well in self.servers)

    @property
    def quorum(self) -> int:
        """Servers that must be up."""
        return 2 if len(self.servers) == TRIAD else 1


@dataclass(frozen=True, slots=True)
class Status:
    """All that the text says; features in lower case."""

    groups: tuple[Group, ...]
    usage: dict[str, Usage]

    def of(self, feature: str) -> Usage | None:
        """Seats of a feature over all groups; features are told apart without regard to case."""
        return self.usage.get(feature.casefold())


def is_lmstat(data: bytes) -> bool:
    """Whether this is any text of lmstat; if not, whoever should have written it failed."""
    return any(_HEAD.match(line) for line in _lines(data))


def status(data: bytes) -> Status:
    """What the text says. Raises Malformed if it says nothing of any server."""
    groups: list[Group] = []
    usage: dict[str, Usage] = {}
    among_daemons = False
    for number, line in enumerate(_lines(data)):
        if number >= MAX_LINES:
            raise Malformed(f"more than {MAX_LINES} lines, wanted at most that; ask for one feature (lmstat -f)")
        if found := _HEAD.match(line):
            groups.append(Group(tuple((host, False) for host in _hosts(found[1]))[:MAX_NAMES]))
        elif found := _USERS.match(line):
            _add(usage, shown(found[1], 80).casefold(), _used(found[2]))
        elif groups:
            groups[-1] = _told(groups[-1], line, among_daemons)
        among_daemons = bool(_DAEMONS.match(line)) or (among_daemons and not _ends_daemons(line))
    if not any(group.servers for group in groups):
        raise Malformed("no license server is named, wanted the text of lmstat")
    return Status(tuple(group for group in groups if group.servers), usage)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")


def _hosts(named: str) -> Iterator[str]:
    """Hosts of ``27000@one,27000@two (License file: …)``."""
    for place in named.partition("(")[0].strip().split(","):
        host = place.strip().rpartition("@")[2]
        if host:
            yield shown(host, 80)


def _ends_daemons(line: str) -> bool:
    return bool(_USAGE_HEAD.match(line) or _HEAD.match(line) or _USERS.match(line))


def _told(group: Group, line: str, among_daemons: bool) -> Group:
    """The group with what ``line`` adds."""
    if found := _SERVER.match(line):
        return replace(group, servers=_with(group.servers, found[1], found[2].upper() == "UP"))
    if among_daemons and (found := _DAEMON.match(line)):
        words = found[2].split()
        return replace(group, daemons=_with(group.daemons, found[1], bool(words) and words[0].upper() == "UP"))
    if found := _NO_SERVER.match(line):
        return replace(group, servers=_with(group.servers, found[1], False))
    if _NOBODY.match(line):
        return replace(group, servers=tuple((host, False) for host, _ in group.servers))
    return group


def _with(known: Sequence[tuple[str, bool]], name: str, well: bool) -> tuple[tuple[str, bool], ...]:
    """``known`` with how ``name`` is: a host may be written shorter than where it was listed first."""
    name = shown(name, 80)
    place = next((n for n, (other, _) in enumerate(known) if _same(other, name)), None)
    if place is None:
        if len(known) >= MAX_NAMES:
            raise Malformed(f"more than {MAX_NAMES} servers or daemons, wanted at most that")
        return (*known, (name, well))
    return (*known[:place], (known[place][0], well), *known[place + 1 :])


def _same(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _used(told: str) -> Usage:
    if found := _COUNTED.match(told):
        return Usage(int(found[1]), int(found[2]))
    if told.lower().startswith("uncounted"):
        return Usage(None)
    return Usage(0, 0, shown(told.rstrip(") "), 120))


def _add(usage: dict[str, Usage], feature: str, more: Usage) -> None:
    """Seats of several servers are one pool for their users; a server that cannot say leaves the others' word."""
    known = usage.get(feature)
    if known is None or known.fault:
        usage[feature] = more
    elif not more.fault:
        usage[feature] = Usage(total((known.issued, more.issued)), known.used + more.used)


def names(pairs: Iterable[tuple[str, bool]], well: bool) -> str:
    """The names of those that are up, or not, for a reason."""
    return ", ".join(name for name, up in pairs if up is well)
