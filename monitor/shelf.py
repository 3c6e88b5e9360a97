"""Pages as files for any web server: a new tree is written beside the old one, then a link is swapped. A reader sees one of them.

In a directory ``DIR`` lie ``DIR/trees/<oldest>-<newest>`` (the instants at which the oldest and the newest of its documents were
published) and, with every document as it is to be read once that is too old, ``DIR/trees/<oldest>-<newest>.stale``;
``DIR/current`` is a link to one of the two. Whatever is killed at whatever moment leaves the old link or the new one. A file that
reads as before is a hard link to it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

STALE_AFTER_MS = 180_000
"""As old as a page may be that is still believed: three publications missed."""
CURRENT, TREES, STALE = "current", "trees", ".stale"
PRIVATE = "p"
SYNCED_AT_ONCE = 16
"""Files whose way to the disk is waited for side by side: one by one, five hundred pages would take minutes on a busy disk."""


@dataclass(frozen=True, slots=True)
class File:
    """One document: its path below the root, its bytes, those of its stale twin (None: it never grows old), and its age."""

    path: str
    body: bytes
    stale: bytes | None
    published_at: int


class BadPath(ValueError):
    """A path that would lie outside the tree; nothing was written."""


def write(directory: Path, files: Iterable[File], now: int) -> Path:
    """Put ``files`` on the shelf as they are to be read ``now``. Raises OSError or BadPath; then what was current still is."""
    wanted = tuple(_believed(one, now) for one in files)
    ages = [one.published_at for one in wanted if one.stale is not None] or [now]
    name = f"{min(ages)}-{max(ages)}"
    trees = directory / TREES
    trees.mkdir(parents=True, exist_ok=True)
    before = _current(directory)
    fresh, stale = trees / name, trees / f"{name}{STALE}"
    for tree, twin in ((fresh, False), (stale, True)):
        made = tree.with_name(f".{tree.name}.new")
        shutil.rmtree(made, ignore_errors=True)
        old = before.with_name(before.name.removesuffix(STALE) + (STALE if twin else "")) if before else None
        _fill(made, ((one, one.stale if twin and one.stale is not None else one.body) for one in wanted), old)
        if tree.exists():
            shutil.rmtree(made)  # published before at the same instants: the same snapshots, the same bytes
        else:
            made.rename(tree)
    _synced(trees)
    _point(directory, fresh)
    _tidy(trees, {fresh.name, stale.name, *({before.name} if before else ())})
    return fresh


def guard(directory: Path, now: int) -> bool:
    """Turn the current tree to its stale twin if it is too old at ``now``; True if that was done. Needs nothing else."""
    current = _current(directory)
    if current is None or current.name.endswith(STALE) or now < int(current.name.partition("-")[0]) + STALE_AFTER_MS:
        return False
    twin = current.with_name(current.name + STALE)
    if not twin.is_dir():
        return False
    _point(directory, twin)
    return True


def name_of(path: str) -> str:
    """The file of the document under ``path``: a folder's is its ``index.html``. Raises BadPath."""
    relative = path.removeprefix("/")
    name = f"{relative}index.html" if relative.endswith("/") or not relative else relative
    if any(part in ("", ".", "..") or "\0" in part for part in name.split("/")):
        raise BadPath(path)
    return name


def _current(directory: Path) -> Path | None:
    link = directory / CURRENT
    if not link.is_symlink():
        return None
    tree = directory / os.readlink(link)
    return tree if tree.is_dir() else None


def _believed(one: File, now: int) -> File:
    """The document as it is to be read ``now``: one that is too old is its twin from the start, and grows no older."""
    late = one.stale is not None and now >= one.published_at + STALE_AFTER_MS
    return File(one.path, one.stale, None, one.published_at) if late and one.stale is not None else one


def _fill(tree: Path, files: Iterable[tuple[File, bytes]], old: Path | None) -> None:
    folders: dict[Path, None] = {}
    fresh: list[Path] = []
    tree.mkdir(parents=True)
    for one, body in files:
        name = name_of(one.path)
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        folders |= dict.fromkeys(_above(target.parent, tree))
        if _put(target, body, old / name if old else None, one.published_at):
            fresh.append(target)
    if (tree / PRIVATE).is_dir():
        (tree / PRIVATE).chmod(0o700)  # nobody else may list whose pages there are
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as threads:  # when all is written, so that the disk does many at a time
        list(threads.map(_synced, (*fresh, *folders, tree)))


def _above(folder: Path, tree: Path) -> Iterator[Path]:
    while folder != tree:
        yield folder
        folder = folder.parent


def _put(target: Path, body: bytes, old: Path | None, published_at: int) -> bool:
    """One file, as a link to what it was before if it reads the same; True if it was written."""
    if old is not None and old.is_file() and old.stat().st_size == len(body) and old.read_bytes() == body:
        os.link(old, target)
        return False
    target.write_bytes(body)
    os.utime(target, ns=(published_at * 1_000_000,) * 2)
    return True


def _point(directory: Path, tree: Path) -> None:
    """Swap the link; the rename is what readers see."""
    link = directory / f".{CURRENT}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(TREES) / tree.name)
    link.rename(directory / CURRENT)
    _synced(directory)


def _tidy(trees: Path, kept: set[str]) -> None:
    """Take away what nobody is pointed to: trees of earlier publications, and what a killed one left."""
    for tree in trees.iterdir():
        if tree.name not in kept:
            shutil.rmtree(tree, ignore_errors=True)


def _synced(what: Path) -> None:
    """Make a file or what a folder lists durable."""
    handle = os.open(what, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
