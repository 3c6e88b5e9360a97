"""Every HTML document of every kind of page, judged by html-validate."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))

from evidence_world import evidence
from page_examples import AT, customer_page, empty_page, figures, hardly_measured_page, public_page, releases
from statement_examples import PAGE as STATED
from subscribe_examples import subscriber_pages

from reports.operator_page import SiteLine, render_index
from reports.site import HTML, renderings
from reports.snapshot import stale_twin
from reports.statement_document import document
from reports.statement_forms import html
from sla.state import State

ROOT = Path(__file__).resolve().parents[2]
JUDGE = ROOT / ".venv" / "node" / "node_modules" / ".bin" / "html-validate"
RULES = '{"extends": ["html-validate:recommended"], "root": true}'

pytestmark = pytest.mark.browser


@pytest.mark.timeout(240)
def test_there_is_no_mistake_in_any_document(tmp_path: Path) -> None:
    if not JUDGE.exists():
        if os.environ.get("CI"):
            pytest.fail("html-validate is missing: sh .make/servers installs it")
        pytest.skip("html-validate is missing: the pages were not judged")
    customer = customer_page(releases=releases())
    pages = (customer, stale_twin(customer), public_page(), hardly_measured_page(), empty_page(), STATED)
    written = 0
    for number, page in enumerate(pages):
        for one in renderings(page):
            if one.content_type == HTML and (page is not STATED or "statements/" in one.path):
                written += 1
                (tmp_path / f"{number}-{written}.html").write_bytes(one.render(page))
    for tag in ("en", "de"):
        (tmp_path / f"statement-{tag}.html").write_bytes(html(document(evidence()), tag, "en"))
    for path, body in subscriber_pages().items():
        (tmp_path / f"{path.replace('/', '-')}.html").write_bytes(body)
    lines = [SiteLine("Portal", "Contoso", state, AT, figures(60_000), "p/a/") for state in State]
    (tmp_path / "operator.html").write_bytes(render_index("Northwind Cloud", "UTC", AT, lines))
    (tmp_path / ".htmlvalidate.json").write_text(RULES)
    done = subprocess.run([str(JUDGE), str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert written > 40
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
