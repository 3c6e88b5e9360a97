"""What lies in grafana/, and the expressions in it with their variables replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
RULES = sorted((GRAFANA / "alerts").glob("*.yaml"))
ANY = re.compile(r"\$(?:job|instance|customer|site)\b")
_NO_NAMES = re.compile(r'"[^"]*"|\bby \([^)]*\)|\bon \([^)]*\)|\bignoring \([^)]*\)|\[[^]]*\]')
_NAME = re.compile(r"\b(?:probe|sla|threenines|customer_site:sla|blackbox_exporter|process)_[a-z0-9_:]+")


@dataclass(frozen=True)
class Panel:
    dashboard: str
    title: str
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.dashboard}/{self.title}"

    @property
    def queries(self) -> list[str]:
        return [target["expr"] for target in self.body["targets"]]


def dashboard(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def panels() -> Iterator[Panel]:
    for path in DASHBOARDS:
        for body in dashboard(path)["panels"]:
            yield Panel(path.stem, body["title"], body)


def plain(expr: str, interval: str = "1m") -> str:
    """An expression as Grafana sends it when everything is chosen."""
    return ANY.sub(".+", expr).replace("$__rate_interval", interval)


def metrics_of(expr: str) -> set[str]:
    return set(_NAME.findall(_NO_NAMES.sub(" ", expr)))


def rules(path: Path) -> list[dict[str, Any]]:
    return [rule for group in YAML(typ="safe").load(path)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for path in RULES for rule in rules(path) if "alert" in rule]
