"""The bar of days as inline SVG: height and pattern tell the state as well as colour, and a table says it in words.

Down is taller than up, degraded is half as high, what was not measured is hatched, and so is the time before monitoring,
only lighter. Good days in a row are one rectangle filled with a pattern of bars; every other day carries its own title.
The patterns ``bar``, ``hatch`` and ``faint`` are defined once a page (``templates/shapes.svg``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from markupsafe import Markup

from reports import figures, moments
from reports.plain import plain
from reports.snapshot import DayBar

Look: TypeAlias = Literal["up", "down", "degraded", "unknown", "before"]

STEP = 8
WIDTH = 6
HEIGHT = 36
_TOP: dict[Look, int] = {"up": 8, "down": 0, "degraded": 18, "unknown": 8, "before": 8}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table below a bar: the date or dates, and the durations in words (empty: none)."""

    dates: str
    down: str
    degraded: str
    unknown: str
    before: bool = False


def look(bar: DayBar) -> Look:
    """How a day is drawn: the worst that was seen of it."""
    if bar.observed_ms == 0:
        return "before"
    if bar.down_ms:
        return "down"
    if bar.degraded_ms:
        return "degraded"
    return "unknown" if bar.unknown_ms else "up"


def summary(days: Sequence[DayBar]) -> str:
    """The bar in one sentence, for its title."""
    interrupted = sum(1 for bar in days if bar.down_ms)
    unmeasured = sum(1 for bar in days if bar.unknown_ms and bar.observed_ms)
    before = sum(1 for bar in days if bar.observed_ms == 0)
    parts = [f"last {_days(len(days))}", f"{_days(interrupted)} with interruptions" if interrupted else "no interruptions"]
    if unmeasured:
        parts.append(f"{_days(unmeasured)} not fully measured")
    if before:
        parts.append(f"{_days(before)} before monitoring began")
    return ", ".join(parts)


def rows(days: Sequence[DayBar]) -> tuple[Row, ...]:
    """Exactly the days that are not wholly good, newest first; the time before monitoring is one row."""
    before = [bar.date for bar in days if bar.observed_ms == 0]
    bad = [_row(bar) for bar in reversed(days) if bar.observed_ms and not bar.good]
    if before:
        span = moments.day(before[0]) if len(before) == 1 else f"{moments.day(before[0])} – {moments.day(before[-1])}"
        bad.append(Row(span, "", "", "", before=True))
    return tuple(bad)


def svg(name: str, days: Sequence[DayBar]) -> Markup:
    """The bar of ``days``, oldest on the left. ``name`` is escaped."""
    width = len(days) * STEP - (STEP - WIDTH)
    head = Markup('<svg class="days" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none"><title>{}: {}</title>')
    return head.format(width, HEIGHT, plain(name), summary(days)) + Markup("").join(_shapes(days)) + Markup("</svg>")


def _shapes(days: Sequence[DayBar]) -> Iterator[Markup]:
    for as_run, run in groupby(enumerate(days), key=lambda numbered: _joined(numbered[1])):
        numbered = list(run)
        if as_run:
            title = "Before monitoring began" if as_run == "before" else ""
            yield _rect(as_run, numbered[0][0], len(numbered), title)
        else:
            for place, bar in numbered:
                yield _rect(look(bar), place, 1, _title(bar))


def _joined(bar: DayBar) -> Look | None:
    """Days that are drawn as one rectangle: good ones, and those before monitoring."""
    kind = look(bar)
    return kind if kind in ("up", "before") else None


def _rect(kind: Look, place: int, count: int, title: str) -> Markup:
    place_of = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"').format(
        kind, place * STEP, _TOP[kind], count * STEP - (STEP - WIDTH), HEIGHT - _TOP[kind]
    )
    return place_of + (Markup("><title>{}</title></rect>").format(title) if title else Markup("/>"))


def _row(bar: DayBar) -> Row:
    down, degraded, unknown = (figures.downtime(ms) if ms else "" for ms in (bar.down_ms, bar.degraded_ms, bar.unknown_ms))
    return Row(moments.day(bar.date), down, degraded, unknown)


def _title(bar: DayBar) -> str:
    row = _row(bar)
    told = ((row.down, "down"), (row.degraded, "degraded"), (row.unknown, "not measured"))
    return f"{row.dates}: " + ", ".join(f"{duration} {what}" for duration, what in told if duration)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
