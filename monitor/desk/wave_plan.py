"""A rollout laid out: which site is in which wave, and when each wave is, by the rings and the provider's clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.config.configuration import Configuration, Rollouts, Train
from sla.calendar import date_of, wall_clock
from sla.rollout import RINGS
from sla.span import DAY, Instant, Span

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Laid:
    """One wave as wanted: its ring, its window, the keys of its sites."""

    ring: str
    span: Span
    sites: tuple[str, ...]


def laid_out(configuration: Configuration, first: Instant) -> tuple[Laid, ...]:
    """All sites in waves by their rings; the first wave begins at ``first``, each later one after the soak before it."""
    rules, zone, at = configuration.rollouts, configuration.provider.zone, first
    found = []
    for ring, sites in _groups(configuration):
        span = Span(at, at + rules.window_ms)
        found.append(Laid(ring, span, sites))
        at = next_start(zone, rules.starts_at, span.end + rules.soak_of(ring))
    return tuple(found)


def _groups(configuration: Configuration) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sites of each wave; the last ring is cut into as many waves as are wanted, as equal as may be."""
    for ring in RINGS:
        sites = tuple(site.key for site in configuration.sites if site.ring == ring)
        many = min(configuration.rollouts.general_waves, len(sites)) if ring == RINGS[-1] else min(1, len(sites))
        yield from ((ring, part) for part in _shares(sites, many))


def _shares(sites: Sequence[str], many: int) -> Iterator[tuple[str, ...]]:
    for number in range(many):
        yield tuple(sites[len(sites) * number // many : len(sites) * (number + 1) // many])


def next_start(zone: str, minutes: int, not_before: Instant) -> Instant:
    """The first instant, ``not_before`` or later, at which the clock of ``zone`` shows ``minutes`` of the day."""
    day = date_of(zone, not_before)
    while True:
        (at,) = wall_clock(zone, day, (minutes,))
        if at >= not_before:
            return at
        day += _ONE_DAY


def next_train(rules: Rollouts, zone: str, now: Instant) -> Instant | None:
    """When the train begins that is to be drafted by ``now``; None: none yet. The one before the last is not caught up on."""
    train = rules.train
    if train is None:
        return None
    (start,) = wall_clock(zone, _train_day(train, date_of(zone, now)), (rules.starts_at,))
    return start if now < start <= now + train.ahead_days * DAY else None


def _train_day(train: Train, today: date) -> date:
    """The first train day after ``today``."""
    passed = (today - train.first).days
    return train.first if passed < 0 else train.first + (passed // train.every_days + 1) * timedelta(days=train.every_days)
