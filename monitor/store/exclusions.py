"""Exclusions and the steps that people took with them: rows are added, never changed. An exclusion's id is ``X-<number>``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.statements import after_published
from sla.exclusion import Decision, Exclusion, Step
from sla.span import Instant, Span

_e, _s = tables.exclusion.c, tables.exclusion_step.c
_PREFIX = "X-"


@dataclass(frozen=True, slots=True)
class Filed:
    """An exclusion of ``site`` (its key) with its history; ``notes`` are the words said with each step, in order."""

    site: str
    exclusion: Exclusion
    notes: tuple[str, ...]
    recorded_at: Instant

    @property
    def last(self) -> Decision:
        """The newest step."""
        return (self.exclusion.history or ())[-1]


def file(connection: Connection, site_no: int, exclusion: Exclusion, proposed: Decision, recorded_at: Instant) -> str:
    """Keep a proposed exclusion (its own id and history are not looked at); its new id."""
    row = {
        "recorded_at": after_published(connection, recorded_at),
        "site_no": site_no,
        "since": exclusion.span.start,
        "until": exclusion.span.end,
        "cause": exclusion.cause,
        "party": exclusion.party,
        "reason": exclusion.reason,
        "components": json.dumps(exclusion.components),
    }
    made = connection.execute(sa.insert(tables.exclusion).values(row)).inserted_primary_key
    assert made is not None
    key = f"{_PREFIX}{made[0]}"
    step(connection, key, proposed, recorded_at, "", exclusion.evidence)
    return key


def step(
    connection: Connection, key: str, decision: Decision, recorded_at: Instant, note: str = "", evidence: Sequence[str] = ()
) -> None:
    """Keep a step of the exclusion ``key`` with the words and the evidence that came with it."""
    row = {
        "recorded_at": after_published(connection, recorded_at),
        "exclusion_no": _number(key),
        "at": decision.at,
        "status": decision.step.value,
        "person": decision.by,
        "note": note,
        "evidence": json.dumps(list(evidence)),
    }
    connection.execute(sa.insert(tables.exclusion_step), [row])


def find(connection: Connection, key: str) -> Filed | None:
    """One exclusion by its id."""
    number = _number(key)
    found = _filed(connection, _e.no == number, None) if number is not None else ()
    return found[0] if found else None


def of_site(connection: Connection, site: str, as_of: Instant | None = None) -> tuple[Filed, ...]:
    """Those of one site with the steps recorded up to and with ``as_of`` (None: all), in the order filed."""
    return _filed(connection, tables.site.c.key == site, as_of)


def every(connection: Connection) -> tuple[Filed, ...]:
    """All of all sites, in the order filed."""
    return _filed(connection, sa.true(), None)


def _filed(connection: Connection, which: sa.ColumnElement[bool], as_of: Instant | None) -> tuple[Filed, ...]:
    question = sa.select(tables.exclusion, tables.site.c.key).join_from(tables.exclusion, tables.site).where(which)
    if as_of is not None:
        question = question.where(_e.recorded_at <= as_of)
    rows = connection.execute(question.order_by(_e.no)).all()
    steps = _steps(connection, [row.no for row in rows], as_of)
    return tuple(_one(row, steps[row.no]) for row in rows)


def _steps(connection: Connection, numbers: Sequence[int], as_of: Instant | None) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    question = sa.select(tables.exclusion_step).where(_s.exclusion_no.in_(numbers)).order_by(_s.no)
    if as_of is not None:
        question = question.where(_s.recorded_at <= as_of)
    for row in connection.execute(question):
        found[row.exclusion_no].append(row)
    return found


def _one(row: Any, steps: Iterable[Any]) -> Filed:
    taken = tuple(steps)
    exclusion = Exclusion(
        f"{_PREFIX}{row.no}",
        Span(row.since, row.until),
        row.cause,
        tuple(json.loads(row.components)),
        row.party,
        row.reason,
        tuple(dict.fromkeys(one for step in taken for one in json.loads(step.evidence))),
        tuple(Decision(step.at, Step(step.status), step.person) for step in taken),
    )
    return Filed(row.key, exclusion, tuple(step.note for step in taken), row.recorded_at)


def _number(key: str) -> int | None:
    digits = key.removeprefix(_PREFIX)
    return int(digits) if key.startswith(_PREFIX) and digits.isascii() and digits.isdigit() and len(digits) < 10 else None
