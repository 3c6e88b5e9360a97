"""Live derivations brought back from stored looks: after a start, after a failed commit, after a late look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.engine import Connection

from monitor.ports import Result
from monitor.store import changes, chunks, results
from monitor.store.results import Stream
from sla.span import END_OF_TIME, HOUR, MINUTE, Instant, Span
from sla.state import Cause, State
from sla.stream import Stream as Derivation
from sla.timeline import Change, Rule, Sample, Timeline, fold, standing

_FIRST_REACH = 3 * MINUTE
_FAR = chunks.RAW_KEPT + HOUR


def samples(looks: Iterable[Result]) -> list[Sample]:
    """``looks`` as evidence, in the order in which they count: by instant, at one instant the worse first."""
    return sorted((sample(look) for look in looks), key=lambda s: (s.at, s.state))


def sample(look: Result) -> Sample:
    """``look`` as evidence. The row of a clock that went back says with its duration how much time was told twice."""
    back = look.cause is Cause.CLOCK_STEP and look.took_ms is not None
    return Sample(look.at, look.state, look.cause, look.at + round(look.took_ms or 0) if back else None)


def recalled(connection: Connection, rules: Mapping[int, Rule]) -> tuple[dict[Stream, Derivation], dict[Stream, Instant]]:
    """(derivations, newest slots) of every stream that has looks, as they were before the last end.

    Looks are read backwards from the newest, each time twice as far, until every stream stands on a confirmed stretch.
    """
    newest = results.newest_slot(connection)
    if newest is None:
        return {}, {}
    found: dict[Stream, list[Result]] = {}
    open_streams, reach = changes.streams(connection), _FIRST_REACH
    while True:
        by_stream: dict[Stream, list[Result]] = defaultdict(list)
        for look in results.within(connection, Span(newest - reach, END_OF_TIME)):
            by_stream[look.check_no, look.location_no].append(look)
        found |= {key: looks for key, looks in by_stream.items() if key[0] in rules}
        open_streams = {key for key in {*open_streams, *found} if not _stands(found.get(key, ()), rules.get(key[0]))}
        if not open_streams or reach > _FAR:
            break
        reach *= 4
    derived = {key: Derivation.restore(rules[key[0]], samples(looks)) for key, looks in found.items()}
    return derived, {key: looks[-1].slot for key, looks in found.items()}


def rederived(
    connection: Connection, stream: Stream, rule: Rule, late: Instant, now: Instant
) -> tuple[Derivation, changes.Addition]:
    """(derivation, rows to append) of ``stream`` after a look at ``late`` came in behind later ones."""
    reach = max(_FIRST_REACH, 2 * rule.hold_ms)
    while True:
        looks = chunks.history(connection, Span(late - reach, END_OF_TIME), stream)
        if reach > _FAR or _stands([look for look in looks if look.at < late], rule):
            break
        reach *= 4
    fresh, taken = Derivation(rule), samples(looks)
    deltas = [*(fresh.take(sample) for sample in taken), fresh.silent(now)]
    whole = fold((c for delta in deltas for c in delta.changes), (d for delta in deltas for d in delta.doubts))
    said = changes.Addition(stream, (*_voided(taken, whole), *whole.changes), whole.doubts)
    return fresh, changes.missing(connection, said, until=END_OF_TIME)


def _voided(taken: Iterable[Sample], whole: Timeline) -> tuple[Change, ...]:
    """Where time told twice comes before all evidence that stands: what was said of it is taken back too."""
    steps = [step.at for step in taken if step.until is not None]
    if not steps or (whole.changes and whole.changes[0].at <= steps[0]):
        return ()
    return (Change(steps[0], State.UNKNOWN, Cause.CLOCK_STEP),)


def _stands(looks: Sequence[Result], rule: Rule | None) -> bool:
    """Whether ``looks`` alone decide both "down" and "below up"; a check that is not watched any more need not stand."""
    if rule is None:
        return True
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
