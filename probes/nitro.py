"""NITRO, the API of NetScaler: what a virtual server says of itself, from the bytes of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from probes.assertions import parsed
from probes.probe import Malformed
from probes.target import shown

WELL = frozenset({"UP", "BUSY"})
BUSY = "BUSY"
OUT_OF_SERVICE = frozenset({"OFS", "OUT OF SERVICE", "TROFS"})
"""Taken out by people: a virtual server on its way out of service, or out."""
CREDENTIALS = frozenset({354, 444})
"""Error codes of a refused login and of an ended session."""
MAX_COUNT = 10**6


class Refusal(Exception):
    """NITRO answered with an error: ``code`` is its number, the text its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"NITRO error {code} ({shown(message, 80)})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Vserver:
    """A virtual server; ``state`` in capitals. ``health_percent`` and ``active`` services None: not told."""

    state: str
    health_percent: int | None
    active: int | None


def vserver(body: bytes, name: str) -> Vserver:
    """The virtual server ``name`` in an answer to ``stat/lbvserver``. Raises Malformed, or Refusal for an error."""
    answer = parsed(body)
    if not isinstance(answer, dict):
        raise Malformed("answer is no JSON object, wanted NITRO's")
    code = _count(answer.get("errorcode"))
    if code is None:
        raise Malformed("answer has no errorcode, wanted NITRO's")
    if code != 0:
        raise Refusal(code, str(answer.get("message", "")))
    rows = answer.get("lbvserver")
    found = [row for row in rows if isinstance(row, dict) and row.get("name") == name] if isinstance(rows, list) else []
    if len(found) != 1:
        raise Malformed(f"answer has {len(found)} virtual servers of that name, wanted one")
    return _vserver(found[0])


def _vserver(row: dict[str, Any]) -> Vserver:
    state = row.get("state")
    if not isinstance(state, str) or not state.strip():
        raise Malformed("virtual server has no state, wanted one")
    health = _count(row.get("vslbhealth"))
    return Vserver(
        shown(state.strip(), 40).upper(), health if health is None or health <= 100 else None, _count(row.get("actsvcs"))
    )


def _count(value: Any) -> int | None:
    """A counter, which NITRO writes as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 6:
        return int(value)
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if number and 0 <= value <= MAX_COUNT and value == int(value):
        return int(value)
    return None
