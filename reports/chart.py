"""The bar of days as inline SVG: height and pattern tell the state as well as colour, and a table says it in words.

Down is taller than up, and crossed where it does not count; degraded is half as high; what was not measured is hatched, and so
is the time before monitoring, only lighter and the other way. Days in a row that are wholly good, wholly unmeasured or before
monitoring are one rectangle; every other day carries its own title. The patterns are defined once a page
(``templates/shapes.svg``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from markupsafe import Markup, escape

from reports import figures, moments
from reports.catalogue import ENGLISH, Catalogue
from reports.plain import plain
from reports.snapshot import DayBar
from reports.words import excluded_words

Look: TypeAlias = Literal["up", "down", "excluded", "degraded", "unknown", "before"]

STEP = 8
WIDTH = 6
HEIGHT = 36
_TOP: dict[Look, int] = {"up": 8, "down": 0, "excluded": 0, "degraded": 18, "unknown": 8, "before": 8}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table below a bar: the date or dates, and the durations in words (empty: none).

    ``down`` counts; ``excluded`` does not, with its causes.
    """

    dates: str
    down: str
    excluded: str
    degraded: str
    unknown: str
    before: bool = False


def look(bar: DayBar) -> Look:
    """How a day is drawn: the worst that was seen of it."""
    if bar.observed_ms == 0:
        return "before"
    if bar.down_ms:
        return "down" if bar.counted_ms else "excluded"
    if bar.degraded_ms:
        return "degraded"
    return "unknown" if bar.unknown_ms else "up"


def summary(days: Sequence[DayBar], catalogue: Catalogue = ENGLISH) -> str:
    """The bar in one sentence, for its title."""
    say = catalogue.say
    interrupted = sum(1 for bar in days if bar.down_ms)
    unmeasured = sum(1 for bar in days if bar.unknown_ms and bar.observed_ms)
    before = sum(1 for bar in days if bar.observed_ms == 0)
    counted = ((interrupted, "bar.interrupted"), (unmeasured, "bar.unmeasured"), (before, "bar.before"))
    parts = [say("bar.last", days=counted_days(len(days), catalogue))]
    parts += [] if interrupted else [say("bar.uninterrupted")]
    parts += [say(key, days=counted_days(count, catalogue)) for count, key in counted if count]
    return ", ".join(parts)


def rows(days: Sequence[DayBar], catalogue: Catalogue = ENGLISH) -> tuple[Row, ...]:
    """Exactly the days that are not wholly good, newest first; days in a row that say nothing else are one row."""
    runs = [(kind, [bar for _, bar in run]) for kind, run in _runs(days) if kind != "up"]
    return tuple(
        _row(part, catalogue) for kind, run in reversed(runs) for part in ([run] if kind else [[bar] for bar in reversed(run)])
    )


def svg(name: str, days: Sequence[DayBar], catalogue: Catalogue = ENGLISH) -> Markup:
    """The bar of ``days``, oldest on the left. ``name`` is escaped."""
    width = len(days) * STEP - (STEP - WIDTH)
    title = catalogue.say("bar.title", name=plain(name), summary=summary(days, catalogue))
    head = (
        f'<svg class="days" role="img" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none"><title>{escape(title)}</title>'
    )
    return Markup(head + "".join(_shapes(days, catalogue)) + "</svg>")  # noqa: S704 - numbers of ours and escaped titles


def counted_days(count: int, catalogue: Catalogue = ENGLISH) -> str:
    """A number of days in words."""
    return catalogue.say("days.one" if count == 1 else "days.many", count=count)


def _runs(days: Sequence[DayBar]) -> Iterator[tuple[Look | None, list[tuple[int, DayBar]]]]:
    """Days in a row that look alike, with their places; None for days of which each is a thing of its own."""
    for kind, run in groupby(enumerate(days), key=lambda numbered: _joined(numbered[1])):
        yield kind, list(run)


def _joined(bar: DayBar) -> Look | None:
    """Days that are drawn as one rectangle: wholly good ones, wholly unmeasured ones, and those before monitoring."""
    kind = look(bar)
    return kind if kind in ("up", "before") or bar.unknown_ms == bar.observed_ms else None


def _shapes(days: Sequence[DayBar], catalogue: Catalogue) -> Iterator[str]:
    for kind, run in _runs(days):
        if kind:
            title = "" if kind == "up" else _title([bar for _, bar in run], catalogue)
            yield _rect(kind, run[0][0], len(run), title)
        else:
            for place, bar in run:
                yield _rect(look(bar), place, 1, _title([bar], catalogue))


def _rect(kind: Look, place: int, count: int, title: str) -> str:
    x, y, width = place * STEP, _TOP[kind], count * STEP - (STEP - WIDTH)
    rect = f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{HEIGHT - y}"'
    return f"{rect}><title>{escape(title)}</title></rect>" if title else f"{rect}/>"


def _row(run: Sequence[DayBar], catalogue: Catalogue) -> Row:
    """One day, or a run of days that say the same, with the sums of their durations."""
    sums = (
        sum(bar.counted_ms for bar in run),
        sum(bar.excluded_ms for bar in run),
        sum(bar.degraded_ms for bar in run),
        sum(bar.unknown_ms for bar in run),
    )
    down, excluded, degraded, unknown = (figures.downtime(ms, catalogue) if ms else "" for ms in sums)
    causes = dict.fromkeys(cause for bar in run for cause in bar.excluded)
    if excluded and causes:
        why = ", ".join(excluded_words(cause, catalogue) for cause in causes)
        excluded = catalogue.say("bar.excluded_by", duration=excluded, causes=why)
    dates = moments.days(run[0].date, run[-1].date, catalogue)
    return Row(dates, down, excluded, degraded, unknown, before=look(run[0]) == "before")


def _title(run: Sequence[DayBar], catalogue: Catalogue) -> str:
    row = _row(run, catalogue)
    told = ((row.down, "bar.down"), (row.excluded, "bar.excluded"), (row.degraded, "bar.degraded"), (row.unknown, "bar.unknown"))
    parts = [catalogue.say(key, duration=duration) for duration, key in told if duration]
    what = catalogue.say("before") if row.before else ", ".join(parts)
    return catalogue.say("bar.day", dates=row.dates, what=what)
