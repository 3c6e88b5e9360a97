"""The demo's mailbox takes what the service's own outbox hands over, byte for byte, and forgets the oldest."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from monitor.post.mail import Fate, Hop, deliver
from monitor.stage.listening import HOST, Listening
from monitor.stage.mailbox import MOST, Mailbox, takes_mail


def letter(subject: str = "Hello") -> bytes:
    made = EmailMessage(policy=SMTP)
    made["Subject"] = subject
    made.set_content("First line\n.\n..two dots\n")
    return made.as_bytes()


async def test_a_letter_of_the_outbox_arrives_as_it_was_with_its_lone_dots() -> None:
    mailbox = Mailbox()
    server = Listening(takes_mail("stage.example", mailbox.take))
    await server.open()
    try:
        hop = Hop(HOST, server.port, "none")
        for recipient in ("ada@acme.example", "bob@acme.example"):
            reply = await deliver(hop, "ops@demo.example", recipient, letter())
            assert reply.fate is Fate.TAKEN, reply
    finally:
        await server.release()
    assert [(one.number, one.recipient, one.subject) for one in mailbox.letters] == [
        (1, "ada@acme.example", "Hello"),
        (2, "bob@acme.example", "Hello"),
    ]
    assert mailbox.letters[0].raw == letter()
    assert mailbox.letters[0].text("text/plain") == "First line\n.\n..two dots\n"
    assert mailbox.letters[0].text("text/calendar") is None


def test_the_oldest_are_forgotten_and_numbers_stay() -> None:
    mailbox = Mailbox()
    for number in range(MOST + 2):
        mailbox.take("ada@acme.example", letter(str(number)))
    assert len(mailbox.letters) == MOST
    assert mailbox.find(2) is None
    found = mailbox.find(MOST + 2)
    assert found is not None and found.subject == str(MOST + 1)
