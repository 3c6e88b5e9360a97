"""The HTML part of each notice as a mail program shows it: light and dark, narrow, judged by axe and html-validate."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, async_playwright
from statement_examples import mails as statement_mails

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "reports" / "golden"
JUDGE = ROOT / ".venv" / "node" / "node_modules" / ".bin" / "html-validate"
RULES = '{"extends": ["html-validate:recommended"], "root": true, "rules": {"no-inline-style": "off", "long-title": "off"}}'
"""A mail program knows no style sheet and shows no title."""
CHROMIUM = "/usr/bin/chromium"
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MAILS = [*((one.name, one.read_text()) for one in sorted(GOLDEN.glob("notice-*.html"))), *statement_mails()]

pytestmark = pytest.mark.browser


def missing(what: Path | str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: sh .make/servers installs it")
    pytest.skip(f"{what} is missing: mails were not looked at")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        missing(CHROMIUM)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        await chromium.close()


def test_there_is_no_mistake_in_any_mail(tmp_path: Path) -> None:
    if not JUDGE.exists():
        missing(JUDGE)
    for name, text in MAILS:
        (tmp_path / name).write_text(text)
    (tmp_path / ".htmlvalidate.json").write_text(RULES)
    done = subprocess.run([str(JUDGE), str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert len(MAILS) >= 20 and done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_nothing_scrolls_sideways_or_is_fetched(browser: Browser, scheme: str) -> None:
    page = await browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, text in MAILS[scheme == "dark" :: 2]:  # each notice once, light in one language, dark in the other
        await page.set_content(text)
        found = await Axe().run(page, options={"runOnly": TAGS})
        assert found.violations_count == 0, f"{name} {scheme}: {found.generate_report()}"
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, name
    assert asked == []
