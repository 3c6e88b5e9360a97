"""Letters from the command line: listed, shown as they are, sent again; a trial against a real mail server."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_world import NOW, Store
from mail_sink import Sink, sinking
from pki import make_pki
from test_exclusion_command import threenines

from monitor.store import letters
from monitor.store.database import Database
from monitor.store.letters import Key, Letter


def with_letters(stored: Callable[..., Store]) -> Path:
    """Three letters: one waits, one is dead, one is sent."""
    folder = stored().folder
    database = Database(folder / "data", NOW)
    for number, name in enumerate(("waits", "dead", "sent"), 1):
        key = Key("MNT-1", f"{name}@acme.example", "announced", 0)
        letter = Letter(key, "bounce@p.example", f"Subject {name}", b"Subject: x\r\n\r\nbytes\r\n")
        database.writer.submit(lambda db, letter=letter: letters.put(db, letter, NOW)).result(30)
        if name != "waits":
            settle = letters.dead if name == "dead" else letters.sent
            database.writer.submit(lambda db, no=number: letters.begun(db, no)).result(30)
            database.writer.submit(lambda db, no=number, settle=settle: settle(db, no, "550 no", NOW)).result(30)
    database.close()
    return folder


def test_the_queue_is_listed_shown_and_tried_again(stored: Callable[..., Store]) -> None:
    folder = with_letters(stored)
    listed = threenines(folder, "notice", "queue", "--json")
    assert listed.returncode == 0, listed.stderr
    assert [(one["no"], one["state"]) for one in json.loads(listed.stdout)["letters"]] == [(1, "new"), (2, "dead")]
    table = threenines(folder, "notice", "queue", "--all").stdout
    assert [line.split()[:2] for line in table.splitlines() if "@acme.example" in line] == [
        ["1", "new"],
        ["2", "dead"],
        ["3", "sent"],
    ]
    assert "550 no" in table
    assert threenines(folder, "notice", "show", "2").stdout == "Subject: x\n\nbytes\n"
    again = threenines(folder, "notice", "retry", "2", "1")
    assert (again.returncode, again.stdout) == (0, "queued again: 1, 2\n")
    assert [one["state"] for one in json.loads(threenines(folder, "notice", "queue", "--json").stdout)["letters"]] == ["new"] * 2


def test_if_one_letter_cannot_be_tried_again_none_is(stored: Callable[..., Store]) -> None:
    folder = with_letters(stored)
    refused = threenines(folder, "notice", "retry", "2", "3", "17")
    assert refused.returncode == 65
    assert [line.split(":")[1].strip() for line in refused.stderr.splitlines()] == ["letters.1", "letters.2"]
    assert [one["state"] for one in json.loads(threenines(folder, "notice", "queue", "--json").stdout)["letters"]] == [
        "new",
        "dead",
    ]
    absent = threenines(folder, "notice", "show", "17")
    assert (absent.returncode, absent.stderr) == (2, "notice: no letter 17; `threenines notice queue --all` lists them\n")


@pytest.mark.real
async def test_a_trial_letter_tells_what_the_mail_server_said(stored: Callable[..., Store], tmp_path: Path) -> None:
    folder = stored().folder
    nothing = threenines(folder, "notice", "test", "ops@p.example")
    assert nothing.returncode == 2 and "names no mail server" in nothing.stderr
    (tmp_path / "pki").mkdir()
    pki, sink = make_pki(tmp_path / "pki"), Sink()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki / "good.pem")
    async with sinking(sink, tls) as port:
        mail = f'mail: {{relay: "localhost:{port}", from: ops@p.example, ca_file: "{pki / "ca.pem"}"}}\n'
        main = folder / "threenines.yaml"
        main.write_text(main.read_text() + mail)
        taken = await asyncio.to_thread(threenines, folder, "notice", "test", "ok@acme.example")
        refused = await asyncio.to_thread(threenines, folder, "notice", "test", "nobody@acme.example")
        wrong = await asyncio.to_thread(threenines, folder, "notice", "test", "a@x, b@y")
    assert (taken.returncode, taken.stdout) == (0, f"taken by localhost:{port}: 250 2.0.0 queued\n")
    assert (refused.returncode, refused.stderr) == (69, "not taken: 550 5.1.1 no such user\n")
    assert wrong.returncode == 2 and "one address only" in wrong.stderr
    assert [recipient for _, recipient, *_ in sink.taken] == ["ok@acme.example"]
