"""The query of a case: its kind decides its members; its window must hold time, and a window of the agreement must fit in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sla import case, texts
from sla.agreement import Agreement
from sla.calendar import date_of, start
from sla.case_values import INSTANT, LONGEST_DAYS, UNTIL, YEARS
from sla.forms import Items, Member, Members, Schema, Text, Values, Whole, same, undecided, wrong_type
from sla.mistake import WRONG, Place, Sheet
from sla.span import DAY, HOUR, SECOND, Instant, Span

PLACE: Place = ("query",)

DATE = Text('a date of 1970 to 2099 like "2026-06-30"', texts.day, "[0-9]{4}-[0-9]{2}-[0-9]{2}")
MONTH = Text('a month of 1970 to 2099 like "2026-06"', texts.month_dates, "[0-9]{4}-[0-9]{2}")
DECIMAL = Text('seconds as a decimal text like "60" or "0.5"', texts.decimal, r"[0-9]{1,12}(\.[0-9]{1,9})?")
_AGREED = "the agreement's"
_AS_OF = Member("as_of", INSTANT, "what was recorded later is not known; time from then on is not observed", None, "all is known")
_FIRST = Member("first", DATE, "the first local date")
_LAST = Member("last", DATE, "the last local date")
_FROM = Member("from", INSTANT, "where the time asked about begins")
_TO = Member("to", UNTIL, "where it ends; not part of it")
_AT = Member("at", INSTANT, "the instant asked about")
_DAYS = Member("days", Whole(1, "local dates"), "the number of local dates", None, _AGREED)
_HOURS = Member("hours", Whole(1, "hours"), "the length of the windows", None, _AGREED)
_MONTH = Member("month", MONTH, "the calendar month")
_LOOKBACKS = Member("lookback_seconds", Items(Whole(1, "seconds"), least=1), "the lengths of time before at, in the order asked")
_REMAINING = Member("remaining_seconds", DECIMAL, "how much of the budget shall be left when it is regained", Fraction(0), '"0"')


class Asked:
    """A query's members and the agreement's where they are left open; None where they could not be read."""

    def __init__(self, values: Values, agreement: Agreement, sheet: Sheet) -> None:
        self._values, self._agreement, self._sheet = values, agreement, sheet

    def __getitem__(self, name: str) -> Any:
        return _read(self._values[name])

    def days(self) -> int | None:
        """The number of local dates asked about, or the agreement's."""
        return self._at_most(self.agreed_days() if self._values["days"] is None else self["days"], DAY)

    def agreed_days(self) -> int | None:
        """The agreement's number of local dates."""
        days: int | None = _read(self._agreement.days)
        return days

    def hours(self) -> int | None:
        """The length of the windows asked about, or the agreement's."""
        agreed = _read(self._agreement.rolling_hours)
        return self._at_most(agreed if self._values["hours"] is None else self["hours"], HOUR)

    def span(self) -> Span | None:
        """The time from ``from`` to ``to``; told where it is empty or too long."""
        since, until = self["from"], self["to"]
        if since is None or until is None:
            return None
        if until <= since:
            self.refuse("empty-window", "must be after from", f"after {texts.instant_text(since)}", "to")
            return None
        return Span(since, until) if self._at_most(until - since, 1) else None

    def run(self) -> tuple[date, date] | None:
        """The ``days`` local dates from ``first`` on."""
        first, days = self["first"], self.days()
        return None if first is None or days is None else self._with_time(first, first + timedelta(days=days - 1), "first")

    def dates(self) -> tuple[date, date] | None:
        """The local dates ``first`` to ``last``; told where they are none, hold no time or too much."""
        first, last = self["first"], self["last"]
        if first is None or last is None:
            return None
        if last < first:
            self.refuse("empty-window", "must not be before first", f"{first} or later", "last")
            return None
        return self._with_time(first, last, "last") if self._at_most((last - first).days + 1, DAY) else None

    def before(self, at: Instant, days: int) -> tuple[date, date] | None:
        """The ``days`` complete local dates before the date of ``at``."""
        today = date_of(self._zone, at)
        return self._with_time(today - timedelta(days=days), today - timedelta(days=1), "at")

    def lookbacks_ms(self) -> tuple[int, ...] | None:
        """The lengths to look back."""
        seconds = self["lookback_seconds"]
        return None if seconds is None or not self._at_most(max(seconds), SECOND) else tuple(each * SECOND for each in seconds)

    def refuse(self, code: str, what: str, expected: str, *member: str) -> None:
        """Take down a mistake at a member, or at the query."""
        self._sheet.tell((*PLACE, *member), code, what, expected)

    def _with_time(self, first: date, last: date, member: str) -> tuple[date, date] | None:
        if start(self._zone, first) == start(self._zone, last + timedelta(days=1)):
            self.refuse("empty-window", f"asks about dates that {self._zone} left out", "a date that has time", member)
            return None
        return first, last

    @property
    def _zone(self) -> str:
        zone: str | None = _read(self._agreement.zone)
        return zone or "UTC"

    def _at_most(self, count: int | None, length_ms: int) -> int | None:
        if count is not None and count * length_ms > LONGEST_DAYS * DAY:
            self.refuse("limit", f"asks about more than {YEARS} years", f"at most {YEARS} years")
            return None
        return count


def _read(value: Any) -> Any:
    return None if value is WRONG else value


def _window(asked: Asked) -> case.Query | None:
    span = asked.span()
    return case.AskWindow(span) if span else None


def _days(asked: Asked) -> case.Query | None:
    dates = asked.run()
    return case.AskDays(*dates) if dates else None


def _month(asked: Asked) -> case.Query | None:
    dates = asked["month"]
    return case.AskMonth(*dates) if dates else None


def _trailing(asked: Asked) -> case.Query | None:
    at, days = asked["at"], asked.days()
    return None if at is None or days is None or not asked.before(at, days) else case.AskTrailing(at, days)


def _any_days(asked: Asked) -> case.Query | None:
    dates, days = asked.dates(), asked.days()
    if dates is None or days is None:
        return None
    if (dates[1] - dates[0]).days + 1 < days:
        asked.refuse("range-shorter-than-window", "asks about less than one window", f"at least {days} local dates")
        return None
    return case.AskAnyDays(*dates, days)


def _rolling(asked: Asked) -> case.Query | None:
    span, hours = asked.span(), asked.hours()
    if span is None or hours is None:
        return None
    if span.length < hours * HOUR:
        asked.refuse("range-shorter-than-window", "asks about less than one window", f"at least {hours} hours")
        return None
    return case.AskRolling(span, hours)


def _daily(asked: Asked) -> case.Query | None:
    dates = asked.dates()
    return case.AskDaily(*dates) if dates else None


def _burn(asked: Asked) -> case.Query | None:
    at, lookbacks_ms = asked["at"], asked.lookbacks_ms()
    return None if at is None or lookbacks_ms is None else case.AskBurn(at, lookbacks_ms)


def _forecast(asked: Asked) -> case.Query | None:
    at, hours, days, remaining = asked["at"], asked.hours(), asked.days(), asked["remaining_seconds"]
    if at is None or hours is None or days is None or remaining is None:
        return None
    return case.AskForecast(at, hours, days, remaining * SECOND)


def _statement_of_month(asked: Asked) -> case.Query | None:
    dates, days = asked["month"], asked.agreed_days()
    return None if dates is None or days is None else case.AskStatement(dates[0], dates[1], True, days)


def _statement_of_days(asked: Asked) -> case.Query | None:
    dates, days = asked.run(), asked.days()
    return None if dates is None or days is None else case.AskStatement(dates[0], dates[1], False, days)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of query: its word, its members, what is asked."""

    word: str
    members: Members
    ask: Callable[[Asked], case.Query | None]


def _kind(word: str, ask: Callable[[Asked], case.Query | None], *members: Member, noun: str | None = None) -> Kind:
    kind = Member("kind", same(word), "what is asked")
    return Kind(word, Members(f"query-{noun or word.replace('_', '-')}", (kind, *members, _AS_OF)), ask)


STATEMENT_OF_MONTH = _kind("statement", _statement_of_month, _MONTH, noun="statement-of-month")
STATEMENT_OF_DAYS = _kind("statement", _statement_of_days, _FIRST, _DAYS, noun="statement-of-days")
KINDS = (
    _kind("window", _window, _FROM, _TO),
    _kind("days", _days, _FIRST, _DAYS),
    _kind("month", _month, _MONTH),
    _kind("trailing", _trailing, _AT, _DAYS),
    _kind("any_days", _any_days, _FIRST, _LAST, _DAYS),
    _kind("rolling", _rolling, _FROM, _TO, _HOURS),
    _kind("daily", _daily, _FIRST, _LAST),
    _kind("burn", _burn, _AT, _LOOKBACKS),
    _kind("forecast", _forecast, _AT, _HOURS, _DAYS, _REMAINING),
    STATEMENT_OF_DAYS,
    STATEMENT_OF_MONTH,
)
WORDS = tuple(dict.fromkeys(kind.word for kind in KINDS))
_BY_WORD = {kind.word: kind for kind in KINDS}
_ANY = undecided("query", (kind.members for kind in KINDS))
UNDECIDED = Kind("", Members("query", (Member("kind", same(*WORDS), "what is asked"), *_ANY.members[1:-1])), lambda _: None)


class Query:
    """A query, by its kind. Reads (Kind, Values)."""

    expected = "a query as an object"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The kind and what its members stand for, also where some of these are WRONG."""
        if type(value) is not dict:
            return wrong_type(self, place, sheet)
        kind = _kind_of(value)
        return kind, kind.members.read(value, place, sheet)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """One of the kinds."""
        return {"oneOf": [kind.members.schema(named) for kind in KINDS]}


def _kind_of(value: Mapping[str, Any]) -> Kind:
    word = value.get("kind")
    if word == "statement" and "month" not in value:
        return STATEMENT_OF_DAYS
    return _BY_WORD.get(word, UNDECIDED) if type(word) is str else UNDECIDED


def question(read: Any, agreement: Agreement, sheet: Sheet) -> case.Query | None:
    """What is asked under the agreement, or None and why not on the sheet."""
    if read is WRONG:
        return None
    kind: Kind = read[0]
    return kind.ask(Asked(read[1], agreement, sheet))
