"""Write all dashboards, or those of another folder: ``python -m grafana.generator [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.generator.budget import budget
from grafana.generator.checks import checks
from grafana.generator.maintenance import maintenance
from grafana.generator.overview import overview
from grafana.generator.service import service
from grafana.generator.site import site

FOLDER = Path(__file__).resolve().parent.parent / "dashboards"
DASHBOARDS = {
    "overview": overview,
    "site": site,
    "checks": checks,
    "budget": budget,
    "maintenance": maintenance,
    "self": service,
}


def written(name: str) -> str:
    """One dashboard as JSON."""
    return JSONEncoder(indent=2, sort_keys=True).encode(DASHBOARDS[name]().build()) + "\n"


def main(folder: Path = FOLDER) -> None:
    """Write each into ``folder``."""
    for name in DASHBOARDS:
        (folder / f"{name}.json").write_text(written(name), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
