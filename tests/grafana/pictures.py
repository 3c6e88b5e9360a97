"""Pictures of the dashboards: the demo's service runs for some minutes with faults, a real Prometheus scrapes it, and what the
dashboards ask for is drawn. `PYTHONPATH=.:tests/real .venv/bin/python tests/grafana/pictures.py [SECONDS]`
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from draw import Times, drawn
from files import DASHBOARDS, ROOT, RULES, dashboard
from playwright.async_api import async_playwright
from test_with_prometheus import announce
from world import prometheus, world

from monitor.clock import system_clock
from sla.maintenance import Impact, Status
from sla.span import DAY, MINUTE

WIDTH = 24 * 58 + 24


async def main(seconds: float = 240) -> None:
    """Run, break, mend, draw."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with world(folder) as made, prometheus(folder / "prometheus", made.port, RULES) as asked:
            began = system_clock() / 1000
            await made.approve(await made.propose(made.outage.start + 20 * MINUTE))
            await made.propose(made.outage.end)
            await announce(made, made.now() + DAY, Status.CONFIRMED)
            await asyncio.sleep(seconds * 0.2)
            await made.stage.fail("vip")
            await asyncio.sleep(seconds * 0.2)
            await made.stage.mend("vip")
            await announce(made, made.now() - 10_000, Status.IN_PROCESS, Impact.REDUCED_REDUNDANCY, "M-2")
            await made.stage.fail("node-2")
            await asyncio.sleep(seconds * 0.2)
            await made.stage.mend("node-2")
            await made.stage.fail("ldap")
            await asyncio.sleep(seconds * 0.2)
            await made.stage.mend("ldap")
            await asyncio.sleep(seconds * 0.2)
            over = Times(began, system_clock() / 1000)
            pages = {path.stem: await drawn(dashboard(path), asked, over) for path in DASHBOARDS}
    await shot(pages, ROOT / "docs" / "pictures")


async def shot(pages: dict[str, str], folder: Path) -> None:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": WIDTH, "height": 600})
        for name, text in pages.items():
            await page.set_content(text)
            await page.screenshot(path=folder / f"grafana-{name}.png", full_page=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(*map(float, sys.argv[1:])))
