"""The JSON Schema of a statement's document: every member is there, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from reports.statement_document import FORMAT
from sla.answer import Verdict

Schema: TypeAlias = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
SECONDS: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]*[1-9])?$"}
RATIO: Schema = {"type": "string", "pattern": r"^(-?[0-9]+/[1-9][0-9]*)?$"}
PERCENT: Schema = {"type": "string", "pattern": r"^(-?[0-9]+\.[0-9]{3})?$"}
DATE: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
INSTANT: Schema = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"}
INSTANT_OR_NONE: Schema = {"anyOf": [INSTANT, {"const": ""}]}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
VERDICT: Schema = {"enum": [one.value for one in Verdict]}
TEXTS: Schema = {"type": "array", "items": TEXT}


def _object(**members: Schema) -> Schema:
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def _named(members: Mapping[str, Schema]) -> Schema:
    """The same where a member is called like a word of Python."""
    return _object(**members)


def _rows(members: Mapping[str, Schema]) -> Schema:
    return {"type": "array", "items": _named(members)}


_SPAN = {"from": INSTANT, "to": INSTANT}
_TIMED = {**_SPAN, "seconds": SECONDS}
_LOST = ("period", "observed", "excluded", "counted", "best", "worst", "unknown")
_RATIOS = ("coverage", "availability", "availability_best", "availability_worst")
ARITHMETIC = _object(
    **{f"{name}_seconds": SECONDS for name in _LOST},
    excluded=_rows({"cause": TEXT, "seconds": SECONDS}),
    **dict.fromkeys(_RATIOS, RATIO),
    **{f"{name}_percent": PERCENT for name in (*_RATIOS, "observed", "goal")},
    goal=RATIO,
    allowed_seconds=SECONDS,
    remaining_seconds=SECONDS,
    verdict=VERDICT,
)
COVER = _named(
    {
        **dict.fromkeys(("provider", "customer", "site", "site_name", "period", "zone", "agreement", "preset"), TEXT),
        **dict.fromkeys(("maintenance", "unknown", "issued_by", "judged_by"), TEXT),
        "first": DATE,
        "last": DATE,
        **_SPAN,
        "goal": RATIO,
        "verdict": VERDICT,
        "measured_since": INSTANT_OR_NONE,
        "version": WHOLE,
        "replaces": WHOLE,
        "as_of": INSTANT,
        "issued_at": INSTANT,
    }
)
_OUTER = {"outer_from": INSTANT, "outer_to": INSTANT, "inner_from": INSTANT_OR_NONE, "inner_to": INSTANT_OR_NONE}
OUTAGE = {
    "id": TEXT,
    **_TIMED,
    **_OUTER,
    "components": TEXTS,
    "managed_by": TEXTS,
    "causes": TEXTS,
    "counted_seconds": SECONDS,
    "forgiven_seconds": SECONDS,
    "excluded": _rows({"exclusion": TEXT, "seconds": SECONDS}),
}
EXCLUSION = {
    **dict.fromkeys(("id", "cause", "party", "reason", "state"), TEXT),
    **_TIMED,
    "components": TEXTS,
    "evidence": TEXTS,
    "counts": {"enum": [0, 1]},
    "effect_seconds": SECONDS,
    "history": _rows({"at": INSTANT, "status": TEXT, "by": TEXT}),
}
MAINTENANCE = {
    **dict.fromkeys(("id", "impact", "status"), TEXT),
    **_TIMED,
    "components": TEXTS,
    "announced_at": INSTANT,
    **{f"{name}_seconds": SECONDS for name in ("down", "degraded", "unknown", "forgiven")},
}
DAY = {
    "date": DATE,
    **_SPAN,
    **{f"{name}_seconds": SECONDS for name in _LOST},
    **{f"{name}_percent": PERCENT for name in _RATIOS[1:]},
}
_DELTA = {**_SPAN, "recorded_at": INSTANT, "kind": TEXT, "of": TEXT, "said": TEXT, "counted_seconds": SECONDS}
VERSION = {
    "version": WHOLE,
    "as_of": INSTANT,
    "issued_at": INSTANT,
    "issued_by": TEXT,
    "counted_seconds": SECONDS,
    "verdict": VERDICT,
    "content_sha256": DIGEST,
    "deltas": _rows(_DELTA),
}
_WORST = {"verdict": VERDICT, **_SPAN, "window": ARITHMETIC}
_DATES: Schema = {"type": "array", "items": DATE}


def schema() -> Schema:
    """The schema (draft 2020-12) of ``statement.json``."""
    brief = {**_TIMED, "components": TEXTS, "counted_seconds": SECONDS}
    days = {"days": WHOLE, "windows": WHOLE, "breached": _DATES, "undetermined": _DATES, "first": DATE, "last": DATE}
    digests = {"engine": TEXT, "tzdata": TEXT, "input_sha256": DIGEST, "content_sha256": DIGEST}
    made = _object(
        format={"const": FORMAT},
        cover=COVER,
        arithmetic=ARITHMETIC,
        worst_days=_named({**days, **_WORST, "outages": _rows(brief)}),
        worst_hours=_named({"hours": WHOLE, **_WORST}),
        outages=_rows(OUTAGE),
        exclusions=_rows(EXCLUSION),
        not_measured=_rows({**_TIMED, "components": TEXTS, "causes": TEXTS}),
        maintenance=_rows(MAINTENANCE),
        days=_rows(DAY),
        ends=_rows({"component": TEXT, "kind": TEXT, "ends_at": INSTANT}),
        versions=_rows(VERSION),
        proof=_object(**digests, audit_seq=WHOLE, audit_sha256=DIGEST),
        sha256=DIGEST,
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A statement of threenines", **made}
