"""A statement's rows as CSV for spreadsheets (RFC 4180: CRLF, UTF-8, one header), made of its document alone.

Instants are ``2026-06-01T00:00:00.000Z``; times are milliseconds, whole but where degraded time has a price in parts. Text that
a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from io import StringIO
from typing import Any, TypeAlias

from sla.span import SECOND
from sla.texts import decimal_text

Json: TypeAlias = Mapping[str, Any]
Column: TypeAlias = Callable[[Json], str]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """``text`` as a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(name: str) -> Column:
    return lambda row: safe(str(row[name]))


def _plain(name: str) -> Column:
    """A number, an instant or a word of ours."""
    return lambda row: str(row[name])


def _ms(name: str) -> Column:
    return lambda row: decimal_text(Fraction(row[name]) * SECOND)


def _listed(name: str) -> Column:
    return lambda row: safe("; ".join(map(str, row[name])))


_COVER = ("site", "period", "first", "last", "zone", "from", "to", "version", "as_of", "issued_at")
_LOST = ("observed", "excluded", "counted", "best", "worst", "unknown")
_SHARES = ("availability", "availability_best", "availability_worst")
SUMMARY: Mapping[str, Column] = {
    **{name: _text(name) for name in ("provider", "customer", "site_name")},
    **{name: _text(name) for name in _COVER},
    "goal": _plain("goal"),
    "judged_by": _plain("judged_by"),
    "verdict": _plain("verdict"),
    "period_ms": _ms("period_seconds"),
    **{f"{name}_ms": _ms(f"{name}_seconds") for name in _LOST},
    "allowed_ms": _ms("allowed_seconds"),
    "remaining_ms": _ms("remaining_seconds"),
    **{name: _plain(name) for name in _SHARES},
    **{f"{name}_percent": _plain(f"{name}_percent") for name in _SHARES},
    "worst_days_first": _plain("worst_days_first"),
    "worst_days_last": _plain("worst_days_last"),
    "worst_days_counted_ms": _ms("worst_days_counted_seconds"),
    "worst_days_percent": _plain("worst_days_percent"),
    "document_sha256": _plain("document_sha256"),
}
DAYS: Mapping[str, Column] = {
    **{name: _plain(name) for name in ("date", "from", "to")},
    **{f"{name}_ms": _ms(f"{name}_seconds") for name in ("period", *_LOST)},
    **{f"{name}_percent": _plain(f"{name}_percent") for name in _SHARES},
}
OUTAGES: Mapping[str, Column] = {
    **{name: _plain(name) for name in ("id", "from", "to", "outer_from", "outer_to", "inner_from", "inner_to")},
    "duration_ms": _ms("seconds"),
    "counted_ms": _ms("counted_seconds"),
    "forgiven_ms": _ms("forgiven_seconds"),
    "components": _listed("components"),
    "managed_by": _listed("managed_by"),
    "causes": _listed("causes"),
    "exclusions": lambda row: safe("; ".join(one["exclusion"] for one in row["excluded"])),
}
EXCLUSIONS: Mapping[str, Column] = {
    **{name: _text(name) for name in ("id", "from", "to", "cause", "party")},
    "components": _listed("components"),
    "reason": _text("reason"),
    "state": _plain("state"),
    "counts": _plain("counts"),
    "effect_ms": _ms("effect_seconds"),
    "history": lambda row: safe("; ".join(f"{step['status']} {step['at']} {step['by']}" for step in row["history"])),
    "evidence": _listed("evidence"),
}


def tables(document: Json) -> dict[str, bytes]:
    """The four tables by file name."""
    return {
        "summary.csv": table(SUMMARY, [_summary(document)]),
        "days.csv": table(DAYS, document["days"]),
        "outages.csv": table(OUTAGES, document["outages"]),
        "exclusions.csv": table(EXCLUSIONS, document["exclusions"]),
    }


def table(columns: Mapping[str, Column], rows: Iterable[Json]) -> bytes:
    """``rows`` under a header."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([column(row) for column in columns.values()] for row in rows)
    return out.getvalue().encode()


def _summary(document: Json) -> Json:
    worst = document["worst_days"]
    return {
        **document["arithmetic"],
        **document["cover"],
        "worst_days_first": worst["first"],
        "worst_days_last": worst["last"],
        "worst_days_counted_seconds": worst["window"]["counted_seconds"],
        "worst_days_percent": worst["window"]["availability_percent"],
        "document_sha256": document["sha256"],
    }
