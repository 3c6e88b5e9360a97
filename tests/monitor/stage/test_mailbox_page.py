"""The demo's mailbox in a browser's words: what is listed, what a letter shows, and that nothing of it can do harm."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.policy import SMTP

from monitor.stage.listening import HOST, Listening
from monitor.stage.mailbox import Mailbox
from monitor.stage.mailbox_page import shows_mail


def letter() -> bytes:
    made = EmailMessage(policy=SMTP)
    made["Subject"] = "<b>Update</b> of acme"
    made.set_content("Am Dienstag & nachts\n")
    made.add_alternative("<p>Am <strong>Dienstag</strong></p><script>alert(1)</script>\n", subtype="html")
    made.add_attachment("BEGIN:VCALENDAR\n", subtype="calendar")
    made["Content-Language"] = "de"
    return made.as_bytes()


LETTER = letter()


async def get(path: str) -> tuple[str, str]:
    """Head and body of one address of a mailbox with one letter."""
    mailbox = Mailbox()
    mailbox.take("ada@acme.example", LETTER)
    server = Listening(shows_mail(mailbox, "the demo"))
    await server.open()
    try:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
    finally:
        await server.release()
    return head, body


async def test_letters_are_listed_with_their_reader_and_without_their_markup() -> None:
    head, body = await get("/")
    assert head.startswith("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8")
    assert '<a href="/1" lang="de">&lt;b&gt;Update&lt;/b&gt; of acme</a>' in body and "to ada@acme.example" in body


async def test_a_letter_is_shown_in_all_its_forms_and_runs_nothing() -> None:
    head, body = await get("/1")
    assert "default-src 'none'" in head and "script" not in body
    assert '<iframe sandbox title="The letter as HTML" src="/1/html">' in body
    assert "Am Dienstag &amp; nachts" in body and "BEGIN:VCALENDAR" in body and 'href="/1/raw"' in body
    head, body = await get("/1/html")
    assert "default-src 'none'" in head and "<strong>Dienstag</strong>" in body
    head, body = await get("/1/raw")
    assert "Content-Type: text/plain" in head and body.encode() == LETTER


async def test_what_is_not_there_is_404() -> None:
    for path in ("/2", "/1/other", "/x", "/99999999999", "/1/../2"):
        assert (await get(path))[0].startswith("HTTP/1.1 404 Not Found"), path
