"""The shelf: always whole, whatever is killed when; never green for longer than it is believed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.shelf import CURRENT, STALE_AFTER_MS, BadPath, File, guard, name_of, write

AT = 1_795_527_440_000
STYLE = File("/style.css", b"*{}", None, 0)


def page(text: str, at: int = AT) -> list[File]:
    return [
        File("/", text.encode(), b"unknown", at),
        File("/api/v2/summary.json", f'{{"{text}":1}}'.encode(), b"{}", at),
        File("/p/key/", text.encode(), b"unknown", at),
        STYLE,
    ]


def read(directory: Path) -> dict[str, bytes]:
    root = directory / CURRENT
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.resolve().rglob("*"))
        for path in [root / path.relative_to(root.resolve())]
        if path.is_file()
    }


def test_a_publication_replaces_the_one_before_and_unchanged_files_are_links(tmp_path: Path) -> None:
    write(tmp_path, page("one"), AT)
    before = (tmp_path / CURRENT / "style.css").stat().st_ino
    write(tmp_path, page("two", AT + 20_000), AT + 20_000)
    assert read(tmp_path)["index.html"] == b"two"
    assert (tmp_path / CURRENT / "style.css").stat().st_ino == before
    assert (tmp_path / CURRENT / "index.html").stat().st_mtime_ns == (AT + 20_000) * 1_000_000
    write(tmp_path, page("three", AT + 40_000), AT + 40_000)
    assert len(list((tmp_path / "trees").iterdir())) == 3
    assert (tmp_path / CURRENT / "p").stat().st_mode & 0o777 == 0o700


def test_two_publications_of_one_snapshot_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, page("one"), AT + 1)
        write(tmp_path / name, page("one"), AT + 2)
    assert read(tmp_path / "a") == read(tmp_path / "b")
    assert os.readlink(tmp_path / "a" / CURRENT) == os.readlink(tmp_path / "b" / CURRENT)


def test_the_guard_turns_what_is_too_old_and_the_next_publication_turns_it_back(tmp_path: Path) -> None:
    assert not guard(tmp_path, AT)
    write(tmp_path, page("one"), AT)
    assert not guard(tmp_path, AT + STALE_AFTER_MS - 1)
    assert read(tmp_path)["index.html"] == b"one"
    assert guard(tmp_path, AT + STALE_AFTER_MS)
    late = read(tmp_path)
    assert {late["index.html"], late["p/key/index.html"]} == {b"unknown"}
    assert (late["api/v2/summary.json"], late["style.css"]) == (b"{}", b"*{}")
    assert not guard(tmp_path, AT + 2 * STALE_AFTER_MS)
    write(tmp_path, page("two", AT + 2 * STALE_AFTER_MS), AT + 2 * STALE_AFTER_MS)
    assert read(tmp_path)["index.html"] == b"two"


def test_one_page_that_is_not_renewed_is_unknown_and_ages_no_other(tmp_path: Path) -> None:
    now = AT + STALE_AFTER_MS
    write(tmp_path, [File("/", b"fresh", b"unknown", now), File("/p/key/", b"green", b"unknown", AT)], now)
    assert (read(tmp_path)["index.html"], read(tmp_path)["p/key/index.html"]) == (b"fresh", b"unknown")
    assert not guard(tmp_path, now + STALE_AFTER_MS - 1)


@pytest.mark.parametrize("path", ["/../x", "/a//b", "/./x", "/a\0b", "/p/../../x"])
def test_no_path_leads_out_of_the_tree(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadPath):
        name_of(path)
    with pytest.raises(BadPath):
        write(tmp_path, [File(path, b"", None, AT)], AT)
    assert not (tmp_path / CURRENT).exists()


WRITER = """
import sys
from pathlib import Path
from monitor.shelf import File, write
at = {at}
while True:
    at += 1
    body = str(at).encode()
    write(Path(sys.argv[1]), [File(f"/{{name}}.html", body, b"unknown", at) for name in range(30)], at)
"""


@pytest.mark.timeout(120)
def test_killed_at_any_moment_it_leaves_one_publication_whole(tmp_path: Path) -> None:
    chance = random.Random(7)
    seen = set()
    for _ in range(25):
        writer = subprocess.Popen([sys.executable, "-c", WRITER.format(at=AT + 1_000 * len(seen)), str(tmp_path)])
        while not (tmp_path / CURRENT).exists():
            time.sleep(0.01)
        time.sleep(0.3 + chance.random() * 0.2)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        found = read(tmp_path)
        assert len(found) == 30 and len(set(found.values())) == 1
        seen.add(next(iter(found.values())))
    assert len(seen) > 3
