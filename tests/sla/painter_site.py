"""The site in each cell: parts forgiven, tree, whole site forgiven, impact, period. One picture per set of exclusions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from painter_clock import read_instant
from painter_facts import DEGRADED, DOWN, FINE, UP, Canvas, Colour, Row, ending, stroke, when

SEVERITY = ("NO-IMPACT", "REDUCED-REDUNDANCY", "DEGRADED", "OUTAGE")
WHOLE = 1000  # impacts are counted in thousandths


@dataclass(frozen=True)
class Picture:
    """What a set of exclusions leaves of the site, cell by cell.

    ``point`` and ``bounds`` are the site's colours (None: no part applies). ``unknown``: observed, in the period, and
    nobody can say what it costs. ``left``: the cell leaves the period. ``counts``: it is in the period. ``cost``,
    ``best``, ``worst``: thousandths that each ms of the cell costs.
    """

    point: list[Colour | None]
    bounds: list[Colour | None]
    judged: list[bool]
    unknown: list[bool]
    left: list[bool]
    counts: list[bool]
    cost: list[int]
    best: list[int]
    worst: list[int]


@dataclass(frozen=True)
class Rows:
    """One component's rows before anything is forgiven, and where it belongs to the site."""

    point: Row
    bounds: Row
    applies: list[bool]


@dataclass(frozen=True)
class Scene:
    """All that a picture is painted from: ``observed`` and ``closed`` (outside service hours) are masks."""

    canvas: Canvas
    components: dict[str, Rows]
    tree: Any
    rules: dict[str, Any]
    observed: list[bool]
    closed: list[bool]


def tree_of(case: dict) -> Any:
    return case.get("composition") or {"all": sorted(case["components"])}


def named(node: Any) -> set[str]:
    """The components of a tree."""
    if isinstance(node, str):
        return {node}
    children = node.get("all") or node.get("of") or [node.get("degrading")]
    return set().union(*(named(child) for child in children))


def level_of(node: Any, levels: dict[str, int | None]) -> int | None:
    """The level of a tree whose components have these levels; None is left out, and so is a node with nothing in it."""
    if isinstance(node, str):
        return levels[node]
    if "degrading" in node:
        inner = level_of(node["degrading"], levels)
        return None if inner is None else max(inner, DEGRADED)
    told = [level_of(child, levels) for child in node.get("all") or node["of"]]
    children = sorted(level for level in told if level is not None)
    if not children:
        return None
    if "all" in node:
        return children[0]
    if "at_least" in node:
        level = children[-min(node["at_least"], len(children))]
    else:
        level = children[min(node["down_when"], len(children)) - 1]
    return level if children[0] == UP else min(level, DEGRADED)


def forgiven(canvas: Canvas, maintenance: dict, as_of: int, notice: int) -> list[str | None]:
    """For each cell the impact that this maintenance forgives, None where it forgives nothing."""
    said = [entry for entry in maintenance["announcements"] if when(entry) <= as_of]
    said.sort(key=when)
    return [forgiven_at(canvas.at(cell), said, notice, canvas.step) for cell in range(canvas.size)]


def forgiven_at(at: int, said: list[dict], notice: int, step: int) -> str | None:
    """Walk every step of the notice time up to ``at``: what was said then must have held ``at``."""
    now = latest(said, at)
    if now is None or not holds(now, at):
        return None
    begin = when({"at": now["from"]})
    agreed = [when(entry) for entry in said if "agreed_by" in entry and when(entry) <= begin]
    first = max([begin - notice, *agreed[-1:]])
    instant, impacts = at - (at - first + step - 1) // step * step, []
    while instant <= at:
        entry = latest(said, instant)
        if entry is None or not holds(entry, at):
            return None
        impacts.append(entry["impact"])
        instant += step
    return min(impacts, key=SEVERITY.index)


def latest(said: list[dict], at: int) -> dict | None:
    """What was announced last at that instant: at one instant the last in the list."""
    return next((entry for entry in reversed(said) if when(entry) <= at), None)


def holds(entry: dict, at: int) -> bool:
    return entry["status"] in ("CONFIRMED", "IN-PROCESS") and read_instant(entry["from"]) <= at < ending(entry)


def forgive(row: list[Any], impacts: list[str | None]) -> None:
    """OUTAGE maintenance forgives all; DEGRADED only what is degraded."""
    for cell, impact in enumerate(impacts):
        if impact == "OUTAGE" and row[cell] is not None:
            row[cell] = FINE
        elif impact == "DEGRADED" and row[cell] is not None:
            row[cell] = tuple(UP if level == DEGRADED else level for level in row[cell])


Overlay = tuple[list[str], Callable[[list[Any]], None]]


def overlays(scene: Scene, exclusions: list[dict], works: list[tuple[dict, list[str | None]]]) -> Iterator[Overlay]:
    """Each exclusion and maintenance as the components that it is about (none: the whole site) and what it does to a row."""
    for exclusion in exclusions:
        where = scene.canvas.cells(when(exclusion), ending(exclusion))
        yield exclusion.get("components", []), lambda row, where=where: excuse(row, where)
    for maintenance, impacts in works:
        yield maintenance.get("components", []), lambda row, impacts=impacts: forgive(row, impacts)


def excuse(row: list[Any], where: slice) -> None:
    """Up during the span, where there is anything at all."""
    row[where] = [None if colour is None else FINE for colour in row[where]]


def site_row(scene: Scene, track: str, layers: list[Overlay]) -> list[Colour | None]:
    """One track of the site: parts forgiven, left out where they do not apply, the tree, the whole site forgiven."""
    rows = []
    for name, component in scene.components.items():
        row = list(getattr(component, track))
        for about, act in layers:
            if name in about:
                act(row)
        rows.append([colour if applies else None for colour, applies in zip(row, component.applies, strict=True)])
    seen: dict[tuple, Colour | None] = {}
    site = [seen[cell] if cell in seen else seen.setdefault(cell, combine(scene, cell)) for cell in zip(*rows, strict=True)]
    for about, act in layers:
        if not about:
            act(site)
    return site


def combine(scene: Scene, colours: tuple[Colour | None, ...]) -> Colour | None:
    """The site's worst from all worsts, its best from all bests."""
    names = list(scene.components)
    lo, hi = (
        level_of(scene.tree, {name: colour and colour[end] for name, colour in zip(names, colours, strict=True)})
        for end in (0, 1)
    )
    return None if lo is None or hi is None else (lo, hi)


def paint_site(scene: Scene, exclusions: list[dict], works: list[tuple[dict, list[str | None]]]) -> Picture:
    """The picture that these exclusions and maintenances leave."""
    layers = list(overlays(scene, exclusions, works))
    point, bounds = site_row(scene, "point", layers), site_row(scene, "bounds", layers)
    price = {UP: 0, DEGRADED: scene.rules["degraded_impact"], DOWN: WHOLE}
    left = [closed or colour is None for closed, colour in zip(scene.closed, point, strict=True)]
    if scene.rules["exclusion_effect"] == "remove-from-period":
        remove(scene.canvas, left, exclusions, works)
    judged = [seen and not gone for seen, gone in zip(scene.observed, left, strict=True)]
    unknown = [here and price[colour[0]] != price[colour[1]] for here, colour in zip(judged, point, strict=True)]
    if scene.rules["unknown"] == "remove-from-period":
        left = [gone or open_ for gone, open_ in zip(left, unknown, strict=True)]
    counts = [here and not gone for here, gone in zip(judged, left, strict=True)]

    def costs(row: list[Colour | None], end: int) -> list[int]:
        return [price[colour[end]] if here else 0 for here, colour in zip(counts, row, strict=True)]

    return Picture(point, bounds, judged, unknown, left, counts, costs(point, 1), costs(bounds, 1), costs(bounds, 0))


def remove(canvas: Canvas, left: list[bool], exclusions: list[dict], works: list[tuple[dict, list[str | None]]]) -> None:
    """Whole-site exclusions and whole-site OUTAGE maintenance leave the period."""
    for exclusion in exclusions:
        if not exclusion.get("components"):
            stroke(left, canvas.cells(when(exclusion), ending(exclusion)), True)
    for maintenance, impacts in works:
        if not maintenance.get("components"):
            left[:] = [gone or impact == "OUTAGE" for gone, impact in zip(left, impacts, strict=True)]


def approved_at(exclusion: dict, as_of: int) -> int | None:
    """When an exclusion that counts was approved; None: it does not count. An assumption has always been approved."""
    if "history" not in exclusion:
        return -1
    steps = [step for step in exclusion["history"] if read_instant(step["at"]) <= as_of]
    return read_instant(steps[-1]["at"]) if steps and steps[-1]["status"] == "approved" else None


def in_force(exclusions: list[dict], as_of: int) -> list[dict]:
    """The exclusions that count, in the order in which they were approved."""
    dated = [(approved_at(exclusion, as_of), exclusion["id"], exclusion) for exclusion in exclusions]
    return [entry[2] for entry in sorted((entry for entry in dated if entry[0] is not None), key=lambda entry: entry[:2])]
