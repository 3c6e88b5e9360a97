"""A referee for the figures: colours one cell per tick and knows no interval algebra.

It takes a case as a document and gives the result as a document (without ``engine``, ``tzdata``, ``input_sha256``). Every
quantity is a sum over cells, every worst window the greatest over all starts, every forecast the first step for which the
defining sentence holds. It is slow, it imports nothing of the product, and it was written from the rules alone. A cell is
as long as the greatest common divisor of all distances in the case, so that nothing ever happens inside a cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from painter_canvas import HOUR_MS, canvas_of, date_span, in_force_span
from painter_clock import DAY, date_of, dates, month_of, read_instant, run_of
from painter_facts import FINE, FOREVER, Canvas, known_facts, paint_component, stroke, when
from painter_figures import Painting, dated, day_row, day_rows, figures, outages, ratio
from painter_forecast import forecast
from painter_site import Picture, Rows, Scene, forgiven, in_force, paint_site, tree_of

DEFAULTS = {
    "zone": "UTC",
    "goal": "99.9%",
    "judged_by": "any_days",
    "days": 30,
    "rolling_hours": 720,
    "exclusion_effect": "downtime-only",
    "maintenance": "counts",
    "maintenance_notice_seconds": 259_200,
    "unknown": "bounds",
    "down_then_unknown": "unknown",
    "degraded_impact": "0",
}
PRESETS: dict[str, dict] = {"slg-2018": {}, "sla-2020": {"judged_by": "month", "maintenance": "excluded"}}


def paint(case: dict) -> dict:
    """The result of one case that has no mistakes."""
    return paint_each(case, [case["query"]])[0]


def paint_each(case: dict, queries: list[dict]) -> list[dict]:
    """The results of one case under several queries, from the same pictures."""
    rules = rules_of(case)
    asks = [asked(query, rules) for query in queries]
    studio = Studio(case, rules, *canvas_of(case, rules, asks))
    hypothetical = any("history" not in exclusion for exclusion in case.get("exclusions", []))
    return [
        {"id": case.get("id"), "kind": ask["kind"], **ANSWERS[ask["kind"]](studio, ask), "hypothetical": hypothetical}
        for ask in asks
    ]


def rules_of(case: dict) -> dict[str, Any]:
    """The agreement: defaults, then its preset, then its own words."""
    told = case.get("agreement", {})
    rules = {**DEFAULTS, **PRESETS[told.get("preset", "slg-2018")], **told}
    rules["goal"] = Fraction(rules["goal"].removesuffix("%")) / 100
    rules["degraded_impact"] = int(Fraction(rules["degraded_impact"]) * 1000)
    return rules


def asked(query: dict, rules: dict[str, Any]) -> dict[str, Any]:
    """The query with the agreement's days and hours where it names none; ``dates`` are all whose edges matter."""
    full = {"days": rules["days"], "hours": rules["rolling_hours"], **query}
    full["asked_dates"] = full["dates"] = asked_dates(full, rules["zone"])
    if full["kind"] == "statement":
        first, last = full["dates"][0], full["dates"][-1]
        full["dates"] = dates(first - (full["days"] - 1) * DAY, last)
    return full


def asked_dates(query: dict[str, Any], zone: str) -> list[date]:
    """The dates that a query names, in one way or other."""
    if "month" in query:
        return month_of(query["month"])
    if query["kind"] in ("any_days", "daily"):
        return dates(date.fromisoformat(query["first"]), date.fromisoformat(query["last"]))
    if query["kind"] in ("days", "statement"):
        return run_of(date.fromisoformat(query["first"]), query["days"])
    if query["kind"] not in ("trailing", "forecast"):
        return []
    today, days = date_of(read_instant(query["at"]), zone), query["days"]
    if query["kind"] == "trailing":
        return run_of(today - days * DAY, days + 1)
    return run_of(today - (days + 1) * DAY, 2 * days + 3)


@dataclass
class Studio:
    """Paints a case, each picture once."""

    case: dict
    rules: dict[str, Any]
    canvas: Canvas
    closed: list[bool]
    done: dict[tuple, Painting] = field(default_factory=dict)

    def painting(self, query: dict[str, Any], after: str | None = None) -> Painting:
        """``after``: in a forecast, every part stays "as it is" from its instant on, or is "up"."""
        as_of = read_instant(query["as_of"]) if "as_of" in query else FOREVER
        at = read_instant(query["at"]) if after else FOREVER
        key = (as_of, at, after)
        if key not in self.done:
            self.done[key] = Painting(*self.painted(as_of, at, after), in_force_span(self.rules, as_of))
        return self.done[key]

    def painted(self, as_of: int, at: int, after: str | None) -> tuple[Scene, list[tuple[str, Picture]]]:
        """The case as observed, after each exclusion that counts, and after maintenance."""
        scene = self.scene(as_of, at, after)
        exclusions = [one for one in in_force(self.case.get("exclusions", []), as_of) if leaves_out(self.rules, one["cause"])]
        layers = [("", paint_site(scene, [], []))]
        layers += [
            (exclusion["cause"], paint_site(scene, exclusions[:count], [])) for count, exclusion in enumerate(exclusions, 1)
        ]
        if self.rules["maintenance"] == "excluded":
            notice = self.rules["maintenance_notice_seconds"] * 1000
            works = [(entry, forgiven(self.canvas, entry, as_of, notice)) for entry in self.case.get("maintenance", [])]
            layers.append(("scheduled_maintenance", paint_site(scene, exclusions, works)))
        return scene, layers

    def scene(self, as_of: int, at: int, after: str | None) -> Scene:
        """Facts as known, and where somebody looked."""
        canvas, rules = self.canvas, self.rules
        rows = {
            name: rows_of(canvas, known_facts(told, as_of, at), rules, at, after)
            for name, told in self.case["components"].items()
        }
        begin, end = in_force_span(rules, as_of)
        observed = [begin <= canvas.at(cell) < end or canvas.at(cell) >= at for cell in range(canvas.size)]
        return Scene(canvas, rows, tree_of(self.case), rules, observed, self.closed)


def leaves_out(rules: dict[str, Any], cause: str) -> bool:
    """Whether the agreement names the cause, or else its preset does."""
    if "excluded_causes" in rules:
        return cause in rules["excluded_causes"]
    return rules.get("preset") == "sla-2020" or cause not in SINCE_2020


SINCE_2020 = ("advised_change_not_made", "customer_credentials_or_staff", "entitlement_exceeded")


def rows_of(canvas: Canvas, told: dict, rules: dict[str, Any], at: int, after: str | None) -> Rows:
    """A component's rows, with what is supposed from ``at`` on, and where it belongs to the site."""
    point, bounds = paint_component(canvas, told, rules["down_then_unknown"] == "stays-down")
    if after:
        future = canvas.cells(at, FOREVER)
        stroke(point, future, point[future.start] if after == "as it is" else FINE)
        stroke(bounds, future, point[future.start] if after == "as it is" else FINE)
    applies = canvas.row("applicable" not in told)
    for span in told.get("applicable", []):
        stroke(applies, canvas.cells(when(span), read_instant(span["to"])), True)
    return Rows(point, bounds, applies)


def answer_window(studio: Studio, query: dict[str, Any]) -> dict:
    return figures(studio.painting(query), read_instant(query["from"]), read_instant(query["to"]))


def answer_dates(studio: Studio, query: dict[str, Any]) -> dict:
    return dated(studio.painting(query), query["dates"])


def answer_trailing(studio: Studio, query: dict[str, Any]) -> dict:
    painted, at = studio.painting(query), read_instant(query["at"])
    *before, today = query["dates"]
    begun = date_span(studio.rules, today)[0] < at
    return {**dated(painted, before), "today": day_row(painted, today, until=at) if begun else None}


def answer_any_days(studio: Studio, query: dict[str, Any]) -> dict:
    days, length = query["dates"], query["days"]
    windows = [window for version in versions(studio, query) for window in runs(*version, days, length)]
    return any_days(windows or list(runs(studio.painting(query), -FOREVER, FOREVER, days, length)), length)


@dataclass(frozen=True)
class Window:
    """A run of dates in the picture of the version that judges it."""

    painted: Painting
    run: list[date]
    begin: int
    end: int

    @property
    def verdict(self) -> str:
        return self.painted.verdict(self.begin, self.end)

    @property
    def cost(self) -> Fraction:
        spent = self.painted.spent(self.painted.counted.cost, self.begin, self.end)
        return spent / (self.painted.whole(self.begin, self.end) or 1)


def versions(studio: Studio, query: dict[str, Any]) -> Iterator[tuple[Painting, int, int]]:
    """The case painted by each version of its agreement, and from when to when that was in force."""
    since = -FOREVER
    for one in studio.case.get("earlier", []):
        case = {**studio.case, "agreement": one["agreement"]}
        rules = rules_of(case)
        edges = {**query, "kind": "any_days"}
        yield Studio(case, rules, *canvas_of(case, rules, [edges])).painting(query), since, read_instant(one["until"])
        since = read_instant(one["until"])
    yield studio.painting(query), since, FOREVER


def runs(painted: Painting, since: int, until: int, days: list[date], length: int) -> Iterator[Window]:
    """All runs of ``length`` dates that end while it is in force. One of nothing but dates that the zone skipped is no window."""
    for first in range(len(days) - length + 1):
        run = days[first : first + length]
        begin, end = date_span(painted.rules, run[0])[0], date_span(painted.rules, run[-1])[1]
        if begin < end and since <= end - 1 < until:
            yield Window(painted, run, begin, end)


def any_days(windows: list[Window], length: int) -> dict:
    """All windows together; the worst is the earliest of those that cost most."""
    verdicts, costs = [window.verdict for window in windows], [window.cost for window in windows]
    worst = windows[costs.index(max(costs))]
    return {
        "days": length,
        "windows": len(windows),
        "verdict": next(word for word in ("breached", "undetermined", "met", "pending") if word in verdicts),
        "worst": {**dated(worst.painted, worst.run), "outages": outages(worst.painted, worst.begin, worst.end)},
        **{word: [one.run[0].isoformat() for one in windows if one.verdict == word] for word in LISTED},
    }


LISTED = ("breached", "undetermined")


def answer_rolling(studio: Studio, query: dict[str, Any]) -> dict:
    return rolling(studio.painting(query), read_instant(query["from"]), read_instant(query["to"]), query["hours"])


def rolling(painted: Painting, begin: int, end: int, hours: int) -> dict:
    """All windows of so many hours. A sum bends at cell edges only, so no start between two of them is worse than both."""
    length = hours * HOUR_MS
    starts = range(begin, end - length + 1, painted.canvas.step)
    picture = painted.counted
    costs, best, worst = (painted.slid(row, starts, length) for row in (picture.cost, picture.best, picture.worst))
    full = [most for at, most in zip(starts, worst, strict=True) if painted.full(at, at + length)]
    budget = (1 - painted.rules["goal"]) * length
    at = starts[costs.index(max(costs))]
    return {
        "hours": hours,
        "verdict": "breached"
        if max(best) > budget
        else "pending"
        if not full
        else "undetermined"
        if max(full) > budget
        else "met",
        "worst": {**figures(painted, at, at + length, plain=True), "outages": outages(painted, at, at + length)},
    }


def answer_daily(studio: Studio, query: dict[str, Any]) -> dict:
    painted = studio.painting(query)
    return {"days": day_rows(painted, query["dates"])}


def answer_burn(studio: Studio, query: dict[str, Any]) -> dict:
    painted, at, budget = studio.painting(query), read_instant(query["at"]), 1 - studio.rules["goal"]

    def rate(length: int) -> Fraction | None:
        return painted.spent(painted.counted.cost, at - length, at) / length / budget if budget else None

    return {"burn_rates": [ratio(rate(lookback * 1000)) for lookback in query["lookback_seconds"]]}


def answer_forecast(studio: Studio, query: dict[str, Any]) -> dict:
    return forecast(studio.painting(query, "as it is"), studio.painting(query, "up"), query)


def answer_statement(studio: Studio, query: dict[str, Any]) -> dict:
    painted, days = studio.painting(query), query["asked_dates"]
    begin, end = date_span(painted.rules, days[0])[0], date_span(painted.rules, days[-1])[1]
    whole, any_run = dated(painted, days), answer_any_days(studio, query)
    own = painted.rules["judged_by"] == "month" or "month" not in query
    return {
        "figures": whole,
        "any_days": any_run,
        "rolling": rolling(painted, begin - query["hours"] * HOUR_MS, end, query["hours"]),
        "days": day_rows(painted, days),
        "outages": outages(painted, begin, end),
        "judged_by": painted.rules["judged_by"],
        "verdict": whole["verdict"] if own else any_run["verdict"],
    }


ANSWERS = {
    "window": answer_window,
    "days": answer_dates,
    "month": answer_dates,
    "trailing": answer_trailing,
    "any_days": answer_any_days,
    "rolling": answer_rolling,
    "daily": answer_daily,
    "burn": answer_burn,
    "forecast": answer_forecast,
    "statement": answer_statement,
}
