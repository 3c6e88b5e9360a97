"""Versions of a statement for people: what made each another than the one before, and two of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from reports.figures import percent
from reports.moments import moment
from sla.texts import decimal_text, until

_WIDTH = 30
_COLUMN = 24
KINDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "change": lambda one: f"{one['of']}: what was seen there came late, or was derived anew",
    "exclusion": lambda one: f"exclusion {one['of']} {one['said']}",
    "announcement": lambda one: f"maintenance {one['of']}: {one['said']} was announced",
    "agreement": lambda one: f"agreement, version {one['of']}",
    "makeup": lambda one: "what the site is made of",
    "rules": lambda one: f"computed by {one['of']} instead of {one['said']}",
    "time": lambda one: "time that had not been yet",
}
"""What each kind of delta is, in words."""


def reasons(deltas: Sequence[Mapping[str, Any]], zone: str) -> Iterator[str]:
    """Each fact in the order recorded with what it adds to the counted downtime, and their sum."""
    for one in deltas:
        yield f"  {signed(Fraction(one['counted_seconds'])):>10}  {KINDS[one['kind']](one)}"
        span = f"{moment(until(one['from']), zone, seconds=True)} .. {moment(until(one['to']), zone, seconds=True)}"
        yield f"  {'':10}  about {span}, recorded {moment(until(one['recorded_at']), zone)}"
    total = sum((Fraction(one["counted_seconds"]) for one in deltas), Fraction(0))
    yield f"  {signed(total):>10}  counted downtime together"


def signed(seconds: Fraction) -> str:
    """Seconds with their sign, exact.

    >>> signed(Fraction(-3000))
    '-3000 s'
    """
    return f"{'+' if seconds > 0 else ''}{decimal_text(seconds)} s"


def version_line(issued: Mapping[str, Any], zone: str) -> str:
    """Which version it is, by whom and when it was published."""
    at, version = moment(until(issued["issued_at"]), zone), issued["version"]
    as_of = moment(until(issued["statement"]["as_of"]), zone, seconds=True)
    replaces = f", replaces version {version - 1}" if version > 1 else ""
    return f"version {version}, published {at} by {issued['issued_by']}, as of {as_of}{replaces}"


def restated(issued: Mapping[str, Any]) -> str:
    """Version and reasons of one published version."""
    zone = issued["statement"]["zone"]
    return "\n".join([version_line(issued, zone), *(reasons(issued["deltas"], zone) if issued["deltas"] else ())])


def comparison(old: Mapping[str, Any], new: Mapping[str, Any], between: Sequence[Mapping[str, Any]]) -> str:
    """The figures of two published versions side by side, then every delta of the versions ``between`` and with ``new``."""
    zone = new["statement"]["zone"]
    lines = [version_line(old, zone), version_line(new, zone), ""]
    lines.append(_row("", f"version {old['version']}", f"version {new['version']}"))
    lines += [_row(name, *(get(one["statement"]["result"]) for one in (old, new))) for name, get in _COMPARED.items()]
    for issued in between:
        lines += ["", f"version {issued['version']}", *reasons(issued["deltas"], zone)]
    return "\n".join(lines)


def _row(name: str, one: str, other: str) -> str:
    return f"{name:{_WIDTH}} {one:{_COLUMN}} {other}".rstrip()


def _share(ratio: str | None) -> str:
    return "none" if ratio is None else percent(Fraction(ratio))


def _worst(result: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = result["any_days"]["worst"]
    return found


_COMPARED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "verdict": lambda result: str(result["verdict"]),
    "observed downtime": lambda result: f"{result['figures']['downtime_observed_seconds']} s",
    "counted downtime": lambda result: f"{result['figures']['downtime_counted_seconds']} s",
    "not measured": lambda result: f"{result['figures']['unknown_seconds']} s",
    "availability": lambda result: _share(result["figures"]["availability"]),
    "error budget left": lambda result: f"{result['figures']['error_budget_remaining_seconds']} s",
    "worst days begin": lambda result: str(_worst(result)["first"]),
    "worst days, counted": lambda result: f"{_worst(result)['downtime_counted_seconds']} s",
    "worst days, availability": lambda result: _share(_worst(result)["availability"]),
    "outages": lambda result: str(len(result["outages"])),
}
