"""What one group of looks does to the tables and to the live derivations, inside the transaction that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.ports import Changed, Result
from monitor.store import changes, chunks, results
from monitor.store.recall import recalled, rederived, sample
from monitor.store.results import Stream
from probes.probe import Fact
from sla.span import Instant
from sla.state import State
from sla.stream import Stream as Derivation
from sla.timeline import Rule


@dataclass(frozen=True, slots=True)
class Live:
    """What is said of one stream now: the confirmed state, since when, and looks below up in a row that decide nothing yet."""

    state: State
    since: Instant | None
    last_at: Instant | None
    run: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a group did: new looks, repeats passed over, bad rows set aside, streams that moved, events to tell."""

    kept: int = 0
    absorbed: int = 0
    rejected: tuple[str, ...] = ()
    live: tuple[tuple[Stream, Live], ...] = ()
    events: tuple[Changed, ...] = ()


class Ledger:
    """The live derivations and the rows behind them. Used by the writer's works only, so by one thread.

    After a transaction that was not committed, call ``forget``: the next one reads everything back from the tables.
    """

    def __init__(self, rules: Mapping[int, Rule]) -> None:
        self.rules = rules
        self.volatile: Mapping[int, frozenset[str]] = {}
        """By check, the names of facts that change with every look: their change alone is not worth a row."""
        self._streams: dict[Stream, Derivation] | None = None
        self._newest: dict[Stream, Instant] = {}
        self._recalled_until: dict[Stream, Instant] = {}
        self._shown: dict[Stream, State] = {}
        self._words: dict[Stream, tuple[Mapping[str, Fact], tuple[str, ...]]] = {}

    def forget(self) -> None:
        """Memory may say what no table says: read it back before the next use."""
        self._streams = None

    def load(self, connection: Connection) -> tuple[tuple[Stream, Live], ...]:
        """Read the derivations back if need be; what is said of every stream."""
        streams = self._ready(connection)
        return tuple((key, _live(derivation)) for key, derivation in streams.items())

    def take(self, connection: Connection, group: Sequence[Result], now: Instant) -> Taken:
        """Keep ``group`` and everything that follows from it."""
        self._ready(connection)
        sound, rejected = self._sorted_out(connection, group, now)
        new = self._absent(connection, sound)
        results.insert(connection, new)
        results.insert_details(connection, [look for look in new if self._worth_words(look)])
        chunks.touched(connection, (look.slot for look in new if look.slot < now - chunks.PACK_AFTER))
        additions, moved, late = self._advance(connection, new)
        changes.append(connection, now, additions)
        self._rederive(connection, late, now)
        return Taken(len(new), len(sound) - len(new), rejected, *self._told(moved))

    def silence(self, connection: Connection, now: Instant) -> Taken:
        """Close the streams whose last look does not hold any more: unknown from there on."""
        additions: list[changes.Addition] = []
        for key, derivation in self._ready(connection).items():
            if delta := derivation.silent(now):
                additions.append(changes.Addition(key, delta.changes, delta.doubts))
        changes.append(connection, now, self._unsaid(connection, additions))
        return Taken(0, 0, (), *self._told(addition.stream for addition in additions))

    def _ready(self, connection: Connection) -> dict[Stream, Derivation]:
        if self._streams is None:
            self._streams, self._newest = recalled(connection, self.rules)
            self._recalled_until = {key: d.last_at for key, d in self._streams.items() if d.last_at is not None}
            self._shown = {key: derivation.state for key, derivation in self._streams.items()}
            self._words = {}
        return self._streams

    def _sorted_out(self, connection: Connection, group: Sequence[Result], now: Instant) -> tuple[list[Result], tuple[str, ...]]:
        """The looks that can be kept, by instant; a bad one is set aside and must not hold up the others."""
        sound: list[Result] = []
        rejected: list[str] = []
        for look in group:
            if code := self._fault_of(look):
                rejected.append(code)
                results.reject(connection, now, code, repr(look))
            else:
                sound.append(look)
        return sorted(sound, key=lambda look: (look.at, look.state)), tuple(rejected)

    def _fault_of(self, look: Result) -> str | None:
        if look.check_no not in self.rules:
            return "unknown_check"
        try:
            results.outcome(look.state, look.cause)
        except ValueError:
            return "cause"
        return None

    def _absent(self, connection: Connection, group: Sequence[Result]) -> list[Result]:
        """Those of ``group`` whose name is not kept yet, each once. Above the newest slot of its stream nothing can be kept."""
        streams = self._newest
        ask = [look.name for look in group if look.slot <= streams.get((look.check_no, look.location_no), look.slot)]
        known = results.present(connection, ask) | chunks.packed_names(connection, ask) if ask else set()
        new: list[Result] = []
        for look in group:
            if look.name not in known:
                known.add(look.name)
                new.append(look)
        return new

    def _worth_words(self, look: Result) -> bool:
        """Words are kept with the first look of a stream, with every look that is not up, and when facts or advice change."""
        key, facts = (look.check_no, look.location_no), look.facts
        if volatile := self.volatile.get(look.check_no):
            facts = {name: value for name, value in facts.items() if name not in volatile}
        words = (facts, tuple(notice.code for notice in look.notices))
        same = self._words.get(key) == words
        self._words[key] = words
        return look.state is not State.UP or not same

    def _advance(
        self, connection: Connection, looks: Iterable[Result]
    ) -> tuple[list[changes.Addition], list[Stream], dict[Stream, Instant]]:
        """(rows to append, streams whose state now is told anew, earliest late look by stream)."""
        streams, late = self._ready(connection), dict[Stream, Instant]()
        additions: list[changes.Addition] = []
        moved: list[Stream] = []
        for look in looks:
            key = (look.check_no, look.location_no)
            derivation = streams.get(key)
            if derivation is None:
                derivation = streams[key] = Derivation(self.rules[look.check_no])
            self._newest[key] = max(look.slot, self._newest.get(key, look.slot))
            if derivation.last_at is not None and look.at <= derivation.last_at:
                late[key] = min(look.at, late.get(key, look.at))
                if sample(look).until is not None:  # the clock went back: what was shown as now has become the future
                    moved.append(key)
                continue
            moved.append(key)
            if delta := derivation.take(sample(look)):
                additions.append(changes.Addition(key, delta.changes, delta.doubts))
        return self._unsaid(connection, additions), moved, late

    def _unsaid(self, connection: Connection, additions: Sequence[changes.Addition]) -> list[changes.Addition]:
        """``additions`` without what stands already: only a derivation just read back can repeat itself."""
        asked = [(one, self._may_repeat(one)) for one in additions]
        lacking = iter(changes.missing(connection, [one for one, repeats in asked if repeats]))
        return [next(lacking) if repeats else one for one, repeats in asked]

    def _may_repeat(self, addition: changes.Addition) -> bool:
        until = self._recalled_until.get(addition.stream)
        if until is None:
            return False
        if min([c.at for c in addition.changes] + [d.start for d in addition.doubts]) > until:
            del self._recalled_until[addition.stream]
            return False
        return True

    def _rederive(self, connection: Connection, late: Mapping[Stream, Instant], now: Instant) -> None:
        """History takes late looks in; what is shown as live stays until the next look in time."""
        streams = self._ready(connection)
        for key, at in late.items():
            streams[key], addition = rederived(connection, key, self.rules[key[0]], at, now)
            self._recalled_until[key] = streams[key].last_at or at
            changes.append(connection, now, [addition])

    def _told(self, moved: Iterable[Stream]) -> tuple[tuple[tuple[Stream, Live], ...], tuple[Changed, ...]]:
        streams = self._streams or {}
        live: dict[Stream, Live] = {}
        events: list[Changed] = []
        for key in dict.fromkeys(moved):
            derivation = streams[key]
            live[key] = _live(derivation)
            if derivation.state is not self._shown.get(key, State.UNKNOWN):
                self._shown[key] = derivation.state
                events.append(Changed(*key, derivation.since or 0, derivation.state))
        return tuple(live.items()), tuple(events)


def _live(derivation: Derivation) -> Live:
    return Live(derivation.state, derivation.since, derivation.last_at, derivation.run)
