"""Files for any web server, from a running service; and what people say, on its pages as soon as the command comes back."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from desk_world import Store
from test_exclusion_command import THREENINES, running, threenines

from monitor.shelf import CURRENT, STALE, STALE_AFTER_MS

SAID = ("--title", "Sign-in is slow", "--component", "acme/directory", "--body", "We are *looking* into it.")


def body(address: str) -> bytes:
    with urlopen(address, timeout=10) as answer:
        return answer.read()  # type: ignore[no-any-return]


@pytest.mark.timeout(300)
def test_pages_are_written_whole_and_outlive_the_service(stored: Callable[..., Store], tmp_path: Path) -> None:
    folder = stored().folder
    shelf = tmp_path / "shelf"
    away = threenines(folder, "publish", str(shelf))
    assert (away.returncode, "no service runs" in away.stderr, shelf.exists()) == (69, True, False)
    with running(folder) as address:
        key = re.search(rb'href="/(p/[a-z2-7]{26}/)"', body(f"{address}/"))
        assert key
        said = threenines(folder, "incident", "open", *SAID)
        assert said.returncode == 0, said.stderr
        page = f"{address}/{key[1].decode()}"
        assert b"Sign-in is slow" in body(page)
        (incident,) = json.loads(body(f"{page}api/v2/incidents/unresolved.json"))["incidents"]
        assert incident["incident_updates"][0]["body"] == "We are *looking* into it."
        assert b"<em>looking</em>" in body(f"{page}incidents/{incident['id']}.html")
        assert b"Sign-in is slow" in body(f"{page}history.atom")
        assert b'lang="de"' in body(f"{page}de/index.html")
        done = threenines(folder, "publish", str(shelf), "--private")
        assert done.returncode == 0, done.stderr
        public = threenines(folder, "publish", str(tmp_path / "public"))
        assert public.returncode == 0, public.stderr
    root = shelf / CURRENT
    assert (root / "index.html").read_bytes().startswith(b"<!DOCTYPE html>")
    own = root / key[1].decode()
    assert b"Sign-in is slow" in (own / "index.html").read_bytes()
    assert {"style.css", "stale.js", "history.rss", "maintenance.ics"} <= {path.name for path in own.iterdir()}
    everything = [path.read_bytes() for path in (tmp_path / "public").rglob("*") if path.is_file()]
    assert everything and not any(b"Sign-in" in one or b"Acme" in one for one in everything)
    links_lead_somewhere(root)
    guarded(folder, shelf)


def links_lead_somewhere(root: Path) -> None:
    """Every relative link of every page, from where the page lies, is a file."""
    for path in root.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"#:]+)"', path.read_text()):
            assert (path.parent / link).resolve().is_file(), f"{path}: {link}"


def guarded(folder: Path, shelf: Path) -> None:
    """The guard of files that are not old does nothing; once they are, it turns them by the clock alone."""
    early = threenines(folder, "publish", str(shelf), "--guard", "--once")
    assert (early.returncode, early.stderr) == (0, "")
    later = f"+{STALE_AFTER_MS // 1000 + 1}s"
    command = ["faketime", "-f", later, "threenines", "publish", str(shelf), "--guard", "--once"]
    path = f"{Path(THREENINES).parent}:{os.environ['PATH']}"
    late = subprocess.run(
        command, cwd="/", capture_output=True, text=True, timeout=60, env={**os.environ, "PATH": path}, check=False
    )
    assert (late.returncode, "turned to unknown" in late.stderr) == (0, True), late.stderr
    assert os.readlink(shelf / CURRENT).endswith(STALE)
    for page in (shelf / CURRENT).rglob("index.html"):
        if page.parent.name != "history":
            assert re.search(r"<h1[^>]*>(Status unknown|Status unbekannt)", page.read_text()), page
    summary = json.loads((shelf / CURRENT / "api/v2/summary.json").read_text())
    assert summary["status"]["indicator"] != "none"


def test_a_guard_without_anything_to_guard_says_so(tmp_path: Path) -> None:
    gone = threenines(tmp_path, "publish", "nothing", "--guard", "--once")
    assert (gone.returncode, "no such directory" in gone.stderr) == (69, True)
    empty = threenines(tmp_path, "publish", str(tmp_path), "--guard", "--once")
    assert (empty.returncode, empty.stderr) == (0, "")
