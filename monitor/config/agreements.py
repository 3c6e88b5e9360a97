"""The agreement of a site, or the list of its versions: the preset with what the file says otherwise, each in force by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from monitor.config.document import Document
from monitor.config.mistake import Mistake, Place, shown
from monitor.config.schema import AgreementText, HoursText, SiteText
from sla.agreement import PRESETS, Agreement, ServiceHours
from sla.calendar import date_of, start
from sla.span import SECOND, Instant
from sla.texts import instant_text

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read(text: SiteText) -> tuple[Agreement, ...]:
    """All versions in the order written, which is that in which they take effect."""
    return tuple(_agreement(version) for _, version in _versions(text))


def mistakes(document: Document, text: SiteText) -> list[Mistake]:
    """Spans that end before they start, and versions that do not follow one another at the start of a month."""
    versions = tuple(_versions(text))
    found = [mistake for place, version in versions for mistake in _ends(document, place, version)]
    for (_, before), (place, version) in pairwise(versions):
        found += _follows(document, place, _agreement(before), _agreement(version))
    return found + list(_named_twice(document, versions))


def _versions(text: SiteText) -> Iterator[tuple[Place, AgreementText]]:
    if not isinstance(text.agreement, list):
        yield ("agreement",), text.agreement
        return
    for index, version in enumerate(text.agreement):
        yield ("agreement", index), version


def _agreement(text: AgreementText) -> Agreement:
    said: dict[str, Any] = {key: getattr(text, key) for key in type(text).model_fields if getattr(text, key) is not None}
    if "maintenance_notice" in said:
        said["maintenance_notice_seconds"] = said.pop("maintenance_notice") // SECOND
    if "excluded_causes" in said:
        said["excluded_causes"] = frozenset(said["excluded_causes"])
    if "service_hours" in said:
        said["service_hours"] = tuple(_hours(line) for line in said["service_hours"])
    return replace(PRESETS[said.pop("preset")], preset=text.preset, **said)


def _hours(line: HoursText) -> ServiceHours:
    return ServiceHours(frozenset(map(_DAYS.index, line.days)), line.since, line.until)


def _ends(document: Document, place: Place, text: AgreementText) -> Iterator[Mistake]:
    for index, line in enumerate(text.service_hours or ()):
        if line.until <= line.since:
            yield document.mistake((*place, "service_hours", index, "to"), "must be after from")
    if text.effective_from is not None and text.effective_to is not None and text.effective_to <= text.effective_from:
        yield document.mistake((*place, "effective_to"), "must be after effective_from")


def _follows(document: Document, place: Place, before: Agreement, after: Agreement) -> Iterator[Mistake]:
    """A window is judged by one version, so a new one begins with a month; figures of the month before stay as they were."""
    at, where = after.effective_from, (*place, "effective_from")
    if at is None:
        yield document.mistake(where, "is missing: a later version says from when on it is in force")
        return
    if before.effective_from is not None and at <= before.effective_from:
        yield document.mistake(where, f"must be after that of the version before, {instant_text(before.effective_from)}")
    month = _month_of(after.zone, at)
    if month != at:
        wanted = f"got {instant_text(at)}, expected e.g. {instant_text(month)}"
        yield document.mistake(where, f"must be the start of a month in {after.zone}, {wanted}")


def _month_of(zone: str, at: Instant) -> Instant:
    """The start of the local month that holds ``at``."""
    return start(zone, date_of(zone, at).replace(day=1))


def _named_twice(document: Document, versions: tuple[tuple[Place, AgreementText], ...]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for place, text in versions:
        name = text.version or PRESETS[text.preset].version
        if name in seen:
            where = (*place, "version") if text.version else place
            yield document.mistake(where, f"version used twice, got {shown(name)}, first at line {seen[name]}")
        seen.setdefault(name, document.line(place))
