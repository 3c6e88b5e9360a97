"""Asking for a change as a customer does: in Chromium, without a script, on the running service."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "monitor"))
sys.path.insert(0, str(Path(__file__).parents[1] / "monitor" / "cli"))
sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))

from desk_world import Store, filled
from page_examples import AT, customer_page
from request_examples import form
from test_exclusion_command import running, threenines
from test_pages_in_a_browser import ARGS, CHROMIUM, TAGS

from monitor.addresses import customer_path
from monitor.store.key import service_key
from monitor.web.pages import Pages
from monitor.web.public import public_app
from monitor.web.server import serving
from reports.frame import static
from reports.languages import CATALOGUES
from reports.request_page import refusal, render
from sla.request import Kind

pytestmark = pytest.mark.browser
FAULTS = ("request.fault.kind", "request.fault.words.missing")
PAGES = {
    "/p/empty/": render(customer_page(), form=form()),
    "/p/wrong/": b"",
    "/p/wrong/de/": render(customer_page(), CATALOGUES["de"], "de/", form(kind=Kind.OTHER, faults=FAULTS, words="<b>&")),
    "/p/refused/": refusal(customer_page(), 429),
    "/p/elsewhere/": render(customer_page()),
}


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


async def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser) -> None:
    pages = Pages({"style.css": (static("style.css"), "text/css; charset=utf-8")})
    for path, body in PAGES.items():
        pages.put(path, body, None, AT)
    async with serving(public_app(pages, lambda: AT), "127.0.0.1", 0) as (host, port):
        for scheme in ("light", "dark"):
            context = await browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
            page = await context.new_page()
            for path in filter(PAGES.get, PAGES):
                await page.goto(f"http://{host}:{port}{path}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
                found = await Axe().run(page, options={"runOnly": TAGS})
                assert found.violations_count == 0, f"{path} {scheme}: {found.generate_report()}"
            await context.close()


@pytest.fixture
def asked_of(tmp_path: Path) -> Iterator[tuple[Store, str]]:
    """A running service with a public listener; gives the address of the customer's page there."""
    made = filled(tmp_path)
    made.database.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    main = tmp_path / "threenines.yaml"
    main.write_text(f'{main.read_text()}public: {{bind: "127.0.0.1:{port}"}}\n')
    with running(tmp_path):
        yield made, f"http://127.0.0.1:{port}{customer_path(service_key(tmp_path / 'data'), 'acme', 0)}"


async def test_a_customer_asks_without_a_script_and_sees_how_it_stands(
    browser: Browser, asked_of: tuple[Store, str], tmp_path: Path
) -> None:
    made, address = asked_of
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(f"{address}de/index.html")
    await page.click("text=Änderung anfragen")
    await page.check("text=Etwas anderes")
    await page.click("button")
    assert "sagen Sie uns mit eigenen Worten" in await page.inner_text(".faults")
    await page.fill("textarea", "Bitte Knoten 1 neu starten.\n<b>Danke</b>")
    await page.check("text=node-1")
    await page.click("button")
    assert page.url == f"{address}de/#requests", said
    row = await page.inner_text(".requests li")
    assert "Etwas anderes" in row and "Eingegangen" in row and "REQ-" in row
    shown = threenines(made.folder, "request", "list")
    assert shown.returncode == 0 and "<b>Danke</b>" in shown.stdout, shown.stderr
    key = re.findall(r"REQ-\d{4}-\d{4}", row)[0]
    one = threenines(made.folder, "request", "show", key)
    assert "node-1" in one.stdout and "ada@acme.example" in one.stdout
    done = threenines(made.folder, "request", "decline", key, "--answer", "Nicht vor Montag.")
    assert (done.returncode, done.stdout) == (0, f"{key} declined by host:root\n"), done.stderr
    await page.goto(f"{address}de/index.html")
    row = await page.inner_text(".requests li")
    assert "Abgelehnt" in row and "Nicht vor Montag." in row
    again = threenines(made.folder, "request", "decline", key, "--answer", "no")
    assert again.returncode == 65 and "declined does not follow here" in again.stderr
    assert threenines(made.folder, "request", "show", "REQ-1").returncode == 2
    assert [line for line in said if "Failed to load" not in line] == [], "no rule of the page was broken"
    await context.close()
