"""The account of a site over a span of time: what was seen of it and what of that counts, in one sweep of all changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sla.agreement import Agreement
from sla.composition import Node, Quad, leaves, value
from sla.counted import Counted, tallied
from sla.counting import Moment, Price, Rules, Weight
from sla.exclusion import Exclusion
from sla.maintenance import Impact, Maintenance
from sla.service import in_service
from sla.span import SECOND, Instant, Span
from sla.state import State
from sla.steps import BEGINNING, FOREVER, Steps, always, during, merged
from sla.track import Track

_UNSEEN = always((State.DOWN.value, State.UP.value) * 2)


@dataclass(frozen=True, slots=True)
class Account:
    """What was seen of a site, and what of that counts."""

    track: Track
    counted: Counted

    def shown(self, at: Instant) -> State:
        """The state to show at ``at``; UNKNOWN outside the observed time."""
        return self.track.shown(at)


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a site is counted: its agreement and composition, exclusions and maintenance, as known at ``as_of``."""

    agreement: Agreement
    tree: Node
    exclusions: tuple[Exclusion, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    as_of: Instant | None = None

    def observed(self) -> Span | None:
        """The time that the agreement covers and that has been, as of then."""
        start = BEGINNING if self.agreement.effective_from is None else self.agreement.effective_from
        ends = (self.agreement.effective_to, self.as_of, FOREVER)
        end = min(end for end in ends if end is not None)
        return Span(start, end) if start < end else None

    def counting(self) -> tuple[Exclusion, ...]:
        """The exclusions that count, in the order of their approval."""
        causes = self.agreement.excluded_causes
        agreed = (one for one in self.exclusions if one.cause in causes)
        approved = [(at, one.id, one) for one in agreed if (at := one.approved_at(self.as_of)) is not None]
        return tuple(one for _, _, one in sorted(approved, key=itemgetter(0, 1)))

    def rules(self, within: Span) -> Rules:
        """What decides about each millisecond of ``within``."""
        agreement = self.agreement
        exclusions = tuple(one for one in self.counting() if one.span.cut(within))
        maintenance = self.maintenance if agreement.maintenance == "excluded" else ()
        removes = agreement.exclusion_effect == "remove-from-period"
        return Rules(self.tree, Price.by(agreement), removes, exclusions, maintenance)


def account(terms: Terms, components: Mapping[str, Steps[Quad | None]], within: Span, also: Span | None = None) -> Account:
    """The account over ``within`` of the site that ``terms`` make of ``components``; one without levels is unknown.

    ``also`` is time to be treated as observed. Windows outside ``within`` may not be asked for.
    """
    observed, rules = terms.observed(), terms.rules(within)
    named = {name: components.get(name, _UNSEEN) for name in leaves(terms.tree)}
    several = [*named.values(), *_overlays(terms, rules, within), during(span for span in (observed, also) if span)]
    known: dict[tuple[Any, ...], tuple[Quad | None, Weight]] = {}
    track: list[tuple[Instant, Quad | None]] = []
    weights: list[tuple[Instant, Weight]] = []
    for at, key in merged(several, within):
        if key not in known:
            known[key] = _judged(rules, tuple(named), key)
        quad, weight = known[key]
        if not track or track[-1][1] != quad:
            track.append((at, quad))
        weights.append((at, weight))
    counted = tallied(weights, within.end, observed, rules.price.scale, rules.price.unknown_leaves)
    return Account(Track(observed and observed.cut(within), track, named), counted)


def _overlays(terms: Terms, rules: Rules, within: Span) -> Iterator[Steps[Any]]:
    """What beside the components decides: each exclusion and maintenance, the service hours."""
    notice = terms.agreement.maintenance_notice_seconds * SECOND
    yield from (during((one.span,)) for one in rules.exclusions)
    yield from (_forgiven(one, notice, terms.as_of) for one in rules.maintenance)
    yield in_service(terms.agreement, within)


def _judged(rules: Rules, names: Sequence[str], key: tuple[Any, ...]) -> tuple[Quad | None, Weight]:
    """What the site is while all steps have the values of ``key``, and what a millisecond of it weighs."""
    first, second = len(names), len(names) + len(rules.exclusions)
    *_, serving, observed = key
    parts = dict(zip(names, key[:first], strict=True))
    moment = Moment(parts, key[first:second], key[second:-2], serving, observed)
    return value(rules.tree, parts), rules.weight(moment)


def _forgiven(maintenance: Maintenance, notice_ms: int, as_of: Instant | None) -> Steps[Impact]:
    """How much of ``maintenance`` is forgiven over time."""
    steps = [(BEGINNING, Impact.NO_IMPACT)]
    for span, impact in maintenance.forgiven(notice_ms, as_of):
        if steps[-1][0] == span.start:
            steps.pop()
        steps += [(span.start, impact), (span.end, Impact.NO_IMPACT)]
    return steps
