"""Licence files of FlexNet: from bytes to what they grant, by feature and day.

A line with none of the format's keywords is a comment, as it is for the vendors' own daemons; the signature is theirs to judge.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from probes.probe import Malformed
from probes.target import shown

GRANTING = ("FEATURE", "INCREMENT")
MAX_GRANTS = 2_000
"""A vendor's whole catalogue has some hundreds."""
FOR_EVER = 2200
"""From this year on a last day is none."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_DAY = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{1,4})")
_WANTED = {
    "FEATURE": (6, "feature, vendor, version, last day, seats"),
    "INCREMENT": (6, "feature, vendor, version, last day, seats"),
    "UPGRADE": (7, "feature, vendor, old version, new version, last day, seats"),
    "PACKAGE": (4, "package, vendor, COMPONENTS="),
    "SERVER": (3, "host, host id"),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One FEATURE (``adds`` False) or INCREMENT line. ``seats`` None: no limit; days None: no first or last one.

    ``supersedes`` are the features whose lines issued before ``issued`` count no more.
    """

    feature: str
    version: str
    seats: int | None
    last_day: date | None
    first_day: date | None = None
    issued: date | None = None
    adds: bool = True
    supersedes: frozenset[str] = frozenset()

    def holds(self, day: date) -> bool:
        """Whether it is in force on ``day``."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class LicenceFile:
    """What a file says: the servers it names, and the grants of each feature (in lower case) in the file's order."""

    servers: tuple[str, ...]
    grants: Mapping[str, tuple[Grant, ...]]

    def of(self, feature: str) -> tuple[Grant, ...]:
        """All grants of a feature, in force or not; features are told apart without regard to case."""
        return self.grants.get(feature.casefold(), ())

    def in_force(self, feature: str, day: date) -> tuple[Grant, ...]:
        """The grants that count on ``day``: INCREMENT lines add up, of FEATURE lines only the first by the daemon's order."""
        held = [grant for grant in self.of(feature) if grant.holds(day)]
        firsts = sorted((grant for grant in held if not grant.adds), key=_order)[:1]
        return (*firsts, *(grant for grant in held if grant.adds))


def total(seats: Iterable[int | None]) -> int | None:
    """The sum; None if one of them has no limit."""
    found = list(seats)
    return None if None in found else sum(one for one in found if one is not None)


def licence_file(data: bytes) -> LicenceFile:
    """What ``data`` grants. Raises Malformed with the line, and if nothing is granted at all."""
    servers: list[str] = []
    grants: list[Grant] = []
    packages: dict[str, tuple[tuple[str, int], ...]] = {}
    for number, words in _statements(data.decode("utf-8-sig", "replace")):
        keyword = words[0].upper()
        least, wanted = _WANTED[keyword]
        if len(words) < least:
            raise Malformed(f"line {number}: {keyword} has {len(words) - 1} fields, wanted {wanted}")
        if keyword in GRANTING:
            grants.append(_grant(words, number))
        elif keyword == "SERVER":
            servers.append(shown(words[1], 80))
        elif keyword == "PACKAGE":
            packages[words[1].casefold()] = _components(words, number)
        else:  # an UPGRADE moves seats to another version and gives none, but its last day must be one
            _day(words[5], number)
            _seats(words[6], number)
    if not grants:
        raise Malformed("no FEATURE or INCREMENT line, wanted at least one")
    if len(grants) > MAX_GRANTS:
        raise Malformed(f"{len(grants)} FEATURE and INCREMENT lines, wanted at most {MAX_GRANTS}")
    return LicenceFile(tuple(servers), _by_feature(_not_superseded(grants), packages))


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, words) of each line that has a keyword; a backslash at the end of a line continues it."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if not parts and line.lstrip().startswith("#"):
            continue
        begun = begun if parts else number
        body = line.rstrip()
        parts.append(body.removesuffix("\\"))
        if not body.endswith("\\"):
            yield from _statement(begun, " ".join(parts))
            parts = []
    if parts:
        yield from _statement(begun, " ".join(parts))


def _statement(number: int, line: str) -> Iterator[tuple[int, list[str]]]:
    if line.split(None, 1)[:1] and line.split(None, 1)[0].upper() in _WANTED:
        if line.count('"') % 2:
            raise Malformed(f"line {number}: a quote is not closed")
        yield number, _FIELD.findall(line)


def _grant(words: Sequence[str], number: int) -> Grant:
    keyword, feature, _, version, last_day, seats, *rest = words
    said = _attributes(rest)
    issued = _day(said["ISSUED"], number) if "ISSUED" in said else None
    also = frozenset(name.casefold() for name in said["SUPERSEDE"].split()) if "SUPERSEDE" in said else frozenset()
    return Grant(
        shown(feature, 80),
        shown(version, 40),
        _seats(seats, number),
        _day(last_day, number),
        _day(said["START"], number) if "START" in said else None,
        issued,
        keyword.upper() == "INCREMENT",
        also | {feature.casefold()} if "SUPERSEDE" in said else frozenset(),
    )


def _attributes(words: Iterable[str]) -> dict[str, str]:
    """``KEY=value`` and ``KEY`` alone, without the quotes; a licence key without a name, as old lines have, is passed over."""
    pairs = (word.partition("=") for word in words)
    return {key.upper(): value.replace('"', "") for key, _, value in pairs}


def _components(words: Sequence[str], number: int) -> tuple[tuple[str, int], ...]:
    """(feature, how many of it a package has) of a PACKAGE line: ``COMPONENTS="one two:1.0 three:1.0:5"``."""
    listed = _attributes(words[3:]).get("COMPONENTS")
    if listed is None:
        raise Malformed(f"line {number}: PACKAGE has no COMPONENTS=, wanted a list of features")
    found = []
    for component in listed.split():
        name, _, more = component.partition(":")
        _, _, count = more.partition(":")
        found.append((name, _seats(count, number) or 1 if count else 1))
    return tuple(found)


def _seats(text: str, number: int) -> int | None:
    if text.lower() == "uncounted":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Malformed(f'line {number}: seats are "{shown(text, 40)}", wanted a number or uncounted')
    return int(text) or None


def _day(text: str, number: int) -> date | None:
    """A date; None for one that never comes: ``permanent``, the year 0, or one beyond all plans."""
    if text.lower() == "permanent":
        return None
    found = _DAY.fullmatch(text)
    if found is None or found[2].lower() not in MONTHS or 0 < int(found[3]) < 1000:
        raise Malformed(f'line {number}: date is "{shown(text, 40)}", wanted one like 31-dec-2026, or permanent')
    if int(found[3]) == 0 or int(found[3]) >= FOR_EVER:
        return None
    try:
        return date(int(found[3]), MONTHS.index(found[2].lower()) + 1, int(found[1]))
    except ValueError:
        raise Malformed(f'line {number}: date is "{shown(text, 40)}", which no calendar has') from None


def _not_superseded(grants: Sequence[Grant]) -> list[Grant]:
    """Without what another line says it replaces. A line that does not tell when it was issued stays."""
    since: dict[str, date] = {}
    for grant in grants:
        for feature in grant.supersedes if grant.issued is not None else ():
            since[feature] = max(since.get(feature, grant.issued or date.min), grant.issued or date.min)
    return [grant for grant in grants if grant.issued is None or grant.issued >= since.get(grant.feature.casefold(), date.min)]


def _by_feature(grants: Iterable[Grant], packages: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, tuple[Grant, ...]]:
    """Grants by feature; who is granted a package is granted its features, so many of each."""
    found: dict[str, list[Grant]] = defaultdict(list)
    for grant in grants:
        found[grant.feature.casefold()].append(grant)
        for name, count in packages.get(grant.feature.casefold(), ()):
            seats = None if grant.seats is None else grant.seats * count
            found[name.casefold()].append(replace(grant, feature=shown(name, 80), seats=seats))
    return {feature: tuple(lines) for feature, lines in found.items()}


def _order(grant: Grant) -> tuple[bool, tuple[int, ...], date]:
    """How the daemons sort lines of one feature: uncounted first, then the highest version, then the newest."""
    parts = tuple(-int(part) for part in re.findall(r"[0-9]{1,9}", grant.version))
    issued = grant.issued or grant.first_day or date.min
    return grant.seats is not None, parts, date.max - (issued - date.min)
