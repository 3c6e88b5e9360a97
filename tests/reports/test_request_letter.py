"""The mail that tells a contact how their request stands."""

from __future__ import annotations

import html
import os
import re
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any, cast

import pytest

from reports.request import Requested, Seen
from reports.request_letter import Reader, Sender, subject, written
from sla.request import Kind, Status
from sla.state import State
from sla.texts import instant

GOLDEN = Path(__file__).parent / "golden"
AT = instant("2026-11-24T10:00:00Z")
SENDER = Sender("Example Cloud", "notices@p.example", "ops@p.example", "ops@p.example", "https://status.p.example/p/acme/")
SEEN = (Seen("Directory", State.DOWN, "no_connection", 12.4), Seen("Tunnel", State.UP, None, 88.0))
MAILS = {
    Status.ASKED: Requested(
        "REQ-2026-0007",
        Kind.RESTART,
        Status.ASKED,
        AT,
        "Acme",
        ("Node 1",),
        "The LDAP base has moved.\nPlease restart.",
        instant("2026-12-01T21:00:00Z"),
    ),
    Status.ANSWERED: Requested("REQ-2026-0008", Kind.VALIDATE, Status.ANSWERED, AT, "Acme", seen=SEEN),
    Status.ACCEPTED: Requested(
        "REQ-2026-0007", Kind.RESTART, Status.ACCEPTED, AT, "Acme", ("Node 1",), answer="Tomorrow night.", plan="MNT-2026-0042"
    ),
    Status.DECLINED: Requested("REQ-2026-0009", Kind.SPLIT_TUNNEL, Status.DECLINED, AT, "Acme", answer="Not in your agreement."),
}


def mail(status: Status, language: str, **changes: Any) -> Any:
    reader = Reader("Ada", "ada@acme.example", "Acme GmbH", language, "Europe/Berlin")
    data = written(MAILS[status], reader, SENDER, "b@p.example", "a@p.example", AT)
    return message_from_bytes(data, policy=cast(Any, SMTP))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("status", list(Status))
def test_it_reads_as_it_should(status: Status, language: str) -> None:
    """To renew the files: GOLDEN=write, then read what has changed."""
    message = mail(status, language)
    plain = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    said = f"Subject: {message['Subject']}\n\n{plain}"
    golden = GOLDEN / f"request-{status.value}-{language}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(said, newline="")
    assert said == golden.read_text()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("status", list(Status))
def test_both_forms_say_the_same_in_one_thread(status: Status, language: str) -> None:
    message = mail(status, language)
    plain, shown = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    body = shown.partition("<body")[2].partition(">")[2]
    assert " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split()) == " ".join(plain.split())
    assert message["References"] == "<a@p.example>" and message["To"] == "Ada <ada@acme.example>"
    assert message["Auto-Submitted"] == "auto-generated" and message["List-Unsubscribe"] is None


def test_hostile_words_stay_words() -> None:
    bad = Requested("REQ-1", Kind.OTHER, Status.DECLINED, AT, "A\r\nBcc: x@evil", words="<b>\x07\u202e", answer="a\r\nBcc: y")
    reader = Reader("Ada", "ada@acme.example", "Acme\r\nGmbH")
    message = message_from_bytes(written(bad, reader, SENDER, "b@p.example", "a@p.example", AT), policy=cast(Any, SMTP))
    assert message["Bcc"] is None and not message.defects
    shown = message.get_body(("html",)).get_content()
    assert "<b>" not in shown and "\u202e" not in shown and "\x07" not in shown
    assert "\n" not in subject(bad, reader)
