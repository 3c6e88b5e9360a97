"""Maintenance from the command line: planned, announced by another, listed; through a running service to the mailbox."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from desk_world import Store
from mail_sink import Sink, sinking
from pki import make_pki
from test_exclusion_command import THREENINES, threenines

PLAN = ("maintenance", "plan", "acme", "--from", "2099-12-01 23:00 Europe/Berlin", "--to", "2099-12-02 01:00 Europe/Berlin")
WORDS = ("--title", "Rolling update 10.18.3", "--component", "directory=DEGRADED")


def token_of(folder: Path, name: str) -> str:
    made = threenines(folder, "web", "token", "new", "--name", name, "--scope", "operate", "--scope", "approve")
    assert made.returncode == 0, made.stderr
    path = folder / f"{name}.token"
    path.write_text(made.stdout)
    path.chmod(0o600)
    return f"file:{path}"


def with_mail(folder: Path, port: int = 1, ca_file: str = "") -> None:
    main = folder / "threenines.yaml"
    ca = f', ca_file: "{ca_file}"' if ca_file else ""
    main.write_text(main.read_text() + f'mail: {{relay: "localhost:{port}", from: ops@p.example{ca}}}\n')


def test_planned_by_one_shown_and_announced_by_another_listed(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    with_mail(folder)
    planned = threenines(folder, *PLAN, *WORDS)
    assert (planned.returncode, planned.stdout.split(" by ")[0]) == (0, "MNT-2026-0001 DRAFT"), planned.stderr
    ben = token_of(folder, "ben")
    shown = threenines(folder, "maintenance", "announce", "MNT-2026-0001", "--token", ben, "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "MNT-2026-0001 would be CONFIRMED: 2099-12-01 22:00Z to 2099-12-02 00:00Z, DEGRADED" in shown.stdout
    assert (
        "--- to ada@acme.example" in shown.stdout
        and "Subject: [Maintenance announced] acme: Tue 1 Dec 2099, 22:00 UTC" in shown.stdout
    )
    unasked = threenines(folder, "maintenance", "announce", "MNT-2026-0001", "--token", ben)
    assert (unasked.returncode, "nobody to ask; --yes does it" in unasked.stderr) == (2, True)
    told = threenines(folder, "maintenance", "announce", "MNT-2026-0001", "--token", ben, "--yes")
    assert told.stdout.endswith("MNT-2026-0001 CONFIRMED by ben; letters to ada@acme.example\n"), told.stderr
    listed = json.loads(threenines(folder, "maintenance", "list", "--json").stdout)["maintenance"]
    assert [(one["id"], one["status"], len(one["steps"])) for one in listed] == [("MNT-2026-0001", "CONFIRMED", 2)]
    assert [line.split()[3] for line in threenines(folder, "notice", "queue").stdout.splitlines()[1:2]] != []


def test_what_is_wrong_is_told_rule_by_rule(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    wrong = threenines(folder, *PLAN, "--title", "x", "--component", "directory")
    assert (wrong.returncode, wrong.stderr) == (2, "--component: expected COMPONENT=IMPACT, got 'directory'\n")
    twice = threenines(folder, *PLAN[:3], "--from", "2099-10-25 02:30 Europe/Berlin", "--to", "soon", *WORDS)
    assert twice.returncode == 2 and [line.split(":")[0] for line in twice.stderr.splitlines()] == ["--from", "--to"]
    past = threenines(
        folder, *PLAN[:3], "--from", "2020-01-01T00:00Z", "--to", "2020-01-01T02:00Z", "--title", "x", "--impact", "OUTAGE"
    )
    assert past.returncode == 65 and past.stderr.startswith("maintenance: from: past: it begins in the past, got")
    unknown = threenines(folder, "maintenance", "start", "MNT-2026-0009")
    assert unknown.returncode == 2 and "unknown-maintenance" in unknown.stderr


@pytest.mark.real
async def test_a_running_service_brings_the_notice_to_the_mailbox(stored: Callable[..., Store], tmp_path: Path) -> None:
    folder = stored().folder
    (tmp_path / "pki").mkdir()
    pki, sink = make_pki(tmp_path / "pki"), Sink()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki / "good.pem")
    ben = await asyncio.to_thread(token_of, folder, "ben")
    async with sinking(sink, tls) as port:
        with_mail(folder, port, str(pki / "ca.pem"))
        environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
        service = await asyncio.create_subprocess_exec(THREENINES, "run", cwd=folder, env=environ, stdout=asyncio.subprocess.PIPE)
        try:
            async with asyncio.timeout(60):
                while not (folder / "data" / "control.sock").exists():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                planned = await asyncio.to_thread(threenines, folder, *PLAN, *WORDS)
                assert planned.returncode == 0, planned.stderr
                told = await asyncio.to_thread(
                    threenines, folder, "maintenance", "announce", "MNT-2026-0001", "--token", ben, "--yes"
                )
                assert told.returncode == 0, told.stderr
                while not sink.taken:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            service.send_signal(signal.SIGTERM)
            await service.wait()
    (_, recipient, body, encrypted), *more = sink.taken
    message = message_from_bytes(body)
    assert (recipient, encrypted, more) == ("ada@acme.example", True, [])
    (calendar,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert b"X-MAINTNOTE-MAINTENANCE-ID:MNT-2026-0001" in calendar.get_payload(decode=True)  # type: ignore[operator]
    queue = await asyncio.to_thread(threenines, folder, "notice", "queue", "--all", "--json")
    assert [one["state"] for one in json.loads(queue.stdout)["letters"]] == ["sent"]


def test_what_recurs_is_planned_approved_listed_and_ended(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    with_mail(folder)
    start = datetime.now(UTC) + timedelta(days=5)
    day = f"{start:%Y-%m-%d}"
    times = ("--from", f"{day} 22:00 Europe/Berlin", "--to", f"{day} 23:30 Europe/Berlin")
    planned = threenines(folder, "maintenance", "plan", "acme", *times, *WORDS, "--every", "FREQ=DAILY;INTERVAL=2")
    key = planned.stdout.split()[0]
    assert (planned.returncode, key[:4], key[-5:]) == (0, "REC-", "-0001"), planned.stderr
    ben = token_of(folder, "ben")
    done = threenines(folder, "maintenance", "announce", key, "--token", ben)
    assert done.returncode == 0 and f"{key} approved by ben; next: {day}" in done.stdout, done.stderr
    listed = json.loads(threenines(folder, "maintenance", "list", "--json").stdout)["maintenance"]
    assert len(listed) == 5 and {one["status"] for one in listed} == {"CONFIRMED"}
    shown = threenines(folder, "maintenance", "recurring", "--days", "30", "--json")
    (one,) = json.loads(shown.stdout)["recurrences"]
    assert (one["rule"], one["length_s"], len(one["coming"])) == ("FREQ=DAILY;INTERVAL=2", 5400, 13)
    assert "FREQ=DAILY" in threenines(folder, "maintenance", "recurring").stdout
    ended = threenines(folder, "maintenance", "cancel", key, "--token", ben)
    assert ended.returncode == 0 and "ended by ben; next: none" in ended.stdout, ended.stderr
    wrong = threenines(
        folder, "maintenance", "plan", "acme", "--from", "2026-12-01T22:00Z", "--to", "soon", *WORDS, "--every", "X"
    )
    assert wrong.returncode == 2 and "--from: expected a wall clock" in wrong.stderr and "--to: expected a time" in wrong.stderr
