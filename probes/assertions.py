"""What an answer must say: status sets, literal text, RE2 patterns, JSON pointers. No other expressions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn, TypeAlias

import re2

from probes.probe import Malformed
from probes.target import shown

JsonValue: TypeAlias = str | int | float | bool | None
JsonRule: TypeAlias = Mapping[str, JsonValue]
"""``pointer`` (RFC 6901) and exactly one of ``equals``, ``at_least``, ``at_most``, ``exists``."""

MAX_PATTERN = 1_000
TEXT_LIMIT = 1 << 20
"""Text assertions look at the first 1 MiB."""
COMPARISONS = frozenset({"equals", "at_least", "at_most", "exists"})
_ABSENT = object()


class StatusSet:
    """HTTP status codes given as numbers (204) and ranges ("200-299"). Raises ValueError for anything else."""

    __slots__ = ("_codes", "text")

    def __init__(self, field: str, items: Sequence[int | str]) -> None:
        if not items:
            raise ValueError(f"{field}: must name at least one status, got none")
        self._codes = frozenset(code for item in items for code in _codes(field, item))
        self.text = ", ".join(str(item) for item in items)

    def __contains__(self, status: int) -> bool:
        return status in self._codes


def _codes(field: str, item: int | str) -> range:
    low, dash, high = str(item).partition("-")
    if low.isdigit() and (high.isdigit() or not dash):
        first, last = int(low), int(high or low)
        if 100 <= first <= last <= 599:
            return range(first, last + 1)
    raise ValueError(f'{field}: must be statuses like 204 or "200-299", got "{shown(str(item), 80)}"')


def compiled(field: str, pattern: str | None) -> Any:
    """An RE2 pattern over bytes, or None. Raises ValueError with RE2's own words."""
    if pattern is None:
        return None
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"{field}: must be at most {MAX_PATTERN} characters, got {len(pattern)}")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern.encode(), options=options)
    except re2.error as fault:
        said = fault.args[0] if fault.args else ""
        raise ValueError(f'{field}: must be an RE2 pattern, got "{shown(pattern, 80)}" ({shown(said, 80)})') from None


@dataclass(frozen=True, slots=True)
class Broken:
    """An assertion that does not hold: what was seen and wanted, and whether the RE2 pattern was it."""

    reason: str
    by_pattern: bool = False


class BodyRules:
    """All assertions on one body, compiled once. Raises ValueError with the field's name."""

    __slots__ = ("_contains", "_json", "_not_contains", "_pattern", "needed", "whole")

    def __init__(self, contains: str | None, not_contains: str | None, matches: str | None, rules: Sequence[JsonRule]) -> None:
        self._contains = contains.encode() if contains else None
        self._not_contains = not_contains.encode() if not_contains else None
        self._pattern = (matches, compiled("matches", matches)) if matches is not None else None
        self._json = tuple(_checked(place, rule) for place, rule in enumerate(rules))
        self.whole = bool(rules)
        self.needed = self.whole or any((contains, not_contains, matches))

    def broken(self, body: bytes) -> Broken | None:
        """The first assertion that does not hold, or None. Raises Malformed if JSON is wanted and it is none."""
        text = body[:TEXT_LIMIT]
        if self._contains is not None and self._contains not in text:
            return Broken(f'text "{shown(self._contains, 80)}" not found, wanted it')
        if self._not_contains is not None and self._not_contains in text:
            return Broken(f'text "{shown(self._not_contains, 80)}" found, wanted none')
        if self._pattern is not None and self._pattern[1].search(text) is None:
            return Broken(f'nothing matches "{shown(self._pattern[0], 80)}", wanted a match', by_pattern=True)
        if self._json:
            return _broken_json(self._json, parsed(body))
        return None


def _checked(place: int, rule: JsonRule) -> JsonRule:
    """The rule itself. Raises ValueError naming the field."""
    where = f"json[{place}]"
    checked_pointer(f"{where}.pointer", rule.get("pointer"))
    given = rule.keys() - {"pointer"}
    if len(given) != 1 or not given <= COMPARISONS:
        raise ValueError(f"{where}: must have one of {', '.join(sorted(COMPARISONS))}, got {', '.join(sorted(given)) or 'none'}")
    word = next(iter(given))
    value = rule[word]
    if word == "exists" and not isinstance(value, bool):
        raise ValueError(f'{where}.exists: must be true or false, got "{shown(str(value), 80)}"')
    if word in ("at_least", "at_most") and not _is_number(value):
        raise ValueError(f'{where}.{word}: must be a number, got "{shown(str(value), 80)}"')
    return rule


def checked_pointer(field: str, pointer: object) -> None:
    """Raises ValueError for what is no RFC 6901 pointer."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise ValueError(f'{field}: must be an RFC 6901 pointer like "/status", got "{shown(str(pointer), 80)}"')


def parsed(body: bytes) -> Any:
    """The body as JSON with exact numbers. Raises Malformed."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise Malformed(f"body is no JSON ({shown(str(fault), 80)}), wanted JSON") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def at_pointer(document: Any, pointer: str) -> Any:
    """The value at an RFC 6901 pointer, or the ABSENT mark."""
    here = document
    for raw in pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict):
            here = here.get(step, _ABSENT)
        elif isinstance(here, list):
            plain = step.isascii() and step.isdigit() and (step == "0" or step[0] != "0") and len(step) < 10
            here = here[int(step)] if plain and int(step) < len(here) else _ABSENT
        else:
            return _ABSENT
    return here


def _broken_json(rules: Sequence[JsonRule], document: Any) -> Broken | None:
    for rule in rules:
        pointer = str(rule["pointer"])
        word = next(key for key in rule if key != "pointer")
        seen, wanted = at_pointer(document, pointer), rule[word]
        if not _holds(word, seen, wanted):
            said = "nothing" if seen is _ABSENT else shown(json.dumps(seen, default=str), 80)
            return Broken(f"{shown(pointer, 80)} is {said}, wanted {word} {shown(json.dumps(wanted), 80)}")
    return None


def _holds(word: str, seen: Any, wanted: JsonValue) -> bool:
    if word == "exists":
        return (seen is not _ABSENT) is wanted
    if word == "equals":
        return _same(seen, wanted)
    if not _is_number(seen) or not _is_number(wanted):
        return False
    here, limit = Decimal(str(seen)), Decimal(str(wanted))
    return here >= limit if word == "at_least" else here <= limit


def _same(seen: Any, wanted: JsonValue) -> bool:
    """Equal as JSON: true is not 1, 1.0 is 1."""
    if _is_number(seen) and _is_number(wanted):
        return Decimal(str(seen)) == Decimal(str(wanted))
    return type(seen) is type(wanted) and bool(seen == wanted)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
