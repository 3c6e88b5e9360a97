"""Finished mails: the same bytes again, no header but ours, every part readable by strict parsers."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.mail import Calendar, Mail, Method, rendered
from reports.mail import subject as mail_subject

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-NAME:Grüße\r\nEND:VCALENDAR\r\n"
MAIL = Mail(
    message_id="0b2f-1@status.p.example",
    sender=("Beispiel Betrieb Ü", "ops@p.example"),
    recipient=("Ada", "ada@acme.example"),
    subject="[Maintenance confirmed] Acme: Tue 1 Dec 2026, 23:00 CET – Rolling update 10.18.3 (wave 2)",
    date=1_764_547_200_999,
    language="en",
    plain="Größe\n.\nFrom here\n",
    html="<p>Größe &amp; mehr</p>",
    first="0b2f-0@status.p.example",
)


def read(mail: Mail) -> EmailMessage:
    """The mail as a strict reader takes it: without defects, in 7-bit lines under CRLF."""
    data = rendered(mail)
    assert b"\n" not in data.replace(b"\r\n", b"") and data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998
    message = cast(EmailMessage, message_from_bytes(data, policy=cast(Any, SMTP)))
    assert not any(part.defects for part in message.walk())
    assert not any(value.defects for part in message.walk() for value in part.values())
    return message


def texts(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and html is not None
    return plain.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def test_what_goes_in_comes_out() -> None:
    message = read(MAIL)
    assert message["From"] == "Beispiel Betrieb Ü <ops@p.example>"
    assert (message["To"], message["Subject"]) == ("Ada <ada@acme.example>", MAIL.subject)
    assert message["Date"] == "Mon, 01 Dec 2025 00:00:00 +0000"
    assert message["Message-ID"] == "<0b2f-1@status.p.example>"
    assert message["References"] == message["In-Reply-To"] == "<0b2f-0@status.p.example>"
    assert message["Auto-Submitted"] == "auto-generated" and message["Content-Language"] == "en"
    assert texts(message) == (MAIL.plain, MAIL.html + "\n")
    assert message.get_content_type() == "multipart/alternative"


def test_the_first_of_a_thread_answers_nobody() -> None:
    message = read(replace(MAIL, first=MAIL.message_id))
    assert "In-Reply-To" not in message and "References" not in message


@pytest.mark.parametrize("method", [None, "PUBLISH", "REQUEST", "CANCEL"])
def test_one_calendar_a_mail_by_its_method(method: Method | None) -> None:
    message = read(replace(MAIL, calendar=Calendar(CALENDAR, method)))
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_payload(decode=True) == CALENDAR.encode()
    assert part.get_param("method") == method and part.get_content_charset() == "utf-8"
    assert part.is_attachment() is (method is None)
    assert message.get_content_type() == ("multipart/mixed" if method is None else "multipart/alternative")
    assert texts(message)[0] == MAIL.plain


def test_the_same_mail_is_the_same_bytes() -> None:
    mail = replace(MAIL, calendar=Calendar(CALENDAR))
    assert rendered(mail) == rendered(replace(mail))


def test_an_international_domain_travels_as_its_a_label() -> None:
    assert read(replace(MAIL, recipient=("", "ada@bücher.example")))["To"] == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize("address", ["", "ada", "@acme.example", "ada@"])
def test_no_address_no_mail(address: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        rendered(replace(MAIL, recipient=("Ada", address)))


@pytest.mark.parametrize("length", range(1, 65))
def test_a_subject_arrives_letter_by_letter_wherever_its_line_is_folded(length: int) -> None:
    subject = f"[Wartung geändert] {'x' * length}: Di, 1. Dez. 2026, 23:00 CET – Rolling update 10.18.3 (wave 2)"
    assert read(replace(MAIL, subject=subject))["Subject"] == subject


HOSTILE = st.text(max_size=300) | st.sampled_from(["x\r\nBcc: eve@e.example", "a\u202eb", "\0", "=?utf-8?q?x?=", "x" * 10_000])


@settings(deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_becomes_a_header(name: str, subject: str, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    name, subject = (one.encode("utf-8", "ignore").decode() for one in (name, subject))
    message = read(replace(MAIL, recipient=(name, "ada@acme.example"), subject=subject, plain=text, headers={"X-Own": subject}))
    names = [header.lower() for header in message]
    assert len(names) == len(set(names)) and "bcc" not in names
    assert message["To"].addresses[0].addr_spec == "ada@acme.example" and len(message["To"].addresses) == 1
    assert message["Subject"] == mail_subject(subject) or "=?" in subject
    assert len(message["Subject"]) <= 150
