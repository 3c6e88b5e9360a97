"""Live derivations brought back from stored looks: after a start, after a failed commit, after a late look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from sqlalchemy.engine import Connection

from monitor.ports import Result
from monitor.store import catalogue, changes, chunks, results
from monitor.store.results import Stream
from sla.span import END_OF_TIME, HOUR, MINUTE, Instant, Span
from sla.state import Cause, State
from sla.stream import Stream as Derivation
from sla.timeline import Change, Rule, Sample, Timeline, fold, standing

_REACHES = (3 * MINUTE, 12 * MINUTE, 48 * MINUTE, 192 * MINUTE, 768 * MINUTE, chunks.RAW_KEPT + HOUR)
"""How far back looks are read, step by step: three minutes settle a check of one minute."""


def samples(looks: Iterable[Result]) -> list[Sample]:
    """``looks`` as evidence, in the order in which they count: by instant, at one instant the worse first."""
    return sorted((sample(look) for look in looks), key=lambda s: (s.at, s.state))


def sample(look: Result) -> Sample:
    """``look`` as evidence. The row of a clock that went back says with its duration how much time was told twice."""
    back = look.cause is Cause.CLOCK_STEP and look.took_ms is not None
    return Sample(look.at, look.state, look.cause, look.at + round(look.took_ms or 0) if back else None)


def recalled(connection: Connection, rules: Mapping[int, Rule]) -> tuple[dict[Stream, Derivation], dict[Stream, Instant]]:
    """(derivations, newest slots) of every stream that has looks, as they were before the last end.

    Looks are read backwards from the newest, each time further, but only of the streams that do not stand on a confirmed
    stretch yet: what it costs grows with the streams and the looks they need, not with what is stored.
    """
    newest = results.newest_slot(connection)
    if newest is None:
        return {}, {}
    found = _by_stream(results.within(connection, Span(newest - _REACHES[0], END_OF_TIME)), rules)
    missing = _known(connection, rules, found)
    for near, far in pairwise(_REACHES):
        missing = {key for key in missing if not _stands(found.get(key, ()), rules[key[0]])}
        if not missing:
            break
        for key, looks in _older(connection, Span(newest - far, newest - near), missing, rules, near).items():
            found[key] = looks + found.get(key, [])
    derived = {key: Derivation.restore(rules[key[0]], samples(looks)) for key, looks in found.items()}
    return derived, {key: looks[-1].slot for key, looks in found.items()}


def _by_stream(looks: Iterable[Result], rules: Mapping[int, Rule]) -> dict[Stream, list[Result]]:
    """The looks of watched checks, in their order."""
    found: dict[Stream, list[Result]] = defaultdict(list)
    for look in looks:
        if look.check_no in rules:
            found[look.check_no, look.location_no].append(look)
    return dict(found)


def _known(connection: Connection, rules: Mapping[int, Rule], found: Iterable[Stream]) -> set[Stream]:
    """Every watched stream that may have looks: found now, changed ever; of a check without either, each location."""
    known = {key for key in (*found, *changes.streams(connection)) if key[0] in rules}
    unseen = rules.keys() - {check for check, _ in known}
    return known | {(check, location) for check in unseen for location in catalogue.read(connection).locations.values()}


def _older(
    connection: Connection, span: Span, streams: Iterable[Stream], rules: Mapping[int, Rule], age: int
) -> dict[Stream, list[Result]]:
    """What ``streams`` have in ``span``, which ended ``age`` ms before the newest look.

    A look that only says why nobody knows names the silence inside a hold. Where the hold is over that has been told; such
    looks are then left in their table: there may be hours of them.
    """
    holding = {key for key in streams if rules[key[0]].hold_ms >= age}
    looks = chunks.history(connection, span, holding)
    looks += chunks.history(connection, span, {*streams} - holding, telling=True)
    return _by_stream(looks, rules)


def rederived(
    connection: Connection, stream: Stream, rule: Rule, late: Instant, now: Instant
) -> tuple[Derivation, changes.Addition]:
    """(derivation, rows to append) of ``stream`` after a look at ``late`` came in behind later ones."""
    until = max(late, results.newest_slot(connection) or late) + 1
    looks: list[Result] = []
    for reach in sorted({*_REACHES, 2 * rule.hold_ms}):
        looks = chunks.history(connection, Span(late - reach, until), [stream])
        if reach >= 2 * rule.hold_ms and _stands([look for look in looks if look.at < late], rule):
            break
    fresh, taken = Derivation(rule), samples(looks)
    deltas = [*(fresh.take(sample) for sample in taken), fresh.silent(now)]
    whole = fold((c for delta in deltas for c in delta.changes), (d for delta in deltas for d in delta.doubts))
    said = changes.Addition(stream, (*_voided(taken, whole), *whole.changes), whole.doubts)
    return fresh, changes.missing(connection, [said], until=END_OF_TIME)[0]


def _voided(taken: Iterable[Sample], whole: Timeline) -> tuple[Change, ...]:
    """Where time told twice comes before all evidence that stands: what was said of it is taken back too."""
    steps = [step.at for step in taken if step.until is not None]
    if not steps or (whole.changes and whole.changes[0].at <= steps[0]):
        return ()
    return (Change(steps[0], State.UNKNOWN, Cause.CLOCK_STEP),)


def _stands(looks: Sequence[Result], rule: Rule) -> bool:
    """Whether ``looks`` alone decide both "down" and "below up"."""
    levels = [sample.state for sample in standing(samples(looks)) if sample.state is not State.UNKNOWN]
    return all(
        _decided([level is State.DOWN if down else level is not State.UP for level in levels], rule) for down in (True, False)
    )


def _decided(bad: Sequence[bool], rule: Rule) -> bool:
    run = 0
    for place, value in enumerate(bad):
        run = run + 1 if place and value is bad[place - 1] else 1
        if run >= (rule.failures if value else rule.successes):
            return True
    return False
