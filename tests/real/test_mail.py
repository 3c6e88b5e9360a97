"""One letter to a real mail server, and to those that mean no good."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from mail_sink import PASSWORD, USER, Sink, sinking

from monitor.post import mail
from monitor.post.mail import Fate, Hop, deliver
from probes.probe import Secret

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)
BODY = b"From: p@p.example\r\nTo: ok@acme.example\r\nSubject: x\r\n\r\n.a dot\r\nend\r\n"
SENDER = "bounce+1.tag@p.example"


def tls(pki: Path, variant: str = "good") -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pki / f"{variant}.pem")
    return made


def hop(port: int, pki: Path, password: bytes | None = None, **fields: object) -> Hop:
    login = None if password is None else (USER.decode(), lambda: Secret(password.decode()))
    return Hop("localhost", port, ca_file=str(pki / "ca.pem"), login=login, **fields)  # type: ignore[arg-type]


async def test_a_letter_is_taken_under_starttls_and_arrives_byte_for_byte(pki: Path) -> None:
    sink = Sink()
    async with sinking(sink, tls(pki), auth=True) as port:
        reply = await deliver(hop(port, pki, PASSWORD), SENDER, "ok@acme.example", BODY)
    assert reply.fate is Fate.TAKEN and reply.text == "250 2.0.0 queued"
    assert sink.taken == [(SENDER, "ok@acme.example", BODY, True)]


async def test_tls_from_the_first_byte(pki: Path) -> None:
    sink = Sink()
    async with sinking(sink, tls(pki), at_once=True) as port:
        reply = await deliver(hop(port, pki, tls="implicit"), SENDER, "ok@acme.example", BODY)
    assert reply.fate is Fate.TAKEN and len(sink.taken) == 1


@pytest.mark.parametrize(
    ("recipient", "fate", "text"),
    [
        ("nobody@acme.example", Fate.REFUSED, "550 5.1.1 no such user"),
        ("full@acme.example", Fate.LATER, "452 4.2.2 mailbox full"),
        ("busy@acme.example", Fate.LATER, "421 4.3.2 closing"),
        ("drop@acme.example", Fate.LATER, ""),
    ],
)
async def test_what_the_server_says_decides(pki: Path, recipient: str, fate: Fate, text: str) -> None:
    async with sinking(Sink(), tls(pki)) as port:
        reply = await deliver(hop(port, pki), SENDER, recipient, BODY)
    assert reply.fate is fate and text in reply.text


async def test_no_starttls_no_letter(pki: Path) -> None:
    sink = Sink()
    async with sinking(sink, None) as port:
        reply = await deliver(hop(port, pki), SENDER, "ok@acme.example", BODY)
    assert reply.fate is Fate.LATER and reply.text == "localhost does not offer STARTTLS; refusing to send in clear"
    assert sink.taken == [] and not sink.tries


@pytest.mark.parametrize("variant", ["expired", "wronghost", "selfsigned", "stranger"])
async def test_a_wrong_certificate_gets_neither_letter_nor_password(pki: Path, variant: str) -> None:
    sink = Sink()
    async with sinking(sink, tls(pki, variant), auth=True) as port:
        reply = await deliver(hop(port, pki, PASSWORD), SENDER, "ok@acme.example", BODY)
    assert reply.fate is Fate.LATER and "certificate" in reply.text.lower(), reply
    assert sink.taken == []


async def test_a_refused_login_is_the_ways_trouble_and_never_told_with_its_secret(pki: Path) -> None:
    async with sinking(Sink(), tls(pki), auth=True) as port:
        reply = await deliver(hop(port, pki, b"wrong-secret"), SENDER, "ok@acme.example", BODY)
    assert reply.fate is Fate.LATER and "535" in reply.text and "secret" not in reply.text


async def test_a_server_that_says_nothing_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch, pki: Path) -> None:
    monkeypatch.setattr(mail, "DEADLINE_S", 0.5)
    server = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reply = await asyncio.wait_for(deliver(hop(port, pki), SENDER, "ok@acme.example", BODY), 5)
    server.close()
    assert reply.fate is Fate.LATER and reply.text.startswith("localhost: ")


async def test_nobody_there(pki: Path) -> None:
    reply = await deliver(hop(1, pki), SENDER, "ok@acme.example", BODY)
    assert reply.fate is Fate.LATER


async def test_a_servers_words_cannot_spoil_a_terminal(pki: Path) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 \x1b[2J\x07 " + b"x" * 4000 + b"\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    reply = await deliver(hop(server.sockets[0].getsockname()[1], pki), SENDER, "ok@acme.example", BODY)
    server.close()
    assert reply.fate is Fate.LATER and reply.text.isprintable() and len(reply.text) < 500
