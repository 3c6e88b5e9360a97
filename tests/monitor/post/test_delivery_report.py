"""What comes back of mail, from several servers' words: what each says, and flufl.bounce as a second opinion."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import compat32

import pytest
from flufl.bounce import all_failures
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.post.delivery_report import MAX_BYTES, NoReport, Trouble, read

OURS = "bounce+0b2f.1a2b3c4d@p.example"
LETTER = "Content-Type: message/rfc822\n\nSubject: Wartung\nTo: ada@acme.example\n\nbody\n"


def report(*blocks: str, to: str = OURS, kind: str = "message/delivery-status", head: str = "", third: str = LETTER) -> bytes:
    fields = "\n\n".join(("Reporting-MTA: dns; relay.p.example", *blocks))
    text = (
        f"From: MAILER-DAEMON@relay.p.example\nTo: {to}\nSubject: Undelivered\n{head}MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: {kind}\n\n{fields}\n\n--b\n{third}\n--b--\n"
    )
    return text.replace("\n", "\r\n").encode()


def block(action: str, status: str, said: str = "smtp; 550 no such user", who: str = "ada@acme.example") -> str:
    return f"Final-Recipient: rfc822; {who}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}"


REPORTS = {
    "postfix, unknown": (report(block("failed", "5.1.1", "smtp; 550 5.1.1 no such user")), Trouble.HARD, "5.1.1"),
    "postfix, delayed": (report(block("delayed", "4.2.2", "smtp; 452 4.2.2 mailbox full")), Trouble.SOFT, "4.2.2"),
    "postfix, given up": (report(block("failed", "4.4.1", "smtp; connection timed out")), Trouble.SOFT, "4.4.1"),
    "exim": (report(block("failed", "5.0.0", "smtp; 550 rejected")), Trouble.HARD, "5.0.0"),
    "exchange, with a comment": (report(block("FAILED", "5.7.1 (delivery not authorised)")), Trouble.HARD, "5.7.1"),
    "two recipients": (report(block("delayed", "4.4.7"), block("failed", "5.2.1", who="b@acme.example")), Trouble.HARD, "5.2.1"),
    "international": (report(block("failed", "5.1.1"), kind="message/global-delivery-status"), Trouble.HARD, "5.1.1"),
    "no far server's words": (
        report("Final-Recipient: rfc822; ada@acme.example\nAction: failed\nStatus: 5.4.4"),
        Trouble.HARD,
        "5.4.4",
    ),
}
VACATION = (
    f"From: ada@acme.example\r\nTo: {OURS}\r\nSubject: Abwesend\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\n"
    "550 5.1.1 is what I read on my beach.\r\n"
).encode()
QUOTED = report(block("delivered", "2.0.0"), third=f"Content-Type: message/rfc822\n\n{report(block('failed', '5.1.1')).decode()}")
OTHERS = {
    "vacation": (VACATION, "an automatic answer"),
    "a person": (f"From: a@b.example\r\nTo: {OURS}\r\nSubject: Re: x\r\n\r\nThanks!\r\n".encode(), "type text/plain"),
    "delivered": (report(block("delivered", "2.0.0")), "no trouble"),
    "relayed": (report(block("relayed", "2.0.0")), "no trouble"),
    "a report that quotes another": (QUOTED, "no trouble"),
    "read": (report("Disposition: manual-action; displayed", kind="message/disposition-notification"), "no trouble"),
    "failed without a status": (report("Final-Recipient: rfc822; a@b.example\nAction: failed"), "no trouble"),
    "a status that is none": (report(block("failed", "5")), "no trouble"),
    "nothing": (b"", "type text/plain"),
    "too much": (b"x" * (MAX_BYTES + 1), "more than 1 MiB"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_says_what_became_of_the_letter_and_flufl_agrees(name: str) -> None:
    data, trouble, status = REPORTS[name]
    found = read(data)
    assert (found.trouble, found.status, found.returned_to) == (trouble, status, (OURS,))
    late, lost = all_failures(message_from_bytes(data, policy=compat32))
    if name not in ("international", "postfix, given up"):  # it knows no RFC 6533, and takes every failure for final
        assert (b"ada@acme.example" in lost or b"b@acme.example" in lost) is (trouble is Trouble.HARD)
        assert bool(late) is (b"delayed" in data.lower())


@pytest.mark.parametrize("name", OTHERS)
def test_everything_else_is_none_and_says_what_it_seems_to_be(name: str) -> None:
    data, words = OTHERS[name]
    with pytest.raises(NoReport, match=words):
        read(data)


def test_flufl_finds_nothing_in_what_we_pass_over() -> None:
    for name in ("a person", "delivered", "relayed", "read"):
        assert all_failures(message_from_bytes(OTHERS[name][0], policy=compat32)) == (set(), set()), name


def test_the_address_that_the_server_delivered_to_comes_first() -> None:
    found = read(report(block("failed", "5.1.1"), to="postmaster@p.example", head=f"Delivered-To: {OURS}\n"))
    assert found.returned_to == (OURS, "postmaster@p.example")


def test_a_far_servers_words_are_one_printable_line() -> None:
    found = read(report(block("failed", "5.1.1", "smtp; \x1b[2J\x07bad" + "x" * 4000)))
    assert found.text.isprintable() and found.text.startswith("[2J bad") and len(found.text) <= 300


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 40))
def test_no_bytes_are_more_than_no_report(noise: bytes, at: int, gone: int) -> None:
    whole = REPORTS["two recipients"][0]
    for data in (noise, whole[:at] + noise + whole[at + gone :]):
        try:
            assert read(data).text.isprintable()
        except NoReport as fault:
            assert str(fault).isprintable()
