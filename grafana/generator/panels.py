"""The kinds of panels that the dashboards are made of. Each has a title, a description, a unit and its queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from grafana_foundation_sdk.builders import gauge, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.common import (
    HeatmapCalculationOptions,
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.generator.frame import SOURCE, matched

WIDE, HALF, THIRD, QUARTER, SIXTH = 24, 12, 8, 6, 4
"""Widths, of 24."""

GREEN, YELLOW, RED, GREY, BLUE = "green", "yellow", "red", "text", "blue"
STATES = {"0": ("up", GREEN), "1": ("degraded", YELLOW), "2": ("down", RED), "3": ("unknown", GREY)}
YES_NO = {"0": ("no", GREEN), "1": ("yes", RED)}
GOOD = {"0": ("no", RED), "1": ("yes", GREEN)}
_RANKS = (("degraded", 1), ("down", 2), ("unknown", 3))


def ranked(metric: str, labels: str, by: str) -> str:
    """A one-hot state as one number: 0 up, 1 degraded, 2 down, 3 unknown."""
    parts = (f'max by ({by}) ({metric}{{{labels},state="{state}"}}) * {rank}' for state, rank in _RANKS)
    return " + ".join(parts)


def lines(
    title: str, text: str, unit: str, queries: Mapping[str, str], span: int = HALF, stacked: bool = False, bars: bool = False
) -> timeseries.Panel:
    """Curves over time; ``queries``: legend → expression."""
    panel = (
        timeseries.Panel()
        .fill_opacity(60 if bars else 10)
        .line_width(1)
        .draw_style(GraphDrawStyle.BARS if bars else GraphDrawStyle.LINE)
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .legend(
            VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True).calcs([])
        )
    )
    if stacked:
        panel = panel.stacking(StackingConfig().mode(StackingMode.NORMAL).group("A"))
    return _framed(panel, title, text, unit, queries, span)


def number(
    title: str,
    text: str,
    unit: str,
    queries: Mapping[str, str],
    span: int = QUARTER,
    limits: tuple[tuple[float, str], ...] = ((0, GREEN),),
    words: Mapping[str, tuple[str, str]] | None = None,
    height: int = 4,
) -> stat.Panel:
    """The newest value of each query, large; ``limits``: from this value on this colour, the first from everywhere."""
    panel = (
        stat.Panel()
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .reduce_options(_last())
        .thresholds(thresholds(*limits))
        .mappings([mapping(words)] if words else [])
    )
    return _framed(panel, title, text, unit, queries, span, height, instant=True)


def dial(title: str, text: str, expr: str, legend: str, span: int = HALF) -> gauge.Panel:
    """A share between nothing and all of it; the last quarter is yellow, spent is red."""
    panel = gauge.Panel().min(0).max(1).reduce_options(_last()).thresholds(thresholds((0, RED), (0.001, YELLOW), (0.25, GREEN)))
    return _framed(panel, title, text, "percentunit", {legend: expr}, span, instant=True)


def timeline(
    title: str, text: str, expr: str, legend: str, words: Mapping[str, tuple[str, str]] = STATES, span: int = WIDE
) -> statetimeline.Panel:
    """States as coloured spans."""
    panel = (
        statetimeline.Panel()
        .mappings([mapping(words)])
        .merge_values(True)
        .fill_opacity(80)
        .thresholds(thresholds((0, GREEN)))
        .legend(
            VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(False).calcs([])
        )
    )
    return _framed(panel, title, text, "none", {legend: expr}, span)


def heat(title: str, text: str, expr: str, span: int = HALF) -> heatmap.Panel:
    """Buckets of a histogram over time."""
    panel = heatmap.Panel().calculate(False).calculation(HeatmapCalculationOptions()).unit("s")
    query = _query("{{le}}", expr, "A", instant=False).format(PromQueryFormat.HEATMAP)
    return panel.title(title).description(text).datasource(SOURCE).height(8).span(span).targets([query])


def rows(
    title: str,
    text: str,
    columns: Mapping[str, tuple[str, str]],
    names: Mapping[str, str],
    span: int = WIDE,
    sort: str | None = None,
    descending: bool = False,
    colours: Mapping[str, tuple[tuple[float, str], ...]] | None = None,
    never: Collection[str] = (),
) -> table.Panel:
    """A table: ``columns`` are title → (unit, expression), ``names`` label → title of the columns before them.

    In the columns ``never`` a value of -1 means that it does not come to that.
    """
    letters = [chr(ord("A") + place) for place in range(len(columns))]
    titles = {f"Value #{letter}": column for letter, column in zip(letters, columns, strict=True)}
    if len(columns) == 1:
        titles = {"Value": next(iter(columns))}
    order = {name: place for place, name in enumerate((*names, *titles))}
    organized = {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": {**names, **titles}}
    panel = (
        table.Panel()
        .thresholds(thresholds((0, GREY)))
        .transformations(
            [DataTransformerConfig(id_val="merge", options={}), DataTransformerConfig(id_val="organize", options=organized)]
        )
    )
    for column, (unit, _) in columns.items():
        panel = panel.override_by_name(column, _look(unit, (colours or {}).get(column), column in never))
    if sort is not None:
        panel = panel.transformations(
            [
                DataTransformerConfig(id_val="merge", options={}),
                DataTransformerConfig(id_val="organize", options=organized),
                DataTransformerConfig(id_val="sortBy", options={"fields": {}, "sort": [{"field": sort, "desc": descending}]}),
            ]
        )
    queries = [
        _query("", expr, letter, instant=True).format(PromQueryFormat.TABLE)
        for letter, (_, expr) in zip(letters, columns.values(), strict=True)
    ]
    return panel.title(title).description(text).datasource(SOURCE).unit("short").height(9).span(span).targets(queries)


def thresholds(*limits: tuple[float, str]) -> ThresholdsConfig:
    """From each value on its colour. Grafana takes the first for everything below as well."""
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([Threshold(float(value), colour) for value, colour in limits])


def mapping(words: Mapping[str, tuple[str, str]]) -> ValueMap:
    """Numbers as coloured words."""
    return ValueMap(
        options={
            value: ValueMappingResult(text=word, color=colour, index=place)
            for place, (value, (word, colour)) in enumerate(words.items())
        }
    )


def _look(unit: str, limits: tuple[tuple[float, str], ...] | None, never: bool) -> list[DynamicConfigValue]:
    properties = [DynamicConfigValue(id_val="unit", value=unit)]
    if never:
        properties.append(DynamicConfigValue(id_val="mappings", value=[mapping({"-1": ("never", GREY)})]))
    if limits:
        properties.append(DynamicConfigValue(id_val="thresholds", value=thresholds(*limits).build()))
        properties.append(DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}))
    return properties


def _framed(
    panel: Any, title: str, text: str, unit: str, queries: Mapping[str, str], span: int, height: int = 8, instant: bool = False
) -> Any:
    targets = [_query(legend, expr, chr(ord("A") + place), instant) for place, (legend, expr) in enumerate(queries.items())]
    return panel.title(title).description(text).datasource(SOURCE).unit(unit).height(height).span(span).targets(targets)


def _query(legend: str, expr: str, ref: str, instant: bool) -> Dataquery:
    query = Dataquery().expr(matched(expr)).ref_id(ref).datasource(SOURCE).legend_format(legend)
    return query.instant() if instant else query.range()


def _last() -> ReduceDataOptions:
    return ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)
