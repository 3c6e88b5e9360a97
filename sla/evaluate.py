"""A case in, its answer out: the one way from facts and an agreement to every kind of figure."""

from __future__ import annotations

from datetime import date, timedelta

from sla.account import Account, Terms, account
from sla.agreement import Agreement
from sla.answer import (
    Answer,
    AnyDaysAnswer,
    Burn,
    Daily,
    DatedFigures,
    Forecast,
    RollingAnswer,
    StatementAnswer,
    TrailingAnswer,
)
from sla.any_days import any_days, date_windows
from sla.budget import breach_at, burn_rate, exhausted_at, regained_at, relief, windows_begun
from sla.calendar import date_of, span, start
from sla.case import (
    AskAnyDays,
    AskBurn,
    AskDaily,
    AskDays,
    AskForecast,
    AskMonth,
    AskRolling,
    AskStatement,
    AskTrailing,
    AskWindow,
    Case,
)
from sla.composition import ALL_UP, All, Leaf, Quad
from sla.facts import levels, levels_at
from sla.figures import daily, dated, day_row, figures, plain
from sla.outage import outages
from sla.rolling import rolling
from sla.span import HOUR, Instant, Span
from sla.steps import FOREVER
from sla.versions import ending_in, together, versions

_ONE_DAY = timedelta(days=1)


def evaluate(case: Case) -> Answer:
    """The answer to the query of ``case``. Raises ValueError if no window of the query holds any time."""
    match case.query:
        case AskWindow(window):
            return figures(accounted(case, window).counted, case.agreement, window)
        case AskDays(first, last) | AskMonth(first, last):
            return dated(accounted(case, _dates(case, first, last)).counted, case.agreement, first, last)
        case AskDaily(first, last):
            return Daily(daily(accounted(case, _dates(case, first, last)).counted, case.agreement.zone, first, last))
        case AskAnyDays(first, last, days):
            return _any_days(case, first, last, days)
        case AskRolling(within, hours):
            return rolling_of(accounted(case, within), case.agreement, within, hours)
        case AskTrailing(at, days):
            return _trailing(case, at, days)
        case AskBurn(at, lookbacks):
            counted = accounted(case, Span(at - max(lookbacks), at)).counted
            return Burn(tuple(burn_rate(counted, case.agreement, at, lookback) for lookback in lookbacks))
        case AskForecast() as ask:
            return _forecast(case, ask)
        case AskStatement() as ask:
            return _statement(case, ask)


def _dates(case: Case, first: date, last: date) -> Span:
    return span(case.agreement.zone, first, last)


def terms(case: Case) -> Terms:
    """Under what the site of ``case`` is counted."""
    tree = case.tree or All(tuple(Leaf(name) for name in case.components))
    return Terms(case.agreement, tree, case.exclusions, case.maintenance, case.as_of)


def _stays_down(case: Case) -> bool:
    return case.agreement.down_then_unknown == "stays-down"


def accounted(case: Case, within: Span) -> Account:
    """The site of ``case`` over ``within``, whatever its query."""
    parts = {name: levels(component, case.as_of, _stays_down(case)) for name, component in case.components.items()}
    return account(terms(case), parts, within)


def _any_days(case: Case, first: date, last: date, days: int, seen: Account | None = None) -> AnyDaysAnswer:
    """Every run of dates by the version in force at its last instant; ``seen`` is the site by the newest, if it is at hand."""
    parts = []
    for one, in_force in versions(case) if case.earlier else ():
        if dates := ending_in(one.agreement.zone, in_force, first, last, days):
            parts.append(any_days_of(accounted(one, _dates(one, *dates)), one.agreement, *dates, days))
    if parts:
        return together(parts)
    return any_days_of(seen or accounted(case, _dates(case, first, last)), case.agreement, first, last, days)


def any_days_of(seen: Account, agreement: Agreement, first: date, last: date, days: int) -> AnyDaysAnswer:
    """Every run of ``days`` local dates within ``first`` to ``last``. Raises ValueError if none fits."""
    windows = date_windows(agreement.zone, first, last, days)
    found = any_days(seen.counted, agreement, windows)
    worst = windows.span(found.worst)
    begun = windows.dates[found.worst]
    return AnyDaysAnswer(
        days,
        windows.count,
        found.verdict,
        DatedFigures(begun, begun + timedelta(days=days - 1), figures(seen.counted, agreement, worst)),
        outages(seen, worst),
        tuple(windows.dates[number] for number in found.breached),
        tuple(windows.dates[number] for number in found.undetermined),
    )


def rolling_of(seen: Account, agreement: Agreement, within: Span, hours: int) -> RollingAnswer:
    """Every window of ``hours`` within ``within``. Raises ValueError if none fits."""
    found = rolling(seen.counted, agreement, within, hours * HOUR)
    return RollingAnswer(hours, found.verdict, plain(seen.counted, agreement, found.worst), outages(seen, found.worst))


def _trailing(case: Case, at: Instant, days: int) -> TrailingAnswer:
    zone = case.agreement.zone
    since = start(zone, date_of(zone, at) - timedelta(days=days))
    return trailing_of(accounted(case, Span(since, at)), case.agreement, at, days)


def trailing_of(seen: Account, agreement: Agreement, at: Instant, days: int) -> TrailingAnswer:
    """The ``days`` complete local dates before the date of ``at``, and its part until ``at``."""
    today = date_of(agreement.zone, at)
    begun = start(agreement.zone, today)
    whole = dated(seen.counted, agreement, today - timedelta(days=days), today - _ONE_DAY)
    return TrailingAnswer(whole, day_row(seen.counted, today, Span(begun, at)) if begun < at else None)


def _forecast(case: Case, ask: AskForecast) -> Forecast:
    at, length, agreement = ask.at, ask.hours * HOUR, case.agreement
    as_it_is = _account_at(case, ask, None).counted
    return Forecast(
        exhausted_at(as_it_is, agreement, at, length),
        regained_at(_account_at(case, ask, ALL_UP).counted, agreement, at, length, ask.remaining_ms),
        breach_at(as_it_is, agreement, at, ask.days),
        relief(as_it_is, at, length),
    )


def _account_at(case: Case, ask: AskForecast, then: Quad | None) -> Account:
    """The site as known at the question's instant; from then on each component stays as it is, or is ``then``."""
    at, length = ask.at, ask.hours * HOUR
    parts = {name: levels_at(one, case.as_of, _stays_down(case), at, then) for name, one in case.components.items()}
    dates = windows_begun(case.agreement.zone, at, ask.days)
    within = Span(min(at - length, *(one.start for one in dates)), max(at + length, *(one.end for one in dates)))
    return account(terms(case), parts, within, Span(at, FOREVER))


def reach_of(agreement: Agreement, ask: AskStatement) -> Span:
    """All time that a statement speaks of: every window that ends in its dates, by dates and on the plain clock."""
    whole = span(agreement.zone, ask.first, ask.last)
    return Span(min(_rolled(agreement, whole).start, start(agreement.zone, _since(ask))), whole.end)


def _rolled(agreement: Agreement, whole: Span) -> Span:
    """Where the windows on the plain clock lie that end in ``whole``."""
    return Span(whole.start - agreement.rolling_hours * HOUR, whole.end)


def _since(ask: AskStatement) -> date:
    """The first date of the first window of dates that ends in those asked about."""
    return ask.first - timedelta(days=ask.days - 1)


def _statement(case: Case, ask: AskStatement) -> StatementAnswer:
    agreement, first, last = case.agreement, ask.first, ask.last
    whole = span(agreement.zone, first, last)
    seen = accounted(case, reach_of(agreement, ask))
    own = dated(seen.counted, agreement, first, last)
    any_ = _any_days(case, _since(ask), last, ask.days, seen)
    return StatementAnswer(
        own,
        any_,
        rolling_of(seen, agreement, _rolled(agreement, whole), agreement.rolling_hours),
        daily(seen.counted, agreement.zone, first, last),
        outages(seen, whole),
        agreement.judged_by,
        any_.verdict if ask.month and agreement.judged_by == "any_days" else own.figures.verdict,
    )
