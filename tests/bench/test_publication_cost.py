"""The bench of a publication publishes every customer's page of a running service, and says what the goal is one of."""

from __future__ import annotations

from pathlib import Path

import publication
import pytest
import targets


@pytest.mark.real
def test_every_customers_pages_are_published_by_the_command(tmp_path: Path) -> None:
    with targets.running(tmp_path, 0) as at, publication.service(tmp_path / "run", 2, at, 0) as (main, process):
        cost = publication.published(main, tmp_path / "shelf", process)
    pages = list((tmp_path / "shelf" / "current" / "p").glob("*/index.html"))
    assert len(pages) == 2
    assert cost.files > 40 and cost.size > 100_000
    assert cost.command_cpu_s > 0 and cost.service_cpu_s > 0


def test_only_the_number_of_customers_that_the_goal_names_is_judged() -> None:
    cost = publication.Cost(1, 1, 30.0, 1.0, 1.0)
    assert publication.verdict(500, cost) == "goal 30 s: met"
    assert publication.verdict(500, publication.Cost(1, 1, 30.1, 1.0, 1.0)) == "goal 30 s: missed"
    assert publication.verdict(20, cost).startswith("no verdict")
