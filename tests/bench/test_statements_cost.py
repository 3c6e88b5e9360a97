"""The cost of statements is measured on statements that are published, and on all forms of the large one's year."""

from __future__ import annotations

from pathlib import Path

import statements


def test_the_bench_publishes_and_writes_what_it_measures(tmp_path: Path) -> None:
    cost = statements.measured(tmp_path, sites=3)
    assert cost.month_cpu_s > 0 and cost.forms_cpu_s > 0
