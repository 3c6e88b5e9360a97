from __future__ import annotations

from page_examples import AT, figures

from reports.operator_page import SiteLine, render_index
from sla.state import State

LINES = (
    SiteLine("Berlin", "Contoso", State.UP, AT, figures(60_000), "p/abc/"),
    SiteLine("Lyon", "Fabrikam <&>", State.DOWN, AT - 60_000),
    SiteLine("Oslo", "Contoso", State.UNKNOWN, AT - 60_000),
)


def test_the_worst_comes_first() -> None:
    page = render_index("Northwind Cloud", "UTC", AT, LINES).decode()
    assert page.index("Lyon") < page.index("Oslo") < page.index("Berlin")
    assert "Fabrikam &lt;&amp;&gt;" in page
    assert page == render_index("Northwind Cloud", "UTC", AT, LINES).decode()


def test_a_stale_index_believes_nothing() -> None:
    page = render_index("Northwind Cloud", "UTC", AT, LINES, stale=True).decode()
    assert "Operational" not in page and "Unknown" in page


def test_no_sites_are_said_in_words() -> None:
    assert "No site is watched yet." in render_index("Northwind Cloud", "UTC", AT, ()).decode()
