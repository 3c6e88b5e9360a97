"""The benchmark of serving asks a real listener for a real page, and says what it found."""

from __future__ import annotations

from pathlib import Path

import pytest
import serve
from servers import needed


@pytest.mark.real
async def test_a_page_is_asked_for_and_answered(tmp_path: Path) -> None:
    needed("wrk")
    async with serve.service(tmp_path / "ours", 1, 0) as (process, url):
        cost = serve.saturated(url, [process], 0, 1)
        took = await serve.waited(url, 0.5)
        with pytest.raises(ValueError, match="not every request"):
            serve.saturated(f"{url}nothing-here", [process], 0, 1)
    assert cost.per_s > 100 and cost.cpu_us > 5
    assert len(took) == 100


def test_a_verdict_needs_a_machine_that_holds_still() -> None:
    assert serve.line([serve.Cost(40, 1)], [serve.Cost(10, 1)]).endswith("0.25 of nginx (0.25..0.25); goals 20,000 and 0.2: met")
    assert serve.line([serve.Cost(60, 1)], []).endswith("missed")
    assert serve.waits([1.0] * 100, [1.0] * 100).endswith("met")
    assert serve.waits([30.0] * 100, [1.0] * 100).endswith("missed")
    assert serve.waits([30.0] * 100, [9.0] * 100).endswith("busy")
