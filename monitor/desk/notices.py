"""What an operator may do with letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.desk.people import Person, lacking
from monitor.desk.refusal import Refused, refused
from monitor.store import audit, letters
from monitor.store.audit import Entry
from sla.exclusion import Fault
from sla.span import Instant


@dataclass(frozen=True, slots=True)
class Retried:
    """The letters that are tried again."""

    numbers: tuple[int, ...]


def retry(connection: Connection, person: Person, numbers: Sequence[int], now: Instant) -> Retried | Refused:
    """Send letters once more that wait or were refused; if one of them can't be, none is."""
    found = faults(connection, person, numbers)
    entry = Entry(person.actor, "notice.retry", "letters", {"letters": list(numbers)})
    if found:
        return refused(connection, now, entry, found)
    letters.retried(connection, numbers, now)
    audit.append(connection, now, entry)
    return Retried(tuple(sorted(set(numbers))))


def faults(connection: Connection, person: Person, numbers: Sequence[int]) -> list[Fault]:
    """Every rule that sending these letters once more would break."""
    found = list(lacking(person, "operate"))
    for place, no in enumerate(numbers):
        letter = letters.find(connection, no)
        if letter is None or letter.state not in letters.RETRIABLE:
            state = "no such letter" if letter is None else letter.state.value
            found.append(Fault("not-retriable", ("letters", place), f"letter {no} can't be sent again", state, "new or dead"))
    return found
