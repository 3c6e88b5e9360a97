"""An answer as a JSON value and as one compact line: exact texts, null where there is no period, only one percent is floored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from sla import case
from sla.answer import Answer, Burn, Daily, DatedFigures, Forecast, TrailingAnswer, Verdict
from sla.forms import Schema
from sla.mistake import Mistake
from sla.span import SECOND
from sla.texts import decimal_text, instant_text, percent_text, ratio_text

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of value is written, and the schema of what is written."""

    write: Callable[[Any], Any]
    schema: Schema


@dataclass(frozen=True, slots=True)
class Row:
    """A member of a result: where its value stands in the answer, and how that is written."""

    name: str
    kind: Kind
    get: Callable[[Any], Any]


def or_null(kind: Kind) -> Kind:
    """``kind``, or null for None."""
    return Kind(lambda value: None if value is None else kind.write(value), {"anyOf": [kind.schema, {"type": "null"}]})


def each(kind: Kind) -> Kind:
    """An array of ``kind``."""
    return Kind(lambda values: [kind.write(value) for value in values], {"type": "array", "items": kind.schema})


def written(rows: Sequence[Row], answer: Any) -> Json:
    """The members of ``answer`` that ``rows`` name, in this order."""
    return {row.name: row.kind.write(row.get(answer)) for row in rows}


def table(*rows: Row) -> Kind:
    """An object of these members, in this order."""
    return Kind(
        lambda answer: written(rows, answer),
        {
            "type": "object",
            "properties": {row.name: row.kind.schema for row in rows},
            "required": [row.name for row in rows],
            "additionalProperties": False,
        },
    )


def inside(part: Callable[[Any], Any], rows: Sequence[Row]) -> tuple[Row, ...]:
    """The same members, of a part of the answer."""
    return tuple(Row(row.name, row.kind, lambda value, get=row.get: get(part(value))) for row in rows)  # type: ignore[misc]


def _seconds(ms: int | Fraction) -> str:
    return decimal_text(Fraction(ms) / SECOND)


def _shares(excluded_ms: Mapping[str, Fraction]) -> Mapping[str, str]:
    return {cause: _seconds(excluded_ms[cause]) for cause in sorted(excluded_ms)}


_DECIMAL = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]*[1-9])?$"}
_FRACTION = {"type": "string", "pattern": "^-?[0-9]+/[1-9][0-9]*$"}
INSTANT = Kind(instant_text, {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"})
DATE = Kind(str, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
SECONDS = Kind(_seconds, _DECIMAL)
SHARES = Kind(_shares, {"type": "object", "additionalProperties": _DECIMAL})
RATIO = Kind(ratio_text, _FRACTION)
PERCENT = Kind(percent_text, {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{3}$"})
VERDICT = Kind(lambda verdict: verdict.value, {"enum": [verdict.value for verdict in Verdict]})
WHOLE = Kind(int, {"type": "integer"})
TEXT = Kind(str, {"type": "string"})

_FIGURES = (
    Row("from", INSTANT, lambda figures: figures.window.start),
    Row("to", INSTANT, lambda figures: figures.window.end),
    Row("window_seconds", SECONDS, lambda figures: figures.window.length),
    Row("period_seconds", SECONDS, lambda figures: figures.period_ms),
    Row("downtime_observed_seconds", SECONDS, lambda figures: figures.observed_ms),
    Row("downtime_excluded_seconds", SHARES, lambda figures: figures.excluded_ms),
    Row("downtime_counted_seconds", SECONDS, lambda figures: figures.downtime_ms),
    Row("downtime_best_seconds", SECONDS, lambda figures: figures.best_ms),
    Row("downtime_worst_seconds", SECONDS, lambda figures: figures.worst_ms),
    Row("unknown_seconds", SECONDS, lambda figures: figures.unknown_ms),
    Row("coverage", or_null(RATIO), lambda figures: figures.coverage),
    Row("availability", or_null(RATIO), lambda figures: figures.availability),
    Row("availability_best", or_null(RATIO), lambda figures: figures.availability_best),
    Row("availability_worst", or_null(RATIO), lambda figures: figures.availability_worst),
    Row("availability_percent", or_null(PERCENT), lambda figures: figures.availability),
    Row("goal", RATIO, lambda figures: figures.goal),
    Row("error_budget_seconds", SECONDS, lambda figures: figures.budget_ms),
    Row("error_budget_remaining_seconds", SECONDS, lambda figures: figures.remaining_ms),
    Row("verdict", VERDICT, lambda figures: figures.verdict),
)
_DATED = (
    Row("first", DATE, lambda dated: dated.first),
    Row("last", DATE, lambda dated: dated.last),
    *inside(lambda dated: dated.figures, _FIGURES),
)
FIGURES, DATED = table(*_FIGURES), table(*_DATED)
DAY = table(
    Row("date", DATE, lambda day: day.date),
    Row("from", INSTANT, lambda day: day.span.start),
    Row("to", INSTANT, lambda day: day.span.end),
    Row("period_seconds", SECONDS, lambda day: day.period_ms),
    Row("downtime_observed_seconds", SECONDS, lambda day: day.observed_ms),
    Row("downtime_counted_seconds", SECONDS, lambda day: day.counted_ms),
    Row("unknown_seconds", SECONDS, lambda day: day.unknown_ms),
)
OUTAGE = table(
    Row("from", INSTANT, lambda outage: outage.span.start),
    Row("to", INSTANT, lambda outage: outage.span.end),
    Row("components", each(TEXT), lambda outage: outage.components),
    Row("counted_seconds", SECONDS, lambda outage: outage.counted_ms),
    Row("outer_from", INSTANT, lambda outage: outage.outer.start),
    Row("outer_to", INSTANT, lambda outage: outage.outer.end),
    Row("inner_from", or_null(INSTANT), lambda outage: outage.inner and outage.inner.start),
    Row("inner_to", or_null(INSTANT), lambda outage: outage.inner and outage.inner.end),
)
_OUTAGES = Row("outages", each(OUTAGE), lambda answer: answer.outages)
_ANY_DAYS = (
    Row("days", WHOLE, lambda any_days: any_days.days),
    Row("windows", WHOLE, lambda any_days: any_days.windows),
    Row("verdict", VERDICT, lambda any_days: any_days.verdict),
    Row("worst", table(*inside(lambda any_days: any_days.worst, _DATED), _OUTAGES), lambda any_days: any_days),
    Row("breached", each(DATE), lambda any_days: any_days.breached),
    Row("undetermined", each(DATE), lambda any_days: any_days.undetermined),
)
_ROLLING = (
    Row("hours", WHOLE, lambda rolling: rolling.hours),
    Row("verdict", VERDICT, lambda rolling: rolling.verdict),
    Row("worst", table(*inside(lambda rolling: rolling.worst, _FIGURES), _OUTAGES), lambda rolling: rolling),
)
_DAYS = Row("days", each(DAY), lambda answer: answer.days)
_RELIEF = table(
    Row("from", INSTANT, lambda relief: relief.span.start),
    Row("to", INSTANT, lambda relief: relief.span.end),
    Row("seconds", SECONDS, lambda relief: relief.counted_ms),
)
_FORECAST = (
    Row("budget_exhausted_at", or_null(INSTANT), lambda forecast: forecast.budget_exhausted_at),
    Row("budget_regained_at", or_null(INSTANT), lambda forecast: forecast.budget_regained_at),
    Row("breach_at", or_null(INSTANT), lambda forecast: forecast.breach_at),
    Row("relief", each(_RELIEF), lambda forecast: forecast.relief),
)
_TRAILING = (*inside(lambda trailing: trailing.whole, _DATED), Row("today", or_null(DAY), lambda trailing: trailing.today))
_STATEMENT = (
    Row("figures", table(*_DATED), lambda statement: statement.whole),
    Row("any_days", table(*_ANY_DAYS), lambda statement: statement.any_days),
    Row("rolling", table(*_ROLLING), lambda statement: statement.rolling),
    _DAYS,
    _OUTAGES,
    Row("judged_by", TEXT, lambda statement: statement.judged_by),
    Row("verdict", VERDICT, lambda statement: statement.verdict),
)
ROWS: Mapping[type[case.Query], tuple[str, tuple[Row, ...]]] = {
    case.AskWindow: ("window", _FIGURES),
    case.AskDays: ("days", _DATED),
    case.AskMonth: ("month", _DATED),
    case.AskTrailing: ("trailing", _TRAILING),
    case.AskAnyDays: ("any_days", _ANY_DAYS),
    case.AskRolling: ("rolling", _ROLLING),
    case.AskDaily: ("daily", (_DAYS,)),
    case.AskBurn: ("burn", (Row("burn_rates", each(or_null(RATIO)), lambda burn: burn.rates),)),
    case.AskForecast: ("forecast", _FORECAST),
    case.AskStatement: ("statement", _STATEMENT),
}
"""What is printed for each query beside the members that all results have."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a result was made by: the versions of this package and of the zones' data, and the digest of the case."""

    engine: str
    tzdata: str
    input_sha256: str
    hypothetical: bool


def result(id_: str | None, query: case.Query, answer: Answer, made: Made) -> Json:
    """The result of a case as a JSON value."""
    kind, rows = ROWS[type(query)]
    return {
        "id": id_,
        "kind": kind,
        **written(rows, answer),
        "hypothetical": made.hypothetical,
        "engine": made.engine,
        "tzdata": made.tzdata,
        "input_sha256": made.input_sha256,
    }


def refused(id_: str | None, mistakes: Sequence[Mistake]) -> Json:
    """What stands in the place of a case that is refused."""
    return {"id": id_, "errors": [{name: getattr(mistake, name) for name in Mistake.__slots__} for mistake in mistakes]}


def verdict(answer: Answer) -> Verdict | None:
    """The verdict of an answer; None where none was asked for (days, burn rates, forecasts)."""
    judged = answer.whole if isinstance(answer, TrailingAnswer) else answer
    judged = judged.figures if isinstance(judged, DatedFigures) else judged
    return None if isinstance(judged, Daily | Burn | Forecast) else judged.verdict


def line(value: Json) -> str:
    """One compact line of ASCII: the same under any locale, and it reads back also where a text is half a surrogate pair."""
    return json.dumps(value, separators=(",", ":"))
