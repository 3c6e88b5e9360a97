"""What a real mail server sends back, taken from its Maildir and from stdin."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_world import NOW, SITE, Store
from mail_sink import Sink, sinking
from postfix import Relay, relaying
from test_exclusion_command import threenines, token

from monitor.clock import system_clock
from monitor.desk.postmark import Postmark
from monitor.post.mail import Hop, deliver
from monitor.store import bounces, letters
from monitor.store.database import Database
from monitor.store.key import service_key
from monitor.store.letters import Kept, State
from sla.span import DAY
from sla.texts import instant_text

CONTACTS = """\
contacts:
  - {name: Ada, email: nobody@acme.example, fallback: ok@acme.example}
  - {name: Bob, email: ok@acme.example, kinds: [incident]}
  - {name: Eve, email: full@acme.example}
"""


def installed(folder: Path, port: int) -> None:
    (folder / "sites" / "acme.yaml").write_text(re.sub(r"contacts: .*\n", CONTACTS, SITE))
    main = folder / "threenines.yaml"
    main.write_text(f'{main.read_text()}mail: {{relay: "127.0.0.1:{port}", tls: none, from: ops@p.example}}\n')


def announced(folder: Path) -> None:
    """A maintenance with its letters in the outbox."""
    start = system_clock() + 7 * DAY
    window = ("--from", instant_text(start), "--to", instant_text(start + 7_200_000))
    planned = threenines(folder, "maintenance", "plan", "acme", *window, "--title", "Update", "--impact", "OUTAGE")
    assert planned.returncode == 0, planned.stderr
    ben = token(folder, "Ben", "operate", "approve")
    done = threenines(folder, "maintenance", "announce", planned.stdout.split()[0], "--yes", "--token", ben)
    assert done.returncode == 0, done.stderr


async def sent(folder: Path, port: int) -> None:
    """All letters that wait, handed to the relay as the outbox hands them."""
    database = Database(folder / "data", system_clock())

    def marked(number: int, reply: str | None) -> Kept | None:
        if reply is None:
            return database.writer.submit(lambda db: letters.begun(db, number)).result(10)
        return database.writer.submit(lambda db: letters.sent(db, number, reply, system_clock())).result(10)

    for number in database.look(lambda db: letters.due(db, system_clock(), 99)):
        one = marked(number, None)
        assert one is not None
        hop = Hop("127.0.0.1", port, tls="none")
        marked(number, (await deliver(hop, one.letter.sender, one.letter.key.contact, one.letter.body)).text)
    database.close()


def states(folder: Path) -> dict[str, State]:
    database = Database(folder / "data", system_clock())
    found = database.look(lambda db: letters.listed(db, list(State), 99))
    flagged = database.look(bounces.flagged)
    database.close()
    return {one.letter.key.contact: one.state for one in found} | {f"{name} flagged": State.BOUNCED for name in flagged}


@pytest.mark.real
async def test_a_real_servers_reports_flag_the_contact_and_tell_the_fallback(stored: Callable[..., Store]) -> None:
    folder, sink = stored().folder, Sink()

    def relayed(sink_port: int) -> None:
        with relaying(sink_port) as relay:
            installed(folder, relay.port)
            announced(folder)
            asyncio.run(sent(folder, relay.port))
            taken(folder, relay)
            asyncio.run(sent(folder, relay.port))
            until = time.monotonic() + 20
            while not any(to == "ok@acme.example" for _, to, *_ in sink.taken):
                assert time.monotonic() < until
                time.sleep(0.1)

    async with sinking(sink, None) as port:
        await asyncio.to_thread(relayed, port)


def taken(folder: Path, relay: Relay) -> None:
    """Both reports, the lost letter's and the late one's: from the Maildir, and once more from stdin."""
    reports = [one.read_bytes() for one in relay.back(2)]
    done = threenines(folder, "import", "bounce", str(relay.returned))
    assert done.returncode == 0, done.stderr
    said = sorted(re.sub(r"letter \d+ ", "", line) for line in done.stdout.splitlines())
    assert said == [
        "to full@acme.example: soft (4.2.2 452 4.2.2 mailbox full)",
        "to nobody@acme.example: hard (5.1.1 550 5.1.1 no such user)",
    ]
    assert not list((relay.returned / "new").iterdir()), "what was taken is marked as read"
    assert states(folder) == {
        "nobody@acme.example": State.BOUNCED,
        "nobody@acme.example flagged": State.BOUNCED,
        "full@acme.example": State.SENT,
        "ok@acme.example": State.NEW,
        "ops@p.example": State.NEW,
    }
    for data in reports:
        again = threenines(folder, "import", "bounce", input=data.decode())
        assert again.returncode == 0 and ": known (" in again.stdout, again.stderr
    assert "nobody@acme.example" in threenines(folder, "notice", "contacts").stdout
    reached = threenines(folder, "notice", "reached", "nobody@acme.example")
    assert (reached.returncode, reached.stdout) == (0, "nobody@acme.example is reached again\n")
    assert threenines(folder, "notice", "contacts").stdout == "all contacts are reached, as far as is known\n"


def test_what_is_no_report_or_not_ours_is_passed_over_and_said(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    installed(folder, 25)
    absent = threenines(folder, "import", "bounce", input="Auto-Submitted: auto-replied\n\n550 5.1.1\n")
    assert (absent.returncode, absent.stderr) == (
        0,
        "threenines import bounce: passed over: an automatic answer, not a delivery report\n",
    )
    fields = "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n"
    status = f"Reporting-MTA: dns; x\n\n{fields}"
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    message = f"{head}--b\nContent-Type: message/delivery-status\n\n{status}\n--b--\n"
    forged = threenines(folder, "import", "bounce", "--to", "bounce+x.00000000@p.example", input=message)
    assert forged.returncode == 0 and "passed over: no address of ours with its tag" in forged.stderr
    mark = Postmark(service_key(folder / "data"), "p.example")
    unknown = mark.bounce_address(letters.Key("MNT-1", "a@b.example", "announced", 0))
    stranger = threenines(folder, "import", "bounce", "--to", unknown, input=message)
    assert stranger.returncode == 0 and "passed over: no letter of ours" in stranger.stderr
    nowhere = threenines(folder, "import", "bounce", str(folder))
    assert nowhere.returncode == 74 and "No such file or directory" in nowhere.stderr


def test_while_the_desk_cannot_be_asked_the_server_shall_try_again(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    installed(folder, 25)
    database = Database(folder / "data", NOW)
    try:
        report = (
            'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/delivery-status\n\n'
            "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
        )
        waits = threenines(folder, "import", "bounce", input=report)
    finally:
        database.close()
    assert waits.returncode == 75 and "does not answer" in waits.stderr
