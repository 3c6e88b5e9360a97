from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from test_credentials import REF, World

from monitor.watch.credentials import Credentials
from monitor.watch.worked import NAME, Worked
from sla.state import Cause


def test_what_was_accepted_is_known_after_a_restart_with_the_same_content_only(tmp_path: Path) -> None:
    Worked(tmp_path).note("env:A", "canary-one")
    again = Worked(tmp_path)
    assert again.knows("env:A", "canary-one")
    assert not again.knows("env:A", "canary-two")
    assert not again.knows("env:B", "canary-one")
    file = tmp_path / NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "canary" not in file.read_text()
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"salt": "zz", "worked": {}}', '{"salt": "00"}', '{"salt": "00", "worked": []}']
)
def test_a_file_that_cannot_be_read_is_begun_anew(content: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(content)
    worked = Worked(tmp_path)
    assert not worked.knows("env:A", "x")
    worked.note("env:A", "x")
    assert Worked(tmp_path).knows("env:A", "x")


def test_a_folder_that_takes_nothing_costs_no_look(tmp_path: Path) -> None:
    worked = Worked(tmp_path / "gone")
    worked.note("env:A", "x")
    assert worked.knows("env:A", "x")


def test_threads_that_note_at_once_lose_nothing(tmp_path: Path) -> None:
    worked = Worked(tmp_path)
    threads = [threading.Thread(target=worked.note, args=(f"env:{number}", "x")) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = Worked(tmp_path)
    assert all(again.knows(f"env:{number}", "x") for number in range(12))


def test_a_password_that_changed_while_we_were_away_is_blamed_on_the_target(tmp_path: Path) -> None:
    """It is the same content that we show and that worked before the restart: somebody changed it there."""
    before = World(Worked(tmp_path))
    before.credentials.use(REF)
    before.credentials.accepted(REF)
    after = World(Worked(tmp_path))
    assert after.refused() is Cause.AUTH_FAILED
    changed = World(Worked(tmp_path))
    changed.content = "canary-two"
    assert changed.refused() is Cause.CHECK_CONFIG, "what worked was another content"
    assert World().refused() is Cause.CHECK_CONFIG
    assert isinstance(after.credentials, Credentials)
