"""What the gate before a wave looks at, gathered from what was measured, told and promised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration
from monitor.desk.seen_over import case_over, seen_over
from monitor.store import incidents
from sla.account import Account
from sla.agreement import Agreement
from sla.figures import plain
from sla.gate import ANNOUNCED_RANK, RANK, Decision, Evidence, SiteNext, SiteSeen, decide
from sla.maintenance import Impact
from sla.rollout import Rollout, Wave, Window
from sla.span import HOUR, Instant, Span
from sla.state import State


def decision(connection: Connection, configuration: Configuration, rollout: Rollout, wave: Wave, now: Instant) -> Decision:
    """What the gate says before ``wave`` of ``rollout`` by all that is recorded now."""
    before = rollout.waves[wave.number - 2] if wave.number > 1 else None
    found = Evidence(
        wave,
        before,
        tuple(_seen(connection, one, before.soak_ms, now) for one in before.windows if one.begun_at) if before else (),
        tuple(_ahead(connection, configuration, one, now) for one in wave.windows),
        tuple(_naming(connection, rollout.release)),
    )
    return decide(found, now)


def _seen(connection: Connection, window: Window, soak_ms: int, now: Instant) -> SiteSeen:
    """How a site was from the moment its window began until it has soaked, or until now."""
    assert window.begun_at is not None
    begun, end = window.begun_at, now if window.over_at is None else min(now, window.over_at + soak_ms)
    span = Span(begun, max(end, begun + 1))
    case = case_over(connection, window.site, span, now)
    if case is None:
        return SiteSeen(window.site, span, 0, 0, Fraction(0))
    seen = seen_over(case, Span(begun - 1, span.end), now)
    measured = sum(part.length for part, state in seen.track.states(span) if state is not State.UNKNOWN)
    return SiteSeen(window.site, span, measured, _worse_ms(seen, window, span), _beyond_ms(seen, window.span, span))


def _worse_ms(seen: Account, window: Window, span: Span) -> int:
    """How long the site was worse than announced; what was degraded before has not become so by the release."""
    before = min(RANK.get(seen.shown(span.start - 1), 0), RANK[State.DEGRADED])
    within = max(before, ANNOUNCED_RANK[window.impact])
    worse = 0
    for part, state in seen.track.states(span):
        inside = part.cut(window.span)
        rank, announced_ms = RANK.get(state, 0), inside.length if inside else 0
        worse += (announced_ms if rank > within else 0) + (part.length - announced_ms if rank > before else 0)
    return worse


def _beyond_ms(seen: Account, announced: Span, span: Span) -> Fraction:
    """The counted downtime in ``span`` outside the ``announced`` window."""
    inside, down = announced.cut(span), seen.counted.down
    units = down.between(span.start, span.end) - (down.between(inside.start, inside.end) if inside else 0)
    return Fraction(units, seen.counted.scale)


def _ahead(connection: Connection, configuration: Configuration, window: Window, now: Instant) -> SiteNext:
    """What is left of the site's rolling budget when its window ends, if all of it is as bad as announced."""
    site = next((one for one in configuration.sites if one.key == window.site), None)
    agreement = site.promised_at(window.span.start).agreement if site else Agreement()
    length = agreement.rolling_hours * HOUR
    span = Span(window.span.end - length, window.span.end)
    case = case_over(connection, window.site, span, now) if site else None
    if case is None:
        return SiteNext(window.site, (1 - agreement.goal) * length, None)
    figures = plain(seen_over(case, span, now).counted, agreement, span)
    return SiteNext(window.site, figures.budget_ms, figures.remaining_ms - _price(agreement, window.impact) * window.span.length)


def _price(agreement: Agreement, impact: Impact) -> Fraction:
    """The share of an announced window that counts as downtime at most."""
    if agreement.maintenance == "excluded":
        return Fraction(0)
    return {Impact.OUTAGE: Fraction(1), Impact.DEGRADED: Fraction(agreement.degraded_impact)}.get(impact, Fraction(0))


def _naming(connection: Connection, release: str | None) -> Iterator[str]:
    """The open incidents in whose title or words the release is named, whole: 10.18.3 is not in 10.18.30."""
    if release is None:
        return
    named = re.compile(rf"(?<![\w.]){re.escape(release)}(?!\w|\.\w)")
    for one in incidents.unresolved(connection):
        if any(named.search(f"{update.title or ''}\n{update.body}") for update in one.updates):
            yield one.id
