"""The checks of a site: what all have, the defaults of their kind, and the times that must fit one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.config import fields
from monitor.config.configuration import Check
from monitor.config.document import Document
from monitor.config.mistake import Mistake, Place, did_you_mean, shown
from monitor.config.schema import CheckText
from monitor.config.texts import duration_text
from monitor.config.words import keys, unknown_key, validated
from probes.probe import Probe
from sla.span import SECOND

COMMON = tuple(keys(CheckText))
REPEAT_MS = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Ground:
    """What checks are read against: the kinds, the vantages, where references to secrets lead, and the site's zone."""

    kinds: Mapping[str, type[Probe]]
    vantages: tuple[str, ...]
    environ: Mapping[str, str]
    zone: str = "UTC"


def read(value: dict[str, Any], document: Document, place: Place, ground: Ground) -> tuple[Check | None, list[Mistake]]:
    """The check written at ``place``, or None and every mistake in it."""
    text, mistakes = validated(CheckText, {key: item for key, item in value.items() if key in COMMON}, document, place)
    kind = ground.kinds.get(value["kind"]) if isinstance(value.get("kind"), str) else None
    if kind is None:
        if isinstance(value.get("kind"), str):
            mistakes.append(document.mistake((*place, "kind"), _no_kind(value["kind"], ground.kinds)))
        return None, mistakes
    known = {*COMMON, *fields.hints(kind)}
    mistakes += [document.mistake((*place, key), unknown_key(key, "check", known)) for key in value if key not in known]
    of_site = {"zone": ground.zone} if "zone" in known else {}
    probe, found = fields.build(kind, of_site | value, document, place, ground.environ)
    mistakes += found
    if text is None or probe is None:
        return None, mistakes
    check = _check(text, probe, ground)
    mistakes += [document.mistake((*place, key), message) for key, message in _times(check, text)]
    mistakes += [
        document.mistake((*place, "from", index), f"no such vantage, got {shown(name)}{did_you_mean(name, ground.vantages)}")
        for index, name in enumerate(check.locations)
        if name not in ground.vantages
    ]
    return check, mistakes


def _no_kind(got: str, kinds: Mapping[str, type[Probe]]) -> str:
    return f"no such kind of check, got {shown(got)}, expected one of {', '.join(sorted(kinds))}{did_you_mean(got, kinds)}"


def _check(text: CheckText, probe: Probe, ground: Ground) -> Check:
    """The check with its kind's defaults where nothing is written."""
    defaults = probe.defaults
    every_ms = text.interval or defaults.interval_s * SECOND
    return Check(
        key=text.id,
        component=text.component,
        probe=probe,
        every_ms=every_ms,
        deadline_ms=text.deadline or round(defaults.deadline_s * SECOND),
        repeat_ms=text.repeat or REPEAT_MS,
        confirm_failures=text.confirm_failures,
        confirm_successes=text.confirm_successes,
        slow_ms=text.slow_ms or defaults.slow_ms,
        locations=tuple(text.locations) if text.locations else ground.vantages,
    )


def _times(check: Check, text: CheckText) -> list[tuple[str, str]]:
    """What does not fit: a look must end before the next, and the confirmation before the next regular look."""
    interval = duration_text(check.every_ms)
    wrong = []
    if check.deadline_ms >= check.every_ms:
        key = "deadline" if text.deadline else "interval"
        wrong.append((key, f"must be shorter than interval {interval}, got {duration_text(check.deadline_ms)}"))
        if not text.deadline:
            wrong[-1] = (key, f"must be longer than deadline {duration_text(check.deadline_ms)} of the kind, got {interval}")
    if (check.confirm_failures - 1) * check.repeat_ms >= check.every_ms:
        key = "repeat" if text.repeat else "interval"
        looks = f"{check.confirm_failures - 1} repeats of {duration_text(check.repeat_ms)}"
        wrong.append((key, f"{looks} must fit into interval {interval}; use a shorter repeat or fewer confirm_failures"))
    return wrong
