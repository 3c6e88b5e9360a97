from __future__ import annotations

import os
import re
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from test_incident_notice import KIM, PROVIDER

from reports.mail import Mail, rendered
from reports.subscribe_mail import asking, failing, knowing
from sla.texts import instant

GOLDEN = Path(__file__).parent / "golden"
AT = instant("2026-12-01T22:58:00Z")


def made(what: str, language: str, page: str = "Example Cloud") -> Mail:
    if what == "asked":
        url = "https://status.p.example/p/abc/de/confirm?t=" + "x" * 43
        return asking(page, url, "kim@reader.example", language, PROVIDER, "n1@p.example", AT)
    if what in ("dead", "off"):
        hook = "https://hooks.example.com/status", "answered 500, wanted 2xx"
        return failing("dead" if what == "dead" else "off", hook, "kim@reader.example", language, PROVIDER, "n1@p.example", AT)
    assert KIM.subscription is not None
    return knowing(KIM.subscription, "kim@reader.example", language, PROVIDER, "n1@p.example", AT)


@pytest.mark.parametrize("what", ["asked", "known", "dead", "off"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_mail_reads_as_it_should(what: str, language: str) -> None:
    one = made(what, language)
    for path, said in (
        (GOLDEN / f"subscription-{what}-{language}.txt", f"Subject: {one.subject}\n\n{one.plain}"),
        (GOLDEN / f"notice-subscription-{what}-{language}.html", one.html),
    ):
        if os.environ.get("GOLDEN") == "write":
            path.write_text(said)
        assert path.read_text() == said
    shown = set(re.sub(r"<style>.*?</style>|<[^>]+>", " ", one.html, flags=re.S).split())
    assert set(one.plain.split()) <= shown


def test_nothing_in_it_can_break_out_and_it_is_no_list_mail() -> None:
    raw = message_from_bytes(rendered(made("asked", "en", "a\r\nBcc: x <script>")), policy=SMTP)
    assert raw["Bcc"] is None and not raw.defects and "<script>" not in raw.as_string().split("text/html")[1]
    assert not [name for name in raw if name.lower().startswith("list-")]
