"""Statements as pages and mails: a list of three versions on a customer's page, and the mails that bring one and restate it."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from evidence_world import ABOUT, CASE, evidence
from page_examples import customer_page

from reports.mail import Attached
from reports.maintenance_notice import Provider, Reader
from reports.published import Published, published
from reports.statement_document import document
from reports.statement_mail import Enclosed, written
from reports.statement_words import STATEMENTS
from sla.texts import instant

FILES = ("SHA256SUMS", "days.csv", "evidence.json", "statement.de.html", "statement.html", "statement.json", "statement.pdf")
JUNE = published(document(evidence()), "statements/acme/2026-06/v1", FILES)
AT = instant("2026-07-03T06:00:00Z")
PROVIDER = Provider("Northwind Cloud", "notices@p.example", "p.example", "ask@p.example", "ask@p.example")
FILE = Attached("acme-2026-06-v1.pdf", "application/pdf", bytes(range(256)) * 40)
DELTAS = [
    {"kind": "change", "of": "directory", "said": "", "counted_seconds": "600"},
    {"kind": "exclusion", "of": "X-1", "said": "approved", "counted_seconds": "-3000.5"},
]


def line(period: str, version: int = 1, site: str = "Acme Portal", newest: bool = True) -> Published:
    path = f"statements/acme/{period}/v{version}"
    return replace(JUNE, period=period, last=f"{period}-30", version=version, site_name=site, path=path, newest=newest)


PAGE = replace(customer_page(), statements=(line("2026-06", 1, newest=False), line("2026-06", 2), line("2026-07", site="<b>Z")))


def said(restated: bool = False, **about: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document(evidence(CASE, {**ABOUT, **about}))))
    if restated:
        found["cover"].update(version=2, replaces=1)
        found["versions"][-1]["deltas"] = [{**one, "recorded_at": "2026-07-05T00:00:00.000Z"} for one in DELTAS]
    return found


def mail(of: dict[str, Any], language: str = "en", page: str | None = "https://s.example/p/x/") -> EmailMessage:
    reader = Reader("Ada", "ada@acme.example", "Acme GmbH", language)
    data = written(of, reader, PROVIDER, "two@p.example", Enclosed(FILE, page, "one@p.example"), AT)
    assert data == written(of, reader, PROVIDER, "two@p.example", Enclosed(FILE, page, "one@p.example"), AT)
    assert data.isascii() and max(map(len, data.split(b"\r\n"))) <= 998
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


def mails() -> Iterator[tuple[str, str]]:
    """The HTML part of each kind of mail, in each language, by a name."""
    for restated in (False, True):
        for tag in STATEMENTS:
            part = mail(said(restated), tag).get_body(("html",))
            assert part is not None
            yield f"statement-{'restated' if restated else 'first'}.{tag}.html", part.get_content()
