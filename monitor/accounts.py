"""The accounts of what pages show, kept: of a page that is renewed, little has changed.

An account is made to the end of a day, as if what is known now went on, and cut at the instant that is asked for: so time alone
makes nothing anew but once a day. What the finished days say is kept beside it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil
from operator import itemgetter

from monitor.kept import Kept
from monitor.ports import StreamKey
from reports.snapshot import DayBar
from sla.account import Account, Terms, account
from sla.agreement import Agreement
from sla.answer import DatedFigures
from sla.bars import Bar, bars
from sla.calendar import date_of, days_between, start, starts
from sla.composition import Quad, leaves
from sla.counted import Counted
from sla.evaluate import trailing_of
from sla.exclusion import Exclusion
from sla.facts import levels_of
from sla.maintenance import Maintenance
from sla.span import DAY, Instant, Span
from sla.steps import BEGINNING, Steps
from sla.timeline import Timeline
from sla.track import Track

BAR_DAYS = 90
PRESENT_MONTH_DAYS = 32
KEPT = 16_384
"""Components, sites and public entries whose account is kept: some 3 kB each where little happened."""

_at = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Past:
    """What the finished days before today say: the bars of a page, and the agreement's window of complete dates."""

    days: tuple[DayBar, ...]
    trailing: DatedFigures


@dataclass(frozen=True, slots=True)
class Shown:
    """An account at one instant, and what its finished days say."""

    account: Account
    past: Past

    @property
    def track(self) -> Track:
        """What was seen."""
        return self.account.track


class Accounts:
    """Makes accounts, and gives one again as long as everything that it is made of is the same."""

    def __init__(self, most: int = KEPT) -> None:
        self._levels: Kept[Steps[Quad]] = Kept(most)
        self._ahead: Kept[Account] = Kept(most)
        self._pasts: Kept[Past] = Kept(most)

    def levels(self, stream: StreamKey, timeline: Timeline, stays_down: bool) -> Steps[Quad]:
        """The levels that the timeline of a stream tells."""
        return self._levels.get(stream, (timeline, stays_down), lambda: levels_of(timeline, stays_down))

    def shown(
        self, place: Hashable, terms: Terms, levels: Mapping[str, Steps[Quad | None]], observed: Span, barred: bool = True
    ) -> Shown:
        """What ``account_of`` says of ``terms`` over the time ``observed``, kept at ``place``; ``barred``: with bars of days."""
        now, agreement = observed.end, terms.agreement
        known, told = as_known(terms, now), [levels.get(name, ()) for name in leaves(terms.tree)]
        until = now - now % DAY + DAY
        made_of = known, told, observed.start, until
        ahead = self._ahead.get(place, made_of, lambda: account_of(known, levels, Span(observed.start, until)))
        cut, today = until_then(ahead, now), date_of(agreement.zone, now)
        begun = start(agreement.zone, today)
        before = [steps[: bisect_left(steps, begun, key=_at)] for steps in told]
        past = self._pasts.get(place, (known, before, observed.start, today), lambda: past_of(cut, agreement, today, now, barred))
        return Shown(cut, past)


def account_of(terms: Terms, levels: Mapping[str, Steps[Quad | None]], observed: Span) -> Account:
    """The account of ``terms`` while it was observed, over all windows that a page asks for."""
    agreement = terms.agreement
    longest = (agreement.days + PRESENT_MONTH_DAYS) * DAY
    within = Span(min(observed.start, observed.end - longest), observed.end + PRESENT_MONTH_DAYS * DAY)
    since = replace(agreement, effective_from=observed.start)
    return account(replace(terms, agreement=since, as_of=observed.end), levels, within)


def as_known(terms: Terms, at: Instant) -> Terms:
    """``terms`` with what was decided and announced until ``at`` alone: read later, they say what they said then."""
    exclusions = tuple(_decided(one, at) for one in terms.exclusions)
    return replace(terms, exclusions=exclusions, maintenance=tuple(_announced(one, at) for one in terms.maintenance))


def _decided(one: Exclusion, at: Instant) -> Exclusion:
    known = one.history and tuple(decision for decision in one.history if decision.at <= at)
    return one if known == one.history else replace(one, history=known)


def _announced(one: Maintenance, at: Instant) -> Maintenance:
    known = tuple(notice for notice in one.announcements if notice.at <= at)
    return one if known == one.announcements else replace(one, announcements=known)


def until_then(ahead: Account, at: Instant) -> Account:
    """What of an account had been at ``at``."""
    observed = ahead.track.observed
    seen = observed.cut(Span(BEGINNING, at)) if observed else None
    return Account(replace(ahead.track, observed=seen), ahead.counted.until(at))


def past_of(one: Account, agreement: Agreement, today: date, now: Instant, barred: bool) -> Past:
    """What the dates before ``today`` say: nothing that happens today changes it."""
    first, last = today - timedelta(days=BAR_DAYS - 1), today - timedelta(days=1)
    days = bars_of(one, agreement.zone, first, last) if barred else ()
    return Past(days, trailing_of(one, agreement, now, agreement.days).whole)


def bars_of(one: Account, zone: str, first: date, last: date) -> tuple[DayBar, ...]:
    """The local dates ``first`` to ``last`` of an account, with what of each is left out."""
    bounds = starts(zone, first, last)
    days = dict(zip(days_between(first, last), pairwise(bounds), strict=False))
    return tuple(_bar(day, one.counted, *days[day.date]) for day in bars(one.track, zone, first, last))


def _bar(day: Bar, counted: Counted, since: Instant, until: Instant) -> DayBar:
    if not (day.down_ms or day.degraded_ms or day.unknown_ms or counted.excluded):
        return _good(day.date, day.observed_ms)
    off = {cause: weight for cause, tally in counted.excluded.items() if (weight := tally.between(since, until))}
    left_out = ceil(Fraction(sum(off.values()), counted.scale))
    return DayBar(day.date, day.down_ms, day.degraded_ms, day.unknown_ms, day.observed_ms, left_out, tuple(off))


@lru_cache(1_024)
def _good(on: date, observed_ms: int) -> DayBar:
    """A day of which there is nothing to say: one for all, since most days of most components are such."""
    return DayBar(on, 0, 0, 0, observed_ms)
