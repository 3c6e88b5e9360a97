"""The checked-in dashboards: what the generator writes, and by the rules that people expect of dashboards."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from files import DASHBOARDS, GRAFANA, Panel, alerts, dashboard, metrics_of, panels, plain, rules
from servers import needed

from grafana.generator.__main__ import DASHBOARDS as MADE
from grafana.generator.__main__ import main
from monitor.metrics.facts import declared
from monitor.metrics.names import CHECKS, DESK, SITES
from monitor.metrics.reference import own_names

VARIABLES = ["datasource", "job", "instance"]
ADVERTISED = {
    # Facts of a licensing check; what it finds becomes a series by its name alone.
    "threenines_license_not_after_timestamp_seconds",
    "threenines_license_seats",
    "threenines_license_seats_used",
}
LIBRARY = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
SELECTOR = re.compile(r"\{[^}]*\}")
every_dashboard = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
every_panel = pytest.mark.parametrize("panel", list(panels()), ids=str)


def known() -> dict[str, str]:
    """Every metric there is by its name, with its type."""
    types = {name: of.type for name, of in {**CHECKS, **SITES, **DESK, **own_names()}.items()}
    types |= dict.fromkeys([*declared(), *ADVERTISED], "gauge")
    recorded = {rule["record"]: "gauge" for rule in rules(GRAFANA / "alerts" / "recording.yaml")}
    library = {"process_resident_memory_bytes": "gauge", "process_cpu_seconds_total": "counter"}
    return types | recorded | library


def test_what_is_checked_in_is_what_the_generator_writes(tmp_path: Path) -> None:
    main(tmp_path)
    assert {path.name: path.read_bytes() for path in DASHBOARDS} == {p.name: p.read_bytes() for p in tmp_path.glob("*.json")}
    assert {path.stem for path in DASHBOARDS} == set(MADE)


@every_dashboard
def test_a_dashboard_has_the_frame_of_all(path: Path) -> None:
    made = dashboard(path)
    assert made["uid"] == f"threenines-{path.stem}"
    assert (made["editable"], made["timezone"], made["tags"], made["schemaVersion"]) == (False, "browser", ["threenines"], 41)
    links = {link["type"]: link for link in made["links"]}
    assert links["dashboards"]["tags"] == ["threenines"]
    assert links["link"]["url"] == "${status_page}"


@every_dashboard
def test_variables_are_those_that_people_know(path: Path) -> None:
    variables = {one["name"]: one for one in dashboard(path)["templating"]["list"]}
    assert list(variables)[:3] == VARIABLES
    source = variables["datasource"]
    assert (source["type"], source["label"], source["query"]) == ("datasource", "Data source", "prometheus")
    chosen = [one for one in variables.values() if one["type"] == "query"]
    assert {"job", "instance"} <= {one["name"] for one in chosen}
    for one in chosen:
        assert (one["label"], one["multi"], one["includeAll"], one["allValue"], one["refresh"]) == (
            one["name"],
            True,
            True,
            ".+",
            2,
        )
        assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@every_dashboard
def test_nothing_is_null_and_no_customer_is_named(path: Path) -> None:
    assert list(nulls(json.loads(path.read_text()))) == []
    assert not re.search(r"acme|globex|contoso", path.read_text(), re.IGNORECASE)


def nulls(value: Any, where: str = "") -> Iterator[str]:
    if value is None:
        yield where
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from nulls(inner, f"{where}/{key}")


@every_dashboard
def test_panels_do_not_overlap_and_stay_on_the_grid(path: Path) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard(path)["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert taken.setdefault(cell, panel["title"]) == panel["title"]


@every_panel
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: Panel) -> None:
    body = panel.body
    assert panel.title and len(body["description"]) > 10
    assert body["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    defaults = body["fieldConfig"]["defaults"]
    assert defaults.get("unit") or defaults.get("mappings")
    assert len(body["targets"]) >= 1
    ids = [target["refId"] for target in body["targets"]]
    assert all(ids) and len(set(ids)) == len(ids)
    assert all(target["datasource"] == {"type": "prometheus", "uid": "${datasource}"} for target in body["targets"])


@every_panel
def test_every_selector_obeys_the_variables(panel: Panel) -> None:
    for expr in panel.queries:
        chosen = SELECTOR.findall(expr)
        assert chosen
        assert all('job=~"$job",instance=~"$instance"' in one for one in chosen), expr
        bare = [name for name in metrics_of(expr) if not re.search(rf"{name}\{{", expr)]
        assert bare == [], expr


@every_panel
def test_only_metrics_that_there_are_and_counters_only_as_rates(panel: Panel) -> None:
    types = known()
    for expr in panel.queries:
        for name in metrics_of(expr):
            base = re.sub(r"_(?:bucket|count|sum)$", "", name)
            kind = types.get(name) or types.get(base)
            assert kind, f"{name} is no metric of ours"
            inside = re.search(rf"(?:rate|increase)\({name}\{{[^}}]*\}}\[(?:\$__rate_interval|30m|2h|6h|1d|3d)\]\)", expr)
            assert (kind == "gauge") != bool(inside), expr
        for window in re.findall(r"\[([^]]+)\]", expr):
            assert window == "$__rate_interval" or {"1d": "last day"}[window] in panel.title


def test_the_expressions_of_all_panels_and_alerts_are_valid(tmp_path: Path) -> None:
    expressions = [plain(expr) for panel in panels() for expr in panel.queries]
    lines = [f"      - {{record: 'panel:{place}', expr: {json.dumps(expr)}}}" for place, expr in enumerate(expressions)]
    file = tmp_path / "panels.yaml"
    file.write_text("groups:\n  - name: panels\n    rules:\n" + "\n".join(lines) + "\n")
    done = subprocess.run([needed("promtool"), "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(expressions)} rules found" in done.stdout


def test_alerts_and_recordings_ask_only_for_metrics_that_there_are() -> None:
    types = known()
    asked = {name for rule in alerts() + rules(GRAFANA / "alerts" / "recording.yaml") for name in metrics_of(rule["expr"])}
    assert {re.sub(r"_bucket$", "", name) for name in asked} <= set(types)
