from __future__ import annotations

import os
from pathlib import Path

from monitor.metrics import Metrics
from monitor.metrics.reference import metrics_page, own_names

PAGE = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


def test_the_page_of_metrics_is_what_the_code_says() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(metrics_page())
    assert PAGE.read_text() == metrics_page()


def test_every_metric_of_our_own_registry_stands_on_the_page() -> None:
    text = Metrics("1").render().decode()
    typed = {line.split()[2]: line.split()[3] for line in text.splitlines() if line.startswith("# TYPE")}
    ours = {name: kind for name, kind in typed.items() if not name.startswith(("process_", "python_"))}
    assert ours == {name: of.type for name, of in own_names().items()}
