from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from test_incident_notice import AT, KIM, PAGE, PROVIDER

from reports.events import Announcement, Maintenance
from reports.maintenance_news import news
from sla.maintenance import Impact, Status
from sla.span import HOUR, Span

GOLDEN = Path(__file__).parent / "golden"
SPAN = Span(AT + HOUR, AT + 3 * HOUR)


@pytest.mark.parametrize(("status", "language"), [(Status.CONFIRMED, "en"), (Status.CANCELLED, "de")])
def test_a_mail_reads_as_it_should(status: Status, language: str) -> None:
    said = Announcement("n1", AT, status, SPAN, Impact.DEGRADED)
    one = Maintenance("rv6fne2p5jltun5weibzdrrij4", (said,), ("l", "w"))
    names = {"l": "Directory (LDAP)", "w": "Portal"}
    made = news(one, names, PAGE, replace(KIM, language=language), PROVIDER, "n1@p.example", "n1@p.example", AT)
    for path, text in (
        (GOLDEN / f"news-{status.value.lower()}-{language}.txt", f"Subject: {made.subject}\n\n{made.plain}"),
        (GOLDEN / f"notice-news-{status.value.lower()}-{language}.html", made.html),
    ):
        if os.environ.get("GOLDEN") == "write":
            path.write_text(text)
        assert path.read_text() == text
    assert made.first is None and "List-Id" in made.headers
