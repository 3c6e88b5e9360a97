"""A deed that was refused: every rule it breaks at once, nothing done, and the attempt in the audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from sqlalchemy.engine import Connection

from monitor.store import audit
from monitor.store.audit import Entry
from sla.exclusion import Fault
from sla.mistake import SHOWN
from sla.span import Instant


@dataclass(frozen=True, slots=True)
class Refused:
    """Every rule that the deed breaks."""

    faults: tuple[Fault, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The rules' names."""
        return frozenset(fault.code for fault in self.faults)


def refused(connection: Connection, now: Instant, deed: Entry, faults: Iterable[Fault]) -> Refused:
    """Note in the audit that ``deed`` was tried, and by which rules it was refused."""
    told = tuple(faults)
    body = {**deed.body, "refused": [fault.code for fault in told]}
    audit.append(connection, now, replace(deed, action=f"{deed.action}.refused", body=body))
    return Refused(told)


def unless_printable(member: str, text: str, longest: int, least: int = 1) -> list[Fault]:
    """The fault of a text that is no line of ``least`` to ``longest`` printable characters; none if it is."""
    if text.isprintable() and least <= len(text.strip()) and len(text) <= longest:
        return []
    expected = f"a line of {least} to {longest} printable characters"
    return [Fault("value", (member,), f"{member} is no such text", repr(text[:SHOWN]), expected)]


def no_such(what: str, member: str, got: str, known: Iterable[str]) -> Fault:
    """The fault of a name that is not among the ``known`` ones, with the nearest of them."""
    near = get_close_matches(got, sorted(known), 1)
    names = ", ".join(sorted(known)[:12]) or "none yet"
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return Fault(f"unknown-{what}", (member,), f"no such {what}{hint}", got, names)
