"""Worlds to judge: whole cases as documents, drawn so that every rule is met often.

Everything happens on a grid of 30 or 60 minutes around a date with an odd clock, within a few days, by agreements of a few
days and hours: so a picture has a few hundred cells. ``world`` draws from anything that behaves like ``random.Random``:
Hypothesis's own (which shrinks), or a seeded one for many worlds quickly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
CLOCKS = (
    ("UTC", "2026-06-10"),
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/Chicago", "2026-11-01"),
    ("America/St_Johns", "2026-03-08"),
    ("America/St_Johns", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Apia", "2011-12-30"),
    ("Asia/Beirut", "2026-03-29"),
    ("Asia/Beirut", "2026-10-25"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    ("Pacific/Kwajalein", "1993-08-21"),
)
SKIPPED = ("Pacific/Apia", "Pacific/Kwajalein")
GOALS = ("99.9%", "99.5%", "99%", "97.3%", "95%", "90%", "80%", "66.666667%", "50%", "100%")
IMPACTS = ("0", "0.25", "0.5", "1", "0.125")
CAUSES_2018 = ("customer_machines", "customer_policies", "unmanaged_component", "isp", "other_external", "force_majeure_war")
CAUSES_2020 = (*CAUSES_2018, "advised_change_not_made", "entitlement_exceeded")
PARTY_REQUIRED = ("unmanaged_component", "other_external")
STATUSES = (*("CONFIRMED",) * 6, "IN-PROCESS", "IN-PROCESS", "TENTATIVE", "CANCELLED", "COMPLETED")
MAINTENANCE_IMPACTS = ("OUTAGE", "OUTAGE", "OUTAGE", "DEGRADED", "DEGRADED", "REDUCED-REDUNDANCY", "NO-IMPACT")
STATES = ("down", "down", "down", "degraded", "unknown")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HISTORIES = ("outages", "changes", "results")
SPAN_DAYS = 6
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Grid:
    """The instants at which anything may happen: ``step`` apart, ``size`` of them from ``begin``."""

    rng: Random
    begin: datetime
    step: timedelta
    size: int

    def text(self, index: int) -> str:
        return show(self.begin + index * self.step)

    def index(self, low: int = 0, high: int | None = None) -> int:
        return self.rng.randrange(low, max((self.size if high is None else high), low + 1))

    def span(self, longest_hours: int = 10, first: int = 0) -> tuple[int, int]:
        """Two indexes: mostly short spans."""
        begin = self.index(first)
        most = max(1, longest_hours * HOUR // self.step)
        return begin, begin + 1 + min(self.rng.randrange(most), self.rng.randrange(most))

    def eventful(self, case: dict[str, Any]) -> int:
        """An index at which something happened to a component."""
        facts = [fact for told in case["components"].values() for form in HISTORIES for fact in told.get(form, [])]
        texts = [fact[name] for fact in facts for name in ("at", "from", "to") if fact.get(name)]
        inside = [self.index_of(text) for text in texts if 0 <= self.index_of(text) < self.size]
        return self.rng.choice(inside) if inside else self.size // 2

    def index_of(self, text: str) -> int:
        return (datetime.fromisoformat(text) - self.begin) // self.step

    def troubled(self, case: dict[str, Any]) -> int:
        """An index at or shortly before which a component went down."""
        facts = [fact for told in case["components"].values() for form in HISTORIES for fact in told.get(form, [])]
        bad = [fact for fact in facts if fact.get("state", fact.get("status", "down")) in ("down", "fail")]
        if not bad or seldom(self.rng, 4):
            return self.index()
        fact = self.rng.choice(bad)
        return self.index_of(fact.get("at") or fact["from"]) - self.rng.randrange(3)

    def steps(self, hours: int) -> int:
        return max(1, hours * HOUR // self.step)


@dataclass(frozen=True)
class World:
    """A case without a query, and queries to ask of it. ``long`` ones look at whole months."""

    case: dict[str, Any]
    short: list[dict[str, Any]]
    long: list[dict[str, Any]]
    grid: Grid

    def cases(self) -> list[dict[str, Any]]:
        """One whole case for each query."""
        return [{**self.case, "query": query} for query in (*self.short, *self.long)]


def show(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def seldom(rng: Random, one_in: int) -> bool:
    """True once in so many draws; False is the simpler world."""
    return rng.randrange(one_in) == one_in - 1


def some(rng: Random, most: int, draw: Callable[[], T]) -> list[T]:
    return [draw() for _ in range(rng.randrange(most + 1))]


def world(rng: Random) -> World:
    """One world."""
    zone, odd = rng.choice(CLOCKS)
    middle = date.fromisoformat(odd)
    step = timedelta(minutes=rng.choice((60, 60, 30)))
    begin = datetime.combine(middle, datetime.min.time(), UTC) - SPAN_DAYS // 2 * DAY
    grid = Grid(rng, begin, step, SPAN_DAYS * DAY // step)
    names = ["a", "b", "c", "d"][: rng.randrange(4) + 1]
    case: dict[str, Any] = {"agreement": agreement(grid, zone), "components": {name: component(grid) for name in names}}
    if rng.randrange(4):
        case["composition"] = tree(rng, names, depth=2)
    if exclusions := some(rng, 3, lambda: exclusion(grid, case)):
        case["exclusions"] = [{**entry, "id": f"X-{index}"} for index, entry in enumerate(exclusions)]
    if works := some(rng, 3, lambda: maintenance(grid, case)):
        case["maintenance"] = [{**entry, "id": f"M-{index}"} for index, entry in enumerate(works)]
    short, long = queries(grid, case, middle, skips=zone in SKIPPED)
    return World(case, short, long, grid)


def versioned(drawn: World) -> World:
    """The same world, whose agreement had one or two versions before: only questions about many windows of dates are left."""
    grid, rng = drawn.grid, drawn.grid.rng
    untils = sorted(rng.sample(range(grid.size), rng.randrange(2) + 1))
    zones = (drawn.case["agreement"]["zone"],) * 3 + ("UTC",)
    earlier = [{"until": grid.text(until), "agreement": agreement(grid, rng.choice(zones))} for until in untils]
    short = [query for query in drawn.short if query["kind"] in ("any_days", "statement")]
    return World({**drawn.case, "earlier": earlier}, short, [], grid)


def agreement(grid: Grid, zone: str) -> dict[str, Any]:
    """Any agreement: windows of days, not of months, so that a world is small."""
    rng = grid.rng
    options: dict[str, tuple] = {
        "preset": ("slg-2018", "sla-2020"),
        "judged_by": ("any_days", "month"),
        "exclusion_effect": ("downtime-only", "remove-from-period", "remove-from-period"),
        "maintenance_notice_seconds": (0, 0, 3600, 6 * 3600, 30 * 3600, 12_345),
        "unknown": ("bounds", "remove-from-period", "remove-from-period"),
        "down_then_unknown": ("unknown", "stays-down", "stays-down"),
    }
    told: dict[str, Any] = {name: rng.choice(values) for name, values in options.items() if rng.randrange(2)}
    told["maintenance"] = rng.choice(("counts", "excluded", "excluded", "excluded"))
    told["degraded_impact"] = rng.choice(IMPACTS)
    told.update(zone=zone, goal=rng.choice(GOALS), days=rng.randrange(4) + 1, rolling_hours=rng.choice((1, 5, 12, 24, 36)))
    if seldom(rng, 5):
        told["service_hours"] = [hours(rng) for _ in range(rng.randrange(2) + 1)]
    if seldom(rng, 5):
        told["effective_from"] = grid.text(grid.index(0, grid.size // 2))
    if seldom(rng, 5):
        told["effective_to"] = grid.text(grid.index(grid.size // 2))
    return told


def hours(rng: Random) -> dict[str, Any]:
    begin, end = sorted(rng.sample(("00:00", "02:00", "02:30", "08:00", "17:00", "23:30", "24:00"), 2))
    return {"days": sorted(rng.sample(WEEK, rng.randrange(7) + 1)), "from": begin, "to": end}


def component(grid: Grid) -> dict[str, Any]:
    """One component in one of the three forms."""
    told = grid.rng.choice((outages, changes, results))(grid)
    if seldom(grid.rng, 5):
        told["applicable"] = [stretch(grid, *grid.span(120)) for _ in range(grid.rng.randrange(2) + 1)]
    return told


def stretch(grid: Grid, begin: int, end: int) -> dict[str, Any]:
    return {"from": grid.text(begin), "to": grid.text(end)}


def outages(grid: Grid) -> dict[str, Any]:
    def outage() -> dict[str, Any]:
        told = stretch(grid, *grid.span())
        if seldom(grid.rng, 10):
            told["to"] = None
        return told | ({"state": grid.rng.choice(STATES)} if grid.rng.randrange(2) else {})

    return {"outages": some(grid.rng, 6, outage) + ([] if grid.rng.randrange(3) else silenced_outages(grid))}


def silenced_outages(grid: Grid) -> list[dict[str, Any]]:
    """Down, then nothing is known for a while, perhaps degraded in it."""
    begin = grid.index()
    middle = begin + 1 + grid.rng.randrange(8)
    end = middle + 1 + grid.rng.randrange(8)
    inside = {**stretch(grid, middle - 1, (middle + end + 1) // 2), "state": grid.rng.choice(("degraded", "down"))}
    return [stretch(grid, begin, middle), {**stretch(grid, middle, end), "state": "unknown"}, inside]


def recorded(grid: Grid, index: int) -> dict[str, str]:
    """Facts come in time, or up to two days late."""
    return {"recorded_at": grid.text(index + grid.index(0, grid.steps(48)))} if seldom(grid.rng, 4) else {}


def changes(grid: Grid) -> dict[str, Any]:
    """Changes, some corrected later, and doubts around them."""
    rng = grid.rng
    told: dict[str, Any] = {"changes": []}
    taken = set()
    for _ in range(rng.randrange(9)):
        index = rng.choice([entry[0] for entry in taken]) if taken and seldom(rng, 6) else grid.index()
        late = recorded(grid, index)
        at = grid.text(index)
        key = (index, late.get("recorded_at", at))
        if key not in taken:
            taken.add(key)
            told["changes"].append({"at": at, "state": rng.choice(("up", "up", *STATES)), **late})
    if seldom(rng, 3):
        told["changes"] += silenced_changes(grid, taken)
    if rng.randrange(3):
        told["initial"] = rng.choice(("up", "up", "down", "degraded", "unknown"))
    doubts = some(rng, 3, lambda: doubt(grid, sorted(taken)))
    return told | ({"doubts": doubts} if doubts else {})


def silenced_changes(grid: Grid, taken: set[tuple[int, str]]) -> list[dict[str, Any]]:
    """Down, unknown, and up again, each once."""
    free = sorted(set(range(grid.size)) - {index for index, _ in taken})
    indexes = sorted(grid.rng.sample(free, 3))
    taken.add((indexes[1], grid.text(indexes[1])))
    return [{"at": grid.text(at), "state": state} for at, state in zip(indexes, ("down", "unknown", "up"), strict=True)]


def doubt(grid: Grid, taken: list[tuple[int, str]]) -> dict[str, Any]:
    """A doubt, often one that ends at a change."""
    begin, end = grid.span(6)
    if taken and grid.rng.randrange(2):
        end = grid.rng.choice(taken)[0]
        begin = end - 1 - grid.rng.randrange(4)
    told: dict[str, Any] = {**stretch(grid, begin, end), **recorded(grid, begin)}
    if grid.rng.randrange(2):
        told["worst"], told["best"] = grid.rng.choice((("down", "degraded"), ("degraded", "up"), ("down", "up"), ("up", "up")))
    return told


def results(grid: Grid) -> dict[str, Any]:
    """Looks in runs of one status, with silences between."""
    rng = grid.rng
    looks, index = [], grid.index(-4, grid.size // 2)
    for _ in range(rng.randrange(9)):
        status = rng.choice(("ok", "ok", "fail", "fail", "degraded", "error"))
        for _ in range(rng.randrange(4) + 1):
            looks.append({"at": grid.text(index), "status": status, **recorded(grid, index)})
            index += rng.choice((1, 1, 1, 1, 2, 2, 3, 0, 8))
    told = {"results": looks, "hold_seconds": int(grid.step.total_seconds()) * rng.choice((1, 1, 2, 3))}
    for name in ("confirm_failures", "confirm_successes"):
        if rng.randrange(3):
            told[name] = rng.randrange(3) + 1
    return told


def tree(rng: Random, names: list[str], depth: int) -> Any:
    """A tree over some of the names."""
    if depth == 0 or seldom(rng, 4):
        return rng.choice(names)
    children = [tree(rng, names, depth - 1) for _ in range(rng.randrange(3) + 1)]
    kind = rng.choice(("all", "at_least", "down_when", "degrading"))
    if kind == "all":
        return {"all": children}
    if kind == "degrading":
        return {"degrading": children[0]}
    return {kind: rng.randrange(len(children)) + 1, "of": children}


def exclusion(grid: Grid, case: dict[str, Any]) -> dict[str, Any]:
    """One exclusion somewhere in its life, or an assumption."""
    rng = grid.rng
    begin = grid.troubled(case)
    end = begin + 1 + rng.randrange(grid.steps(30))
    causes = CAUSES_2020 if case["agreement"].get("preset") == "sla-2020" else CAUSES_2018
    told = {**stretch(grid, begin, end), "cause": rng.choice(causes), "components": some_of(rng, list(case["components"]))}
    if seldom(rng, 3):
        return told
    if told["cause"] in PARTY_REQUIRED:
        told["party"] = "somebody"
    steps = rng.choice(("", "p", "pr", "pa", "pa", "pa", "pa", "pav"))
    words = {"p": "proposed", "a": "approved", "r": "rejected", "v": "revoked"}
    index, history = end, []
    for letter in steps:
        index += grid.index(0, grid.steps(20))
        history.append({"at": grid.text(index), "status": words[letter], "by": "anna" if letter == "p" else "ben"})
    return told | {"evidence": ["ticket:1"], "history": history}


def some_of(rng: Random, names: list[str]) -> list[str]:
    """Some names; none twice in three: the whole site."""
    return rng.sample(names, rng.randrange(len(names)) + 1) if rng.randrange(2) else []


def maintenance(grid: Grid, case: dict[str, Any]) -> dict[str, Any]:
    """A maintenance announced, moved, reminded of, cancelled, completed early."""
    rng = grid.rng
    begin = grid.troubled(case)
    end, at = begin + 2 + rng.randrange(grid.steps(12)), begin - rng.randrange(grid.steps(60))
    impact, said = rng.choice(MAINTENANCE_IMPACTS), []
    for _ in range(rng.randrange(4) + 1):
        notice = {"at": grid.text(at), **stretch(grid, begin, end), "status": rng.choice(STATUSES), "impact": impact}
        said.append(notice | ({"agreed_by": "carla"} if seldom(rng, 4) else {}))
        at += rng.randrange(grid.steps(30))
        if seldom(rng, 3):
            impact = rng.choice(MAINTENANCE_IMPACTS)
        if seldom(rng, 3):
            begin += rng.choice((-2, 0, 0, 1, 3))
            end = max(begin + 1, end + rng.choice((-2, 0, 0, 1, 3)))
    if seldom(rng, 6):
        rng.shuffle(said)
    return {"components": some_of(rng, list(case["components"])), "announcements": said}


def queries(grid: Grid, case: dict[str, Any], middle: date, skips: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every kind of query, all as of one instant. Where the zone skipped a date, a run has two: one alone would be refused."""
    rng = grid.rng
    first = middle - rng.randrange(3) * DAY
    run = {"first": first.isoformat(), "days": rng.randrange(2, 5)}
    dates = {"first": (middle - 3 * DAY).isoformat(), "last": (middle + rng.randrange(3, 5) * DAY).isoformat()}
    begin, end = grid.span(SPAN_DAYS * 24)
    own_hours = {"hours": rng.choice((1, 3, 7, 24, 48))} if rng.randrange(2) else {}
    slid = grid.index(0, grid.size // 2)
    own_days = {"days": rng.randrange(4) + 1} if rng.randrange(2) else {}
    at = {"at": grid.text(grid.eventful(case) if rng.randrange(2) else grid.index(grid.size // 4))}
    kept = {"remaining_seconds": rng.choice(("1", "600.5", "3600", "86400"))} if rng.randrange(2) else {}
    short = [
        {"kind": "window", **stretch(grid, begin, end)},
        {"kind": "days", **run},
        {"kind": "trailing", **at, **({"days": rng.randrange(2, 5)} if skips else own_days)},
        {"kind": "any_days", **dates, **own_days},
        {"kind": "rolling", **stretch(grid, slid, slid + grid.steps(48) + grid.index()), **own_hours},
        {"kind": "daily", **dates},
        {"kind": "burn", **at, "lookback_seconds": [3600 * rng.choice((1, 2, 5, 24)) for _ in range(2)]},
        {"kind": "forecast", **at, **own_hours, **own_days, **kept},
        {"kind": "statement", **run},
    ]
    month = middle.isoformat()[:7]
    long = [{"kind": "month", "month": month}] + ([{"kind": "statement", "month": month}] if seldom(rng, 8) else [])
    as_of = {"as_of": grid.text(grid.index(grid.size // 3, grid.size * 4 // 3))} if rng.randrange(2) else {}
    return [{**query, **as_of} for query in short], [{**query, **as_of} for query in long]


worlds = st.randoms(use_true_random=False).map(world)
"""Worlds that Hypothesis draws, and shrinks."""

seeded_worlds = st.integers(0, 2**32 - 1).map(lambda seed: world(Random(seed)))
"""Worlds ten times as quickly: Hypothesis draws the seed only. For laws, which need many."""
