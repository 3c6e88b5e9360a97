"""All documents of one page, from one snapshot: what is served under which address, and what a publication writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.web.pages import HTML, Document, Pages, document, kind_of
from reports.published import Published
from reports.site import Rendering, renderings
from reports.snapshot import PageSnapshot, stale_twin
from sla.span import Instant
from sla.texts import until


@dataclass(frozen=True, slots=True)
class Page:
    """One document of the page at ``root``. Two are the same if they are made ``of`` the same, in the same way."""

    root: str
    path: str
    of: object
    published_at: Instant
    make: Callable[[], bytes] = field(compare=False)
    make_stale: Callable[[], bytes] | None = field(compare=False, default=None)
    content_type: str = HTML
    hot: bool = True

    @property
    def body(self) -> bytes:
        """Its bytes."""
        return self.make()

    @property
    def stale(self) -> bytes | None:
        """What readers get once it is too old; None: it never is."""
        return None if self.make_stale is None else self.make_stale()


def pages_of(root: str, snapshot: PageSnapshot) -> tuple[Page, ...]:
    """Every document of the page at ``root``; none is rendered before somebody wants it."""
    return tuple(_page(root, snapshot, one) for one in renderings(snapshot))


def files_of(root: str, folder: Path, statements: Iterable[Published]) -> Iterator[Page]:
    """The files of ``statements``, which lie below ``folder`` as they do below the page; they never age."""
    for one in statements:
        for name in one.files:
            path = f"{one.path}/{name}"
            made = (folder / path).read_bytes
            yield Page(root, root + path, path, until(one.issued_at), made, None, kind_of(name), hot=False)


def _page(root: str, snapshot: PageSnapshot, one: Rendering) -> Page:
    stale = (lambda: one.render(stale_twin(snapshot))) if one.ages else None
    at = snapshot.published_at
    return Page(root, root + one.path, snapshot, at, lambda: one.render(snapshot), stale, one.content_type, one.hot)


def published(goal: Pages, pages: Iterable[Page]) -> dict[str, dict[str, Document]]:
    """What ``pages`` are to ``goal``, by root and path, with what most readers want made already. Changes nothing."""
    found: dict[str, dict[str, Document]] = {}
    for page in pages:
        made = document(page.make, page.make_stale, page.published_at, page.content_type)
        if page.hot:
            made = made.ready(goal.find(page.path))
            _ = made.fresh.gzipped, made.fresh.etag
        found.setdefault(page.root, {})[page.path] = made
    return found
