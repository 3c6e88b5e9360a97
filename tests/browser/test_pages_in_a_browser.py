"""Pages as a browser shows them: served by the real server, looked at by Chromium and axe."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))

from evidence_world import evidence
from page_examples import AT, all_in, customer_page, empty_page, figures, hardly_measured_page, public_page, sixty_components
from statement_examples import PAGE as STATED
from subscribe_examples import subscriber_pages

from monitor.web.pages import Pages
from monitor.web.public import public_app
from monitor.web.server import serving
from reports.frame import static
from reports.operator_page import SiteLine, render_index
from reports.site import HTML, renderings
from reports.snapshot import stale_twin
from reports.statement_document import document
from reports.statement_forms import html
from reports.statements_page import PLACE as LIST
from reports.status_page import render
from sla.state import State

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LINES = (
    SiteLine("Berlin", "Contoso", State.DOWN, AT, figures(60_000), "p/a/"),
    SiteLine("Lyon", "Fabrikam", State.UP, AT, figures(0), "p/b/"),
    SiteLine("Oslo", "Fabrikam", State.UNKNOWN, AT, None, "p/b/"),
)
ADDRESSES = {
    "/": render(public_page()),
    "/p/customer/": render(customer_page()),
    "/p/stale/": render(stale_twin(customer_page())),
    "/p/empty/": render(empty_page()),
    "/p/hardly/": render(hardly_measured_page()),
    "/p/sixty/": render(sixty_components()),
    **{f"/p/{state.word}/": render(all_in(state)) for state in State},
    "/p/maintained/": render(all_in(State.UP, maintained=True)),
    **{f"/p/customer/statements/{tag}/statement.html": html(document(evidence()), tag, "en") for tag in ("en", "de")},
    **{f"/p/customer/{one.path}": one.render(STATED) for one in renderings(STATED) if one.path.endswith(LIST)},
    **{f"/p/customer/{path}": body for path, body in subscriber_pages().items() if path.startswith("de/") or "-" not in path},
    "/p/operator/": render_index("Northwind Cloud", "UTC", AT, LINES),
    **{f"/p/customer/{one.path}": one.render(customer_page()) for one in renderings(customer_page()) if one.content_type == HTML},
}


@pytest.fixture
async def site() -> AsyncIterator[str]:
    pages = Pages(
        {
            "style.css": (static("style.css"), "text/css; charset=utf-8"),
            "stale.js": (static("stale.js"), "text/javascript; charset=utf-8"),
        }
    )
    for path, body in ADDRESSES.items():
        pages.put(path, body, None, AT)
    async with serving(public_app(pages, lambda: AT), "127.0.0.1", 0) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing")
        pytest.skip(f"{CHROMIUM} is missing: pages were not looked at")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        await chromium.close()


@contextmanager
def outside_requests(page: Page, site: str) -> Iterator[list[str]]:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if not request.url.startswith(site) else None)
    yield seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(browser: Browser, site: str, scheme: str) -> None:
    page = await browser.new_page(color_scheme=scheme, java_script_enabled=True)  # type: ignore[arg-type]
    await page.route("**/stale.js", lambda route: route.fulfill(body=""))  # the pages are of a fixed day, long ago
    for path in ADDRESSES:
        await page.goto(site + path)
        await page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = await Axe().run(page, options={"runOnly": TAGS})
        assert found.violations_count == 0, f"{path} {scheme}: {found.generate_report()}"


async def test_at_320_px_without_javascript_nothing_scrolls_sideways_and_all_is_there(browser: Browser, site: str) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    for path in ADDRESSES:
        await page.goto(site + path)
        for details in await page.locator("summary").all():
            await details.click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert await page.locator("h1").is_visible()
    assert "stale.js" not in asked  # a browser without scripts does not even ask for them


async def test_without_javascript_a_page_stays_as_it_was_published(browser: Browser, site: str) -> None:
    """The pages are of a day long ago: a script would have called them out of date."""
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(f"{site}/")
    assert await page.inner_text("h1") == "All systems operational"
    await page.goto(f"{site}/p/customer/")
    assert "Operational" in await page.locator(".entry .state").all_inner_texts()


async def test_a_page_asks_nobody_else_and_breaks_no_rule_of_its_own(browser: Browser, site: str) -> None:
    page = await browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with outside_requests(page, site) as seen:
        await page.goto(f"{site}/p/customer/")
    assert seen == []
    assert said == []


async def at_age(browser: Browser, address: str, age_s: float) -> Page:
    """The page as a browser shows it that opens it ``age_s`` after it was published."""
    page = await browser.new_page()
    await page.clock.install(time=AT / 1000 + age_s)
    await page.goto(address)
    return page


async def test_a_browser_with_an_old_page_says_unknown_by_itself(browser: Browser, site: str) -> None:
    page = await at_age(browser, f"{site}/", 200)
    assert await page.inner_text("h1") == "Status unknown"
    assert set(await page.locator(".entry .state").all_inner_texts()) == {"Unknown"}
    assert await page.locator(".state.up, .banner.up").count() == 0


async def test_a_page_left_open_turns_when_it_gets_too_old_and_not_before(browser: Browser, site: str) -> None:
    page = await at_age(browser, f"{site}/p/customer/", 1)
    before = await page.locator(".state").all_inner_texts()
    await page.clock.run_for(170_000)
    assert await page.inner_text("h1") == "Partial outage"
    assert await page.locator(".state").all_inner_texts() == before
    await page.clock.run_for(20_000)
    assert await page.inner_text("h1") == "Status unknown"
    after = await page.locator(".state").all_inner_texts()
    assert [text for text, was in zip(after, before, strict=True) if was == "Down"] == ["Unknown, last seen down"] * before.count(
        "Down"
    )
    assert {text for text, was in zip(after, before, strict=True) if was != "Down"} == {"Unknown"}


async def test_a_twin_that_already_says_unknown_is_left_alone(browser: Browser, site: str) -> None:
    page = await at_age(browser, f"{site}/p/stale/", 2_000)
    assert (await page.inner_text("h1")).startswith("Status unknown since")
