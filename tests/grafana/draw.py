"""Dashboards drawn without Grafana: the same queries against a real Prometheus, as plain SVG in one page.

It knows what our dashboards use and no more. Colours, units, words and places come from the JSON, so a picture shows whether
queries, legends, units and layout make sense; it does not show how Grafana itself looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from files import plain
from world import Prometheus

CELL_W, CELL_H, GAP = 58, 36, 8
STEP_S = 2
PALETTE = ("#73bf69", "#f2cc0c", "#5794f2", "#ff780a", "#f2495c", "#b877d9", "#8ab8ff", "#ffa6b0", "#c0d8ff", "#fade2a")
COLOURS = {"green": "#73bf69", "yellow": "#f2cc0c", "red": "#f2495c", "blue": "#5794f2", "text": "#9fa7b3"}
STYLE = """
body{margin:0;background:#111217;color:#ccccdc;font:12px DejaVu Sans,sans-serif}
h1{font-size:17px;font-weight:500;margin:12px 8px}.note{color:#9fa7b3;margin:0 8px 10px}
.grid{position:relative}.panel{position:absolute;background:#181b1f;border:1px solid #2c3038;border-radius:3px;overflow:hidden}
.panel h2{font-size:12px;font-weight:500;margin:6px 8px 2px}table{border-collapse:collapse;width:calc(100% - 16px);margin:4px 8px}
td,th{text-align:left;border-bottom:1px solid #2c3038;padding:3px 6px;font-weight:400}th{color:#9fa7b3}
.big{display:flex;flex-wrap:wrap;gap:4px 18px;padding:4px 10px}.big b{font-size:19px;font-weight:500;display:block}
.big span{color:#9fa7b3;font-size:11px}
.keys{padding:0 8px;font-size:10px;white-space:nowrap}.keys i{font-style:normal;margin-right:9px}
"""


@dataclass(frozen=True)
class Curve:
    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Times:
    start: float
    end: float


async def drawn(made: dict[str, Any], asked: Prometheus, over: Times) -> str:
    """The dashboard as one HTML page."""
    panels = made["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) * CELL_H
    inside = [_placed(panel, await _content(panel, asked, over)) for panel in panels]
    note = "drawn by the tests from the dashboard's own queries against a real Prometheus; Grafana itself looks different"
    head = f"<h1>{escape(made['title'])}</h1><p class=note>{note}</p>"
    body = f"{head}<div class=grid style='height:{height}px'>{''.join(inside)}</div>"
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{body}"


def _placed(panel: dict[str, Any], content: str) -> str:
    at = panel["gridPos"]
    where = f"left:{at['x'] * CELL_W + GAP}px;top:{at['y'] * CELL_H}px"
    box = f"{where};width:{at['w'] * CELL_W - GAP}px;height:{at['h'] * CELL_H - GAP}px"
    return f"<div class=panel style='{box}'><h2>{escape(panel['title'])}</h2>{content}</div>"


async def _content(panel: dict[str, Any], asked: Prometheus, over: Times) -> str:
    at = panel["gridPos"]
    width, height = at["w"] * CELL_W - GAP - 16, at["h"] * CELL_H - GAP - 50
    if panel["type"] == "table":
        return await _table(panel, asked, over)
    curves = [curve for target in panel["targets"] for curve in await _curves(target, asked, over)]
    if panel["type"] in ("stat", "gauge"):
        return _numbers(panel, curves)
    if panel["type"] == "heatmap":
        panel = {**panel, "fieldConfig": {"defaults": {"unit": "none"}}}
    if panel["type"] == "state-timeline":
        return _states(panel, curves, over, width)
    return _graph(panel, curves, over, width, height)


async def _curves(target: dict[str, Any], asked: Prometheus, over: Times) -> list[Curve]:
    expr = plain(target["expr"], "20s")
    found = (await asked.ask("query_range", query=expr, start=over.start, end=over.end, step=STEP_S))["result"]
    return [
        Curve(_legend(target, one["metric"]), tuple((float(at), float(value)) for at, value in one["values"] if value != "NaN"))
        for one in found
    ]


def _legend(target: dict[str, Any], labels: dict[str, str]) -> str:
    text = str(target.get("legendFormat", ""))
    for key, value in labels.items():
        text = text.replace(f"{{{{{key}}}}}", value)
    return text


def _numbers(panel: dict[str, Any], curves: Sequence[Curve]) -> str:
    defaults = panel["fieldConfig"]["defaults"]
    shown = []
    for curve in curves:
        if curve.points:
            value = curve.points[-1][1]
            text, colour = _said(defaults, value)
            shown.append(f"<div><b style='color:{colour}'>{escape(text)}</b><span>{escape(curve.name)}</span></div>")
    return f"<div class=big>{''.join(shown)}</div>"


def _said(defaults: dict[str, Any], value: float) -> tuple[str, str]:
    """A value as word or number, with its colour."""
    for mapping in defaults.get("mappings", []):
        if (word := mapping["options"].get(f"{value:g}")) is not None:
            return word["text"], COLOURS[word["color"]]
    steps = defaults.get("thresholds", {}).get("steps", [])
    reached = [step for place, step in enumerate(steps) if place == 0 or value >= step["value"]]
    return unit(value, defaults.get("unit", "short")), COLOURS[reached[-1]["color"]] if reached else "#ccccdc"


def unit(value: float, name: str) -> str:
    """A value as Grafana writes it, more or less."""
    match name:
        case "percentunit":
            return f"{value * 100:.3f} %"
        case "bytes":
            return f"{value / 2**30:.2f} GiB" if value >= 2**30 else f"{value / 2**20:.1f} MiB"
        case "dateTimeAsIso":
            return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M}"
        case "bool_yes_no":
            return "Yes" if value else "No"
        case "s" | "dtdurations":
            return _duration(value)
        case "ops" | "reqps":
            return f"{value:.2f}/s"
    return f"{value:.4g}"


def _duration(value: float) -> str:
    for limit, divisor, word in ((172_800, 86_400, "d"), (7_200, 3_600, "h"), (120, 60, "min"), (1, 1, "s")):
        if abs(value) >= limit:
            return f"{value / divisor:.1f} {word}"
    return f"{value * 1000:.1f} ms" if value else "0 s"


def _states(panel: dict[str, Any], curves: Sequence[Curve], over: Times, width: int) -> str:
    defaults, parts = panel["fieldConfig"]["defaults"], []
    name_w, high = 190, max(12, min(24, (panel["gridPos"]["h"] * CELL_H - 50) // max(1, len(curves))))
    scale = (width - name_w) / (over.end - over.start)
    for row, curve in enumerate(sorted(curves, key=lambda one: one.name)):
        y = row * high
        parts.append(f"<text x=0 y={y + high * 0.7:.0f} fill='#ccccdc' font-size=11>{escape(curve.name)}</text>")
        for at, value in curve.points:
            x, colour = name_w + (at - over.start) * scale, _said(defaults, value)[1]
            parts.append(f"<rect x={x:.1f} y={y + 1} width={STEP_S * scale + 0.5:.1f} height={high - 3} fill='{colour}'/>")
    return f"<svg width={width} height={high * max(1, len(curves))} style='margin:4px 8px'>{''.join(parts)}</svg>"


def _graph(panel: dict[str, Any], curves: Sequence[Curve], over: Times, width: int, height: int) -> str:
    stacked = panel["fieldConfig"]["defaults"].get("custom", {}).get("stacking", {}).get("mode") == "normal"
    known = [curve for curve in curves if curve.points]
    if stacked:
        known = _piled(known)
    values = [value for curve in known for _, value in curve.points] or [0.0]
    low, top = min(*values, 0.0), max(values)
    if min(values) > 0.9 and top <= 1:  # shares near one would all lie on the upper edge
        low = min(values) - (top - min(values)) * 0.1
    top = top if top > low else low + 1
    name_w, scale_x = 64, (width - 64) / (over.end - over.start)

    def y(value: float) -> float:
        return height - 4 - (value - low) / (top - low) * (height - 12)

    parts = []
    for share in (0, 0.5, 1):
        at = low + (top - low) * share
        label = unit(at, panel["fieldConfig"]["defaults"].get("unit", "short"))
        parts.append(f"<line x1={name_w} x2={width} y1={y(at):.1f} y2={y(at):.1f} stroke='#2c3038'/>")
        parts.append(f"<text x=0 y={y(at) + 3:.1f} fill='#9fa7b3' font-size=9>{escape(label)}</text>")
    for place, curve in enumerate(known):
        path = " ".join(f"{name_w + (at - over.start) * scale_x:.1f},{y(value):.1f}" for at, value in curve.points)
        colour = PALETTE[place % len(PALETTE)]
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='1.4'/>")
    keys = "".join(f"<i style='color:{PALETTE[n % len(PALETTE)]}'>{escape(one.name)}</i>" for n, one in enumerate(known))
    return f"<svg width={width} height={height} style='margin:0 8px'>{''.join(parts)}</svg><div class=keys>{keys}</div>"


def _piled(curves: Sequence[Curve]) -> list[Curve]:
    """Each on top of those before it."""
    below: dict[float, float] = {}
    piled = []
    for curve in curves:
        points = []
        for at, value in curve.points:
            below[at] = below.get(at, 0.0) + value
            points.append((at, below[at]))
        piled.append(Curve(curve.name, tuple(points)))
    return piled


async def _table(panel: dict[str, Any], asked: Prometheus, over: Times) -> str:
    options = next(one["options"] for one in panel["transformations"] if one["id"] == "organize")
    names, rows = options["renameByName"], dict[tuple[str, ...], dict[str, float]]()
    order = options["indexByName"]
    labels = sorted((name for name in names if not name.startswith("Value")), key=order.__getitem__)
    many = len(panel["targets"]) > 1
    for target in panel["targets"]:
        for one in (await asked.ask("query", query=plain(target["expr"], "20s"), time=over.end))["result"]:
            key = tuple(one["metric"].get(label, "") for label in labels)
            rows.setdefault(key, {})[f"Value #{target['refId']}" if many else "Value"] = float(one["value"][1])
    columns = sorted((name for name in names if name.startswith("Value")), key=order.__getitem__)
    head = "".join(f"<th>{escape(names[name])}</th>" for name in (*labels, *columns))
    looks = {
        one["matcher"]["options"]: {p["id"]: p["value"] for p in one["properties"]} for one in panel["fieldConfig"]["overrides"]
    }
    lines = []
    for key, values in sorted(rows.items(), key=lambda row: row[1].get(columns[0], 0)):
        cells = "".join(f"<td>{escape(text)}</td>" for text in key)
        for column in columns:
            look = looks.get(names[column], {})
            defaults = {"unit": "short", **{name: look[name] for name in ("unit", "thresholds", "mappings") if name in look}}
            text, colour = _said(defaults, values[column]) if column in values else ("", "#ccccdc")
            cells += f"<td style='color:{colour}'>{escape(text)}</td>"
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"
