"""Releases from the command line, by real processes: drafted, announced by another, asked at the gate, held, listed."""

from __future__ import annotations

import json
from collections.abc import Callable

from desk_world import Store
from test_exclusion_command import threenines
from test_maintenance_command import token_of, with_mail


def test_a_rollout_from_its_draft_to_its_hold(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    with_mail(folder)
    wrong = threenines(folder, "release", "draft", "10.18.3", "--wave", "early")
    assert (wrong.returncode, wrong.stderr) == (2, "--wave: expected RING,FROM,TO[,SITE…], got 'early'\n")
    shown = threenines(folder, "release", "draft", "10.18.3", "--from", "2099-12-01 22:00 Europe/Berlin", "--dry-run")
    assert "1 general  2099-12-01 21:00Z 1 site, draft: acme" in shown.stdout and "nobody would be told" in shown.stdout
    drafted = threenines(folder, "release", "draft", "10.18.3", "--from", "2099-12-01 22:00 Europe/Berlin")
    assert drafted.stdout.startswith("RO-2026-0001 draft, drafted by host:"), drafted.stderr
    ben = token_of(folder, "ben")
    announce = ("release", "announce", "RO-2026-0001", "--wave", "1", "--token", ben)
    preview = threenines(folder, *announce, "--dry-run").stdout
    assert "--- to ada@acme.example\nSubject: [Maintenance announced] acme: Tue 1 Dec 2099" in preview
    assert "1 letter would go out" in preview
    told = threenines(folder, *announce, "--yes")
    assert told.stdout.endswith("announced by ben; 1 letter to ada@acme.example\n"), told.stderr
    gate = threenines(folder, "release", "gate", "RO-2026-0001")
    assert (gate.returncode, gate.stdout.splitlines()[0]) == (0, "RO-2026-0001, before wave 1: go")
    found = json.loads(threenines(folder, "release", "gate", "RO-2026-0001", "--json").stdout)
    assert [one["code"] for one in found["findings"]] == ["incident", "budget"] and found["answer"] == "go"
    opened = ("incident", "open", "--component", "acme/directory", "--title", "Lost mails", "--body", "10.18.3 is looked at")
    assert threenines(folder, *opened).returncode == 0
    assert threenines(folder, "release", "gate", "RO-2026-0001").returncode == 1
    assert threenines(folder, "release", "gate", "RO-2026-0009").returncode == 2
    held = threenines(folder, "release", "hold", "RO-2026-0001", "--reason", "lost mails")
    assert held.stdout.startswith("RO-2026-0001 held, held by host:"), held.stderr
    refused = threenines(folder, "release", "resume", "RO-2026-0001", "--token", ben)
    assert refused.returncode == 65 and "release: id: gate: the gate says hold, got" in refused.stderr
    assert threenines(folder, "release", "resume", "RO-2026-0001", "--token", ben, "--override", "not ours").returncode == 0
    assert "overridden" in threenines(folder, "release", "show", "RO-2026-0001").stdout
    assert "10.18.3" in threenines(folder, "release", "list").stdout
