"""The digest of a case: SHA-256 of its canonical JSON (RFC 8785), as it was known at the instant asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from json import JSONEncoder
from typing import Any, TypeAlias

from sla.span import END_OF_TIME, Instant
from sla.texts import until

Document: TypeAlias = dict[str, Any]
"""A case as a JSON value in which there is no mistake."""

_BY_CODE_POINTS = JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_AS_GIVEN = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def canonical(value: Any) -> str:
    """``value`` as canonical JSON (RFC 8785); it holds objects, arrays, texts, integers below 2^53, true, false and null."""
    text = _BY_CODE_POINTS(value)
    return text if text.isascii() else _AS_GIVEN(_ordered(value))


def _ordered(value: Any) -> Any:
    """``value`` with all keys in the order of their UTF-16 code units, which is not that of code points above U+FFFF."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def digest(case: Document, form: str) -> str:
    """The SHA-256, in hexadecimal, of the canonical JSON of what was known; ``form`` is the format, which a batch says once."""
    return sha256(canonical({**known(case), "format": form}).encode()).hexdigest()


def known(case: Document) -> Document:
    """The case as known at its ``as_of``: what was recorded later and all notes dropped, facts in a fixed order.

    An exclusion none of whose steps was taken yet, and a maintenance of which nothing was announced, are not known at all.
    """
    asked: str | None = case["query"].get("as_of")
    as_of = END_OF_TIME if asked is None else until(asked)
    found = {key: _bare(value) for key, value in case.items() if key not in ("note", "components")}
    found["components"] = {name: _component(_bare(component), as_of) for name, component in case["components"].items()}
    if "exclusions" in found:
        found["exclusions"] = _sorted(_begun(found["exclusions"], "history", as_of), _from)
    if "maintenance" in found:
        found["maintenance"] = _sorted(_begun(found["maintenance"], "announcements", as_of), _first_announced)
    return found


def _bare(value: Any) -> Any:
    """``value`` without notes."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key != "note"}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _component(component: Document, as_of: Instant) -> Document:
    for name, first in _FACTS.items():
        if name in component:
            component[name] = _sorted((fact for fact in component[name] if _recorded(fact, first) <= as_of), first)
    if "outages" in component:
        component["outages"] = _sorted(component["outages"], _from)
    return component


def _begun(things: Iterable[Document], steps: str, as_of: Instant) -> Iterable[Document]:
    """The ``things`` with those of their ``steps`` that were taken by ``as_of``; without any it is left out.

    An assumption has no steps at all: it stays.
    """
    for thing in things:
        if steps not in thing:
            yield thing
            continue
        taken = [step for step in thing[steps] if _at(step) <= as_of]
        if taken:
            yield {**thing, steps: taken}


def _sorted(facts: Iterable[Document], first: Callable[[Document], Instant]) -> list[Document]:
    return sorted(facts, key=lambda fact: (first(fact), canonical(fact)))


def _recorded(fact: Document, first: Callable[[Document], Instant]) -> Instant:
    return until(fact["recorded_at"]) if "recorded_at" in fact else first(fact)


def _at(fact: Document) -> Instant:
    return until(fact["at"])


def _from(fact: Document) -> Instant:
    return until(fact["from"])


def _first_announced(maintenance: Document) -> Instant:
    return min(map(_at, maintenance["announcements"]))


_FACTS: dict[str, Callable[[Document], Instant]] = {"changes": _at, "results": _at, "doubts": _from}
"""The facts that have a recording, and their first instant."""
