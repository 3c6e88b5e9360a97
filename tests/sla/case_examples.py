"""A valid case with every member of the format, and ways to change it."""

from __future__ import annotations

import copy
from typing import Any

from sla.reading import read

GONE: Any = object()
"""Put in a member's place to leave it out."""

CASE: dict[str, Any] = {
    "format": "threenines-case/1",
    "note": "every member of the format",
    "id": "whole",
    "agreement": {
        "preset": "sla-2020",
        "version": "3",
        "zone": "Europe/Berlin",
        "goal": "99.95%",
        "judged_by": "any_days",
        "days": 7,
        "rolling_hours": 168,
        "excluded_causes": ["isp", "unmanaged_component", "other_external"],
        "exclusion_effect": "remove-from-period",
        "maintenance": "excluded",
        "maintenance_notice_seconds": 3600,
        "unknown": "remove-from-period",
        "down_then_unknown": "stays-down",
        "degraded_impact": "0.25",
        "service_hours": [{"days": ["mon", "sun"], "from": "08:00", "to": "24:00", "note": "a shop"}],
        "effective_from": "2026-01-01T00:00:00+01:00",
        "effective_to": "2027-01-01T00:00:00+01:00",
        "note": "all differs",
    },
    "components": {
        "a": {
            "changes": [
                {"at": "2026-06-10T08:00:00Z", "state": "down", "cause": "http_status", "recorded_at": "2026-06-10T09:00:00Z"},
                {"at": "2026-06-10T08:30:00.500Z", "state": "up"},
            ],
            "initial": "up",
            "doubts": [
                {"from": "2026-06-10T07:59:00Z", "to": "2026-06-10T08:00:00Z", "worst": "degraded", "best": "up"},
                {"from": "2026-06-10T08:29:00Z", "to": "2026-06-10T08:30:00.5Z", "recorded_at": "2026-06-11T00:00:00Z"},
            ],
            "kind": "instance",
            "managed_by": "provider",
        },
        "b": {
            "outages": [
                {"from": "2026-06-18T14:00:00Z", "to": "2026-06-18T15:06:00Z", "state": "degraded", "note": "slow"},
                {"from": "2026-06-29T14:00:00Z", "to": None},
            ],
            "applicable": [{"from": "2026-01-01T00:00:00Z", "to": None}],
        },
        "note": {
            "results": [
                {"at": "2026-06-10T08:00:00Z", "status": "ok"},
                {"at": "2026-06-10T08:01:00Z", "status": "error", "recorded_at": "2026-06-10T08:01:10Z"},
                {"at": "2026-06-10T08:02:00Z", "status": "fail"},
                {"at": "2026-06-10T08:03:00Z", "status": "degraded"},
            ],
            "hold_seconds": 130,
            "confirm_failures": 1,
            "confirm_successes": 1,
            "note": "a component may be called note",
        },
    },
    "composition": {
        "all": [{"at_least": 1, "of": ["a", "b"]}, {"degrading": {"down_when": 2, "of": ["note", "a"]}, "note": "x"}],
        "note": "y",
    },
    "exclusions": [
        {
            "id": "X-7",
            "from": "2026-06-18T14:00:00Z",
            "to": "2026-06-18T14:50:00Z",
            "components": ["b"],
            "cause": "unmanaged_component",
            "party": "Acme",
            "reason": "restarted",
            "evidence": ["ticket:4711"],
            "history": [
                {"at": "2026-06-19T08:00:00Z", "status": "proposed", "by": "anna"},
                {"at": "2026-06-22T09:00:00Z", "status": "approved", "by": "ben"},
                {"at": "2026-06-23T09:00:00Z", "status": "revoked", "by": "anna"},
            ],
        },
        {"id": "X-8", "from": "2026-06-19T14:00:00Z", "to": "2026-06-19T14:50:00Z", "cause": "isp"},
    ],
    "maintenance": [
        {
            "id": "M-1",
            "components": ["a"],
            "announcements": [
                {
                    "at": "2026-06-01T00:00:00Z",
                    "from": "2026-06-20T00:00:00Z",
                    "to": "2026-06-20T02:00:00Z",
                    "status": "CONFIRMED",
                    "impact": "REDUCED-REDUNDANCY",
                    "agreed_by": "Acme",
                },
                {
                    "at": "2026-06-20T00:00:00Z",
                    "from": "2026-06-20T00:00:00Z",
                    "to": "2026-06-20T02:00:00Z",
                    "status": "IN-PROCESS",
                    "impact": "OUTAGE",
                },
            ],
        }
    ],
    "query": {"kind": "month", "month": "2026-06", "as_of": "2026-07-01T06:00:00Z", "note": "z"},
}

QUERIES: tuple[dict[str, Any], ...] = (
    {"kind": "window", "from": "2026-06-01T00:00:00Z", "to": "2026-06-08T00:00:00Z"},
    {"kind": "days", "first": "2026-06-01"},
    {"kind": "days", "first": "2026-06-01", "days": 3},
    {"kind": "month", "month": "2026-06"},
    {"kind": "trailing", "at": "2026-06-30T12:00:00Z"},
    {"kind": "any_days", "first": "2026-06-01", "last": "2026-06-30"},
    {"kind": "rolling", "from": "2026-06-01T00:00:00Z", "to": "2026-07-01T00:00:00Z", "hours": 24},
    {"kind": "daily", "first": "2026-06-01", "last": "2026-06-03"},
    {"kind": "burn", "at": "2026-06-18T15:00:00Z", "lookback_seconds": [3600, 21600]},
    {"kind": "forecast", "at": "2026-06-18T15:00:00Z", "remaining_seconds": "0.5"},
    {"kind": "statement", "month": "2026-06"},
    {"kind": "statement", "first": "2026-06-01", "days": 7},
)


def changed(*changes: tuple[str, Any], case: dict[str, Any] = CASE) -> dict[str, Any]:
    """A copy of ``case`` with the value at each pointer replaced, added, or left out where it is GONE."""
    made = copy.deepcopy(case)
    for place, value in changes:
        *way, last = [int(step) if step.isdigit() else step for step in place.split("/")[1:]]
        holder: Any = made
        for step in way:
            holder = holder[step]
        if value is GONE:
            del holder[last]
        elif isinstance(holder, list) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return made


def asking(query: dict[str, Any]) -> dict[str, Any]:
    """The case with another query."""
    return changed(("/query", query))


def told(document: Any) -> list[tuple[str, str]]:
    """The place and the code of every mistake in a case."""
    return [(mistake.pointer, mistake.code) for mistake in read(document).mistakes]
