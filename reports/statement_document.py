"""A published statement as one value: everything that its pages, tables and files say, made of its evidence and nothing else.

The document is JSON of texts, integers, lists and objects: instants as ``2026-06-01T00:00:00.000Z``, seconds as exact decimal
texts, shares as fractions beside percents that are rounded down. So the same evidence gives the same bytes everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import Any

from reports.figures import percent_digits
from reports.words import cause_word
from sla.answer import DayRow
from sla.canonical import canonical
from sla.case import AskStatement, Case
from sla.reading import read
from sla.register import Lost, Maintained, Register, Silence, register
from sla.span import SECOND, Instant, Span
from sla.state import Cause
from sla.texts import decimal_text, instant_text, until

FORMAT = "threenines-statement-document/1"
Json = dict[str, Any]


class NoStatement(ValueError):
    """The evidence holds no statement; the text says why."""


def document(evidence: Mapping[str, Any]) -> Json:
    """The document of the newest version in ``evidence`` (``threenines-evidence/1``). Raises NoStatement."""
    reading = read(evidence["case"])
    if reading.case is None or not isinstance(reading.case.query, AskStatement):
        raise NoStatement("its case asks for no statement, or can't be read")
    content, about, case = evidence["statement"], evidence["about"], reading.case
    result, named = content["result"], _Named(content["components"], about, case)
    figures = result["figures"]
    found = register(case, Span(until(figures["from"]), until(figures["to"])))
    made = {
        "format": FORMAT,
        "cover": _cover(evidence),
        "arithmetic": arithmetic(figures),
        "worst_days": _worst_days(result["any_days"], named),
        "worst_hours": _worst_hours(result["rolling"]),
        "outages": [_outage(number, row, lost, named) for number, (row, lost) in enumerate(_paired(result, found), 1)],
        "exclusions": [_exclusion(one, found, case, named) for one in content["exclusions"]],
        "not_measured": [_silence(one, named) for one in found.silences],
        "maintenance": [_maintained(one, case, named) for one in found.maintenance],
        "days": [_day(row, bounds) for row, bounds in zip(result["days"], found.days, strict=True)],
        "ends": [{**one, "component": named.key(one["component"])} for one in about.get("ends", ())],
        "versions": [_version(one, named) for one in evidence["versions"]],
        "proof": _proof(evidence),
    }
    return {**made, "sha256": sha256(canonical(made).encode()).hexdigest()}


class _Named:
    """What people call the parts of a case: a part by its component, a component by the name it had when it was published."""

    def __init__(self, components: Mapping[str, str], about: Mapping[str, Any], case: Case) -> None:
        self._keys, self._names, self._case = components, about.get("components", {}), case

    def key(self, component: str) -> str:
        """The name of a component."""
        return str(self._names.get(component, component))

    def parts(self, parts: Iterable[str]) -> list[str]:
        """The names of the components that ``parts`` are of, each once."""
        return list(dict.fromkeys(self.key(self._keys.get(part, part)) for part in parts))

    def parties(self, parts: Iterable[str]) -> list[str]:
        """Who manages these parts."""
        owners = (self._case.components[part].managed_by for part in parts if part in self._case.components)
        return sorted({owner for owner in owners if owner})


def _cover(evidence: Mapping[str, Any]) -> Json:
    content, about, last = evidence["statement"], evidence["about"], evidence["versions"][-1]
    result, agreement = content["result"], evidence["case"]["agreement"]
    figures = result["figures"]
    return {
        "provider": about.get("provider", ""),
        "customer": about.get("customer", ""),
        "site": content["site"],
        "site_name": about.get("site", content["site"]),
        "period": content["period"],
        "first": figures["first"],
        "last": figures["last"],
        "zone": content["zone"],
        "from": figures["from"],
        "to": figures["to"],
        "goal": figures["goal"],
        "judged_by": result["judged_by"],
        "verdict": result["verdict"],
        "agreement": agreement["version"],
        "preset": agreement.get("preset", ""),
        "measured_since": agreement.get("effective_from", ""),
        "maintenance": agreement["maintenance"],
        "unknown": agreement["unknown"],
        "version": last["version"],
        "replaces": last["version"] - 1,
        "as_of": content["as_of"],
        "issued_at": last["issued_at"],
        "issued_by": last["issued_by"],
    }


def arithmetic(figures: Mapping[str, Any]) -> Json:
    """The lines A to G of one window, each of which follows from those before it."""
    shares = figures["downtime_excluded_seconds"]
    period, observed = Fraction(figures["period_seconds"]), Fraction(figures["downtime_observed_seconds"])
    ratios = ("coverage", "availability", "availability_best", "availability_worst")
    return {
        "period_seconds": figures["period_seconds"],
        "observed_seconds": figures["downtime_observed_seconds"],
        "excluded_seconds": decimal_text(sum(map(Fraction, shares.values()), Fraction(0))),
        "excluded": [{"cause": cause, "seconds": seconds} for cause, seconds in shares.items()],
        "counted_seconds": figures["downtime_counted_seconds"],
        "best_seconds": figures["downtime_best_seconds"],
        "worst_seconds": figures["downtime_worst_seconds"],
        "unknown_seconds": figures["unknown_seconds"],
        **{name: figures[name] or "" for name in ratios},
        **{f"{name}_percent": _percent(figures[name]) for name in ratios},
        "observed_percent": percent_digits(1 - observed / period) if period else "",
        "goal": figures["goal"],
        "goal_percent": percent_digits(Fraction(figures["goal"])),
        "allowed_seconds": figures["error_budget_seconds"],
        "remaining_seconds": figures["error_budget_remaining_seconds"],
        "verdict": figures["verdict"],
    }


def _percent(ratio: str | None) -> str:
    """Percent rounded down; empty where there is no period."""
    return "" if ratio is None else percent_digits(Fraction(ratio))


def _worst_days(found: Mapping[str, Any], named: _Named) -> Json:
    worst = found["worst"]
    return {
        "days": found["days"],
        "windows": found["windows"],
        "verdict": found["verdict"],
        "breached": list(found["breached"]),
        "undetermined": list(found["undetermined"]),
        "first": worst["first"],
        "last": worst["last"],
        "from": worst["from"],
        "to": worst["to"],
        "window": arithmetic(worst),
        "outages": [_brief(row, named) for row in worst["outages"]],
    }


def _worst_hours(found: Mapping[str, Any]) -> Json:
    worst, told = found["worst"], {"hours": found["hours"], "verdict": found["verdict"]}
    return {**told, "from": worst["from"], "to": worst["to"], "window": arithmetic(worst)}


def _brief(row: Mapping[str, Any], named: _Named) -> Json:
    return {**_span(row), "components": named.parts(row["components"]), "counted_seconds": row["counted_seconds"]}


def _paired(result: Mapping[str, Any], found: Register) -> Iterator[tuple[Mapping[str, Any], Lost]]:
    """The outages as published, each with what the evidence tells of it."""
    told = {instant_text(one.outage.span.start): one for one in found.outages}
    return ((row, told[row["from"]]) for row in result["outages"])


def _outage(number: int, row: Mapping[str, Any], lost: Lost, named: _Named) -> Json:
    inner = {"inner_from": row["inner_from"] or "", "inner_to": row["inner_to"] or ""}
    return {
        "id": f"O-{number}",
        **_span(row),
        "outer_from": row["outer_from"],
        "outer_to": row["outer_to"],
        **inner,
        "components": named.parts(row["components"]),
        "managed_by": named.parties(row["components"]),
        "causes": _words(lost.causes),
        "counted_seconds": row["counted_seconds"],
        "excluded": [{"exclusion": one, "seconds": _seconds(ms)} for one, ms in lost.excluded_ms.items()],
        "forgiven_seconds": _seconds(lost.forgiven_ms),
    }


def _words(causes: Iterable[Cause]) -> list[str]:
    """The customers' words for what was seen, each once."""
    return list(dict.fromkeys(word for cause in causes if (word := cause_word(cause))))


def _exclusion(one: Mapping[str, Any], found: Register, case: Case, named: _Named) -> Json:
    """An exclusion as it was published: also those that were rejected or revoked, and those that take nothing off."""
    history: Sequence[Mapping[str, Any]] = one["history"]
    counts = one["id"] in found.effect_ms
    return {
        "id": one["id"],
        **_span(one),
        "cause": one["cause"],
        "party": one.get("party", ""),
        "components": [named.key(name) for name in one["components"]],
        "reason": one["reason"],
        "state": history[-1]["status"] if history else "assumed",
        "counts": 1 if counts else 0,
        "effect_seconds": _seconds(found.effect_ms.get(one["id"], Fraction(0))),
        "history": [{"at": step["at"], "status": step["status"], "by": step["by"]} for step in history],
        "evidence": list(one["evidence"]),
    }


def _silence(one: Silence, named: _Named) -> Json:
    return {
        "from": instant_text(one.span.start),
        "to": instant_text(one.span.end),
        "seconds": _seconds(one.span.length),
        "components": named.parts(one.components),
        "causes": [cause.word for cause in one.causes],
    }


def _maintained(one: Maintained, case: Case, named: _Named) -> Json:
    plan, last = one.plan, one.announced
    firsts = [told.at for told in plan.announcements if case.as_of is None or told.at <= case.as_of]
    return {
        "id": plan.id,
        "components": named.parts(plan.components),
        "announced_at": instant_text(min(firsts)),
        "from": instant_text(last.span.start),
        "to": instant_text(last.span.end),
        "seconds": _seconds(last.span.length),
        "impact": last.impact.word,
        "status": plan.announcements[len(firsts) - 1].status.value,
        "down_seconds": _seconds(one.down_ms),
        "degraded_seconds": _seconds(one.degraded_ms),
        "unknown_seconds": _seconds(one.unknown_ms),
        "forgiven_seconds": _seconds(one.forgiven_ms),
    }


def _day(row: Mapping[str, Any], bounds: DayRow) -> Json:
    """A date as published, with the least and the most of it that may count by the evidence."""
    period, observed, counted = (Fraction(row[name]) for name in _OF_DAY)
    lost = {"": counted, "_best": bounds.best_ms / SECOND, "_worst": bounds.worst_ms / SECOND}
    return {
        "date": row["date"],
        "from": row["from"],
        "to": row["to"],
        "period_seconds": row["period_seconds"],
        "observed_seconds": row["downtime_observed_seconds"],
        "excluded_seconds": decimal_text(observed - counted),
        "counted_seconds": row["downtime_counted_seconds"],
        "best_seconds": _seconds(bounds.best_ms),
        "worst_seconds": _seconds(bounds.worst_ms),
        "unknown_seconds": row["unknown_seconds"],
        **{f"availability{of}_percent": percent_digits(1 - one / period) if period else "" for of, one in lost.items()},
    }


_OF_DAY = ("period_seconds", "downtime_observed_seconds", "downtime_counted_seconds")


def _version(one: Mapping[str, Any], named: _Named) -> Json:
    return {
        "version": one["version"],
        "as_of": one["as_of"],
        "issued_at": one["issued_at"],
        "issued_by": one["issued_by"],
        "counted_seconds": one["downtime_counted_seconds"],
        "verdict": one["verdict"],
        "content_sha256": one["content_sha256"],
        "deltas": [
            {**delta, "of": named.key(delta["of"]) if delta["kind"] == "change" else delta["of"]} for delta in one["deltas"]
        ],
    }


def _proof(evidence: Mapping[str, Any]) -> Json:
    """By what the statement can be computed again, and what keeps it from being changed unnoticed."""
    result, head = evidence["statement"]["result"], evidence["audit"][-1]
    return {
        "engine": result["engine"],
        "tzdata": result["tzdata"],
        "input_sha256": result["input_sha256"],
        "content_sha256": evidence["versions"][-1]["content_sha256"],
        "audit_seq": head["seq"],
        "audit_sha256": head["hash"],
    }


def _span(row: Mapping[str, Any]) -> Json:
    length: Instant = until(row["to"]) - until(row["from"])
    return {"from": row["from"], "to": row["to"], "seconds": _seconds(length)}


def _seconds(ms: int | Fraction) -> str:
    return decimal_text(Fraction(ms) / SECOND)
