"""Mails on a release, in both languages: the reader's own date first, all four sections, what is empty says so."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP

from test_release_note import GOOD

from reports.mail import rendered
from reports.maintenance_notice import Provider, Reader
from reports.release_note import ReleaseNote, read
from reports.release_notice import Dated, ReleaseNotice, mail, subject
from sla.span import HOUR, Span
from sla.texts import instant

START = instant("2026-12-01T22:00:00Z")
DATES = (Dated("Acme production", 2, Span(START, START + 2 * HOUR)), Dated("Acme test"))
PROVIDER = Provider("Example Cloud", "ops@cloud.example", "cloud.example", "ops@cloud.example", None)


def notice(edition: int = 0) -> ReleaseNotice:
    note = read(GOOD)
    assert isinstance(note, ReleaseNote)
    return ReleaseNotice(note, DATES, edition, "https://status.cloud.example/p/x/releases/y.html")


def reader(language: str) -> Reader:
    return Reader("Ada", "ada@acme.example", "Acme <GmbH>", language, "Europe/Berlin")


def test_the_mail_says_when_and_what_and_why_it_comes() -> None:
    made = mail(notice(), reader("en"), PROVIDER, "two@cloud.example", "one@cloud.example", START)
    assert made.subject == "[Release 10.18.3] Faster enrolment"
    assert made.plain == (
        "Example Cloud releases 10.18.3: Faster enrolment.\n"
        "\nYour date\n  Acme production: wave 2, Tue 1 Dec 2026, 23:00 – Wed 2 Dec 2026, 01:00 CET\n    (UTC+01:00)\n"
        "  = 1 Dec 22:00 – 2 Dec 00:00 UTC, 2\u00a0h\n  Acme test: your update is transparent; date follows\n"
        "\nNew features\n  - Enrolment takes *half* the time.\n"
        "\nKnown issues\n  None\n"
        "\nFixed issues\n  A lost mail is found again.\n\n  Both of them.\n"
        "\nOther changes\n  None\n"
        "\nWhom to ask\n  ops@cloud.example\n"
        "\nOn the web\n  The release: https://status.cloud.example/p/x/releases/y.html\n"
        "\nWhy you get this\n  You are a designated contact of Acme <GmbH> for releases. These notices\n"
        "    belong to the agreement.\n"
    )
    assert "<em>half</em>" in made.html and "Acme &lt;GmbH&gt;" in made.html
    parsed = message_from_bytes(rendered(made), policy=SMTP)
    assert parsed["In-Reply-To"] == "<one@cloud.example>" and not parsed.defects
    assert parsed["X-Threenines-Notice"] == "release; version=10.18.3; edition=0"


def test_a_correction_says_so_and_german_readers_read_german() -> None:
    assert subject(notice(1), reader("de")) == "[Release 10.18.3 berichtigt] Faster enrolment"
    text = mail(notice(1), reader("de"), PROVIDER, "m@x.example", "m@x.example", START).plain
    assert "Ihr Termin\n  Acme production: Welle 2, Di, 1. Dez. 2026, 23:00" in text
    assert "Bekannte Probleme\n  Keine\n" in text
