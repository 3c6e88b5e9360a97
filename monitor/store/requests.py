"""What customers ask for: one row a request and one a step, kept for ever. Its id is ``REQ-<year>-<number>``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.request import Found, Kind, Status
from sla.span import SECOND, Instant
from sla.state import Cause, State

_r = tables.request.c
_s = tables.request_step.c


@dataclass(frozen=True, slots=True)
class Step:
    """One step by ``person``. ``note`` is for operators, ``answer`` for the customer.

    ``found``: what was seen where a connection was looked at. ``maintenance``: the id of what was planned for it.
    """

    at: Instant
    status: Status
    person: str
    note: str = ""
    answer: str = ""
    found: tuple[Found, ...] = ()
    maintenance: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for ``site`` (its key), by the contact with this address. ``components`` (keys) empty: the whole site.

    ``form`` is the number of the form that it came on: the same form sent twice is one request.
    """

    id: str
    site: str
    kind: Kind
    components: tuple[str, ...]
    contact: str
    words: str
    form: str
    steps: tuple[Step, ...]
    wanted_from: Instant | None = None

    @property
    def last(self) -> Step:
        """The newest step."""
        return self.steps[-1]

    @property
    def at(self) -> Instant:
        """When it was asked."""
        return self.steps[0].at


def new_id(connection: Connection, now: Instant) -> str:
    """The id of the next request of this year."""
    prefix = f"REQ-{datetime.fromtimestamp(now // SECOND, UTC):%Y}-"
    many = sa.select(sa.func.count()).where(_r.request.startswith(prefix))
    return f"{prefix}{(connection.execute(many).scalar() or 0) + 1:04d}"


def append(connection: Connection, site_no: int, asked: Asked) -> None:
    """Keep a new request with its first step."""
    row = {
        "recorded_at": asked.at,
        "site_no": site_no,
        "request": asked.id,
        "form": asked.form,
        "kind": asked.kind.value,
        "components": json.dumps(asked.components),
        "contact": asked.contact,
        "words": asked.words,
        "wanted_from": asked.wanted_from,
    }
    connection.execute(sa.insert(tables.request), [row])
    step(connection, asked.id, asked.last)


def step(connection: Connection, request: str, taken: Step) -> None:
    """Keep one more step of the request with this id."""
    row = {
        "recorded_at": taken.at,
        "request_no": connection.execute(sa.select(_r.no).where(_r.request == request)).scalar_one(),
        "status": taken.status.value,
        "person": taken.person,
        "note": taken.note,
        "answer": taken.answer,
        "found": json.dumps([_found_text(one) for one in taken.found]) if taken.found else None,
        "maintenance": taken.maintenance,
    }
    connection.execute(sa.insert(tables.request_step), [row])


def find(connection: Connection, request: str) -> Asked | None:
    """One request by its id."""
    return next(iter(_asked(connection, _r.request == request)), None)


def by_form(connection: Connection, form: str) -> Asked | None:
    """The request that came on this form."""
    return next(iter(_asked(connection, _r.form == form)), None)


def of_site(connection: Connection, site: str) -> tuple[Asked, ...]:
    """Those of one site by its key, oldest first."""
    return _asked(connection, tables.site.c.key == site)


def every(connection: Connection) -> tuple[Asked, ...]:
    """All of them, oldest first."""
    return _asked(connection, sa.true())


def waiting(connection: Connection, kind: Kind) -> tuple[Asked, ...]:
    """Those of a kind that nobody has answered, oldest first."""
    over = sa.select(_s.request_no).where(_s.status != Status.ASKED.value)
    return _asked(connection, (_r.kind == kind.value) & _r.no.not_in(over))


def _asked(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Asked, ...]:
    joined = tables.request.join(tables.site).join(tables.request_step)
    question = sa.select(tables.request, tables.site.c.key, tables.request_step).select_from(joined)
    rows: dict[int, tuple[Mapping[Any, Any], list[Step]]] = {}
    for row in connection.execute(question.where(which).order_by(_r.no, _s.no).set_label_style(_LABELLED)):
        found: Mapping[Any, Any] = row._mapping
        rows.setdefault(found[_r.no], (found, []))[1].append(_step(found))
    return tuple(_one(found, tuple(steps)) for found, steps in rows.values())


_LABELLED = sa.LABEL_STYLE_TABLENAME_PLUS_COL


def _one(row: Mapping[Any, Any], steps: tuple[Step, ...]) -> Asked:
    return Asked(
        row[_r.request],
        row[tables.site.c.key],
        Kind(row[_r.kind]),
        tuple(json.loads(row[_r.components])),
        row[_r.contact],
        row[_r.words],
        row[_r.form],
        steps,
        row[_r.wanted_from],
    )


def _step(row: Mapping[Any, Any]) -> Step:
    found = tuple(_found(one) for one in json.loads(row[_s.found] or "[]"))
    status = Status(row[_s.status])
    return Step(row[_s.recorded_at], status, row[_s.person], row[_s.note], row[_s.answer], found, row[_s.maintenance])


def _found_text(one: Found) -> dict[str, Any]:
    cause = None if one.cause is None else one.cause.word
    return {"component": one.component, "state": one.state.word, "cause": cause, "took_ms": one.took_ms}


def _found(text: Mapping[str, Any]) -> Found:
    cause = None if text["cause"] is None else Cause[text["cause"].upper()]
    return Found(text["component"], State[text["state"].upper()], cause, text["took_ms"])
