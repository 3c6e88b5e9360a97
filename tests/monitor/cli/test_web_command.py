"""Tokens from the command line: shown once, listed without their secret, ended at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from desk_world import Store
from test_exclusion_command import threenines


def test_a_token_is_shown_once_listed_and_revoked(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    made = threenines(folder, "web", "token", "new", "--name", "Ada Admin", "--scope", "operate", "--scope", "approve")
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert secret.startswith("tn_")
    revoked = threenines(folder, "web", "token", "revoke", "1")
    assert (revoked.returncode, revoked.stdout) == (0, "token 1 of Ada Admin revoked\n")
    listed = threenines(folder, "web", "token", "list", "--json")
    (one,) = json.loads(listed.stdout)["tokens"]
    assert (one["name"], one["scopes"], one["revoked_at"] is None) == ("Ada Admin", ["operate", "approve"], False)
    assert secret not in listed.stdout
    wrong = threenines(folder, "web", "token", "new", "--name", "ada admin", "--scope", "aprove")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (65, 2)


def test_doctor_names_the_first_row_of_the_audit_that_was_changed(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    made = threenines(folder, "web", "token", "new", "--name", "Ada", "--scope", "operate")
    assert made.returncode == 0, made.stderr
    db = sqlite3.connect(folder / "data" / "threenines.db", isolation_level=None)
    db.execute("DROP TRIGGER audit_stays")
    db.execute("UPDATE audit SET body = replace(body, 'Ada', 'Eve') WHERE seq = 2")
    db.close()
    found = threenines(folder, "doctor", "--audit")
    assert found.returncode == 1
    assert "fail  audit: row 2 is not what was written" in found.stdout
    assert "audit" not in threenines(folder, "doctor").stdout
