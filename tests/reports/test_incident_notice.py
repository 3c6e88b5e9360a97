"""Mails on incidents as people read them: what is new first, plain and HTML alike, the right first lines."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from reports.events import Incident, Update
from reports.incident_notice import Bulletin, Reader, Standing, mail, over, subject
from reports.mail import rendered
from reports.maintenance_notice import Provider
from reports.subscription import Subscription
from sla.incident import Impact, Status
from sla.span import HOUR, MINUTE, Span
from sla.texts import instant

GOLDEN = Path(__file__).parent / "golden"
PROVIDER = Provider("Example Cloud", "notices@p.example", "p.example", "ops@p.example, +49 30 1234567", "ops@p.example")
ADA = Reader("Ada Lovelace", "ada@acme.example", "en", "Europe/Berlin", "Acme GmbH")
PAGE = "https://status.p.example/p/abc"
KIM = Reader(
    "",
    "kim@reader.example",
    "de",
    "Europe/Berlin",
    subscription=Subscription(
        "Example Cloud", f"{PAGE}/manage?s=1", f"{PAGE}/manage?s=1", f"{PAGE}/leave?s=1", "status.p.example"
    ),
)
AT = instant("2026-12-01T22:58:00Z")
NAMES = {"d": "Database", "l": "Directory (LDAP)", "w": "Portal"}
OPENED = Update("u0", AT + MINUTE, Status.INVESTIGATING, ("l",))
FOUND = Update("u1", AT + 5 * MINUTE, Status.IDENTIFIED, ("l",), "A **switch** failed.\n\n- it is being replaced", AT + HOUR)
WELL = Update("u2", AT + 20 * MINUTE, Status.MONITORING, ("l",))
DONE = Update("u3", AT + 31 * MINUTE, Status.RESOLVED, ("l",), "All is well again.")


def bulletin(*updates: Update, news: int | None = None, title: str | None = None) -> Bulletin:
    one = Incident("rv6fne2p5jltun5weibzdrrij4", title, Impact.MAJOR, AT, tuple(reversed(updates)), ("l",))
    standing = Standing(("Directory (LDAP)",), ("Portal",), ("Database",))
    return Bulletin(one, NAMES, PAGE, len(updates) if news is None else news, standing, over(one))


CASES = {
    "opened": (bulletin(OPENED),),
    "update": (bulletin(OPENED, FOUND, news=1),),
    "resolved": (
        replace(bulletin(OPENED, FOUND, WELL, DONE, news=2), standing=Standing(fine=("Directory (LDAP)",)), causes=("isp",)),
    ),
    "digest": (bulletin(OPENED, FOUND), bulletin(OPENED, title="Sign-in is slow")),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("reader", [ADA, KIM], ids=["contact-en", "subscriber-de"])
def test_a_mail_reads_as_it_should(case: str, reader: Reader) -> None:
    made = mail(CASES[case], reader, PROVIDER, "n1@p.example", "n0@p.example", AT + HOUR)
    for path, said in (
        (GOLDEN / f"incident-{case}-{reader.language}.txt", f"Subject: {made.subject}\n\n{made.plain}"),
        (GOLDEN / f"notice-incident-{case}-{reader.language}.html", made.html),
    ):
        if os.environ.get("GOLDEN") == "write":
            path.write_text(said)
        assert path.read_text() == said


@pytest.mark.parametrize("case", CASES)
def test_plain_and_html_say_the_same(case: str) -> None:
    made = mail(CASES[case], ADA, PROVIDER, "n1@p.example", None, AT + HOUR)
    shown = set(re.sub(r"<style>.*?</style>|<[^>]+>", " ", made.html, flags=re.S).split())
    marks = {"-", "A", "**switch**"}
    assert set(made.plain.split()) - shown <= marks
    assert len(rendered(made)) < 60_000


def test_what_somebody_calls_it_is_the_title_and_can_not_break_out() -> None:
    hostile = bulletin(OPENED, title="a\r\nBcc: x\u202e<script>")
    made = message_from_bytes(rendered(mail((hostile,), ADA, PROVIDER, "n1@p.example", None, AT)), policy=SMTP)
    assert made["Bcc"] is None and not made.defects
    assert subject((hostile,), ADA).startswith("[Investigating] a") and "<script>" not in made.as_string().split("text/html")[1]


def test_it_lasted_until_it_was_seen_well_or_until_somebody_said_so() -> None:
    def ends(*updates: Update) -> Span | None:
        return over(bulletin(*updates).incident)

    assert ends(OPENED, WELL, DONE) == Span(AT, WELL.at)
    assert ends(OPENED, replace(WELL, body="looks good"), DONE) == Span(AT, DONE.at)
    assert ends(OPENED, WELL) is None
