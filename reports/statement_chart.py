"""The two charts of a statement as inline SVG: what was lost on each date, and how the budget was used up.

Whole numbers only and no text inside: they are stretched to the page, and the words beside them are the page's. What counts
is solid, what was left out is outlined, what was not measured is pale; a thin line is what the agreement allows. The numbers
stand in a table as well. Every shape carries its own colour, so that a printer which knows no style sheet draws the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import Any, TypeAlias

from markupsafe import Markup

from reports.catalogue import Catalogue
from reports.figures import downtime, left
from reports.moments import day
from sla import texts
from sla.span import SECOND

STEP = 8
WIDTH = 6
HEIGHT = 96
Days: TypeAlias = Sequence[Mapping[str, Any]]
"""The daily rows of a statement's document."""
_HEAD = Markup('<svg class="chart" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none"><title>{}</title>')
_RECT = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="{}"/>')
_FRAME = Markup('<path class="excluded" d="M{} {}h{}v{}h-{}Z" fill="#fcedeb" stroke="#b3261e"/>')
_AREA = Markup('<path class="counted" d="{}" fill="#b3261e"/>')
_FILLS = {"counted": "#b3261e", "unknown": "#b9bec6", "allowed": "#1b1d21", "ground": "#c9c9c2"}
_STACK = ("counted_seconds", "excluded_seconds", "unknown_seconds")


def lost(days: Days, allowed: str, catalogue: Catalogue) -> Markup:
    """What was counted, left out and not measured on each date, on a scale that holds the ``allowed`` seconds too."""
    top = _top([sum(_amounts(row), Fraction(0)) for row in days], allowed)
    shapes = Markup("").join(shape for place, row in enumerate(days) for shape in _column(place * STEP, _amounts(row), top))
    return _drawn(len(days), _lost_title(days, catalogue), shapes, _height(Fraction(allowed), top))


def budget(days: Days, allowed: str, catalogue: Catalogue) -> Markup:
    """How counted downtime adds up over the dates, and what is allowed."""
    sums = list(accumulate(Fraction(row["counted_seconds"]) for row in days))
    top = _top(sums, allowed)
    heights = [_height(one, top) for one in sums]
    steps = "".join(f"V{HEIGHT - high}h{STEP}" for high in heights)
    area = _AREA.format(f"M0 {HEIGHT}{steps}V{HEIGHT}Z") if sums and sums[-1] else Markup("")
    title = catalogue.say(
        "st.chart.budget.title",
        counted=downtime(sums[-1] * SECOND if sums else 0, catalogue),
        date=day(texts.day(days[-1]["date"]), catalogue) if days else "",
        allowed=left(Fraction(allowed) * SECOND, catalogue),
    )
    return _drawn(len(days), title, area, _height(Fraction(allowed), top))


def _amounts(row: Mapping[str, Any]) -> tuple[Fraction, ...]:
    return tuple(Fraction(row[name]) for name in _STACK)


def _top(amounts: Sequence[Fraction], allowed: str) -> Fraction:
    return max([*amounts, Fraction(allowed), Fraction(1)])


def _height(amount: Fraction, top: Fraction) -> int:
    """``amount`` in whole units of the drawing; what is there at all is seen."""
    return ceil(amount * HEIGHT / top)


def _column(left_: int, amounts: Sequence[Fraction], top: Fraction) -> Iterator[Markup]:
    """One date, stacked from the ground; no stack is higher than its own sum."""
    below = Fraction(0)
    for kind, amount in zip(("counted", "excluded", "unknown"), amounts, strict=True):
        if amount:
            base, high = _height(below, top), max(1, _height(below + amount, top) - _height(below, top))
            y = max(0, HEIGHT - base - high)
            if kind == "excluded":
                yield _FRAME.format(left_ + 0.5, y + 0.5, WIDTH - 1, max(1, high - 1), WIDTH - 1)
            else:
                yield _RECT.format(kind, left_, y, WIDTH, high, _FILLS[kind])
            below += amount


def _drawn(count: int, title: str, shapes: Markup, allowed: int) -> Markup:
    wide = max(1, count) * STEP
    ground = _RECT.format("ground", 0, HEIGHT, wide, 1, _FILLS["ground"])
    limit = Markup("").join(
        _RECT.format("allowed", left_, min(HEIGHT - allowed, HEIGHT - 1), 4, 1, _FILLS["allowed"]) for left_ in range(0, wide, 6)
    )
    return _HEAD.format(wide, HEIGHT + 1, title) + ground + shapes + limit + Markup("</svg>")


def _lost_title(days: Days, catalogue: Catalogue) -> str:
    worst = max(days, key=lambda row: sum(_amounts(row)), default=None)
    if worst is None or not sum(_amounts(worst)):
        return catalogue.say("st.chart.quiet", count=len(days))
    counted, excluded, unknown = (downtime(amount * SECOND, catalogue) for amount in _amounts(worst))
    return catalogue.say(
        "st.chart.days.title",
        count=len(days),
        date=day(texts.day(worst["date"]), catalogue),
        counted=counted,
        excluded=excluded,
        unknown=unknown,
    )
