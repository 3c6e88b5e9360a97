"""What has been published, in memory: readers are answered from here and never wait for a table.

A page has many documents (for people, for machines, feeds, badges), all of one snapshot. What most readers want is made when
it is published; the rest is made when somebody first asks for it, and kept until the next publication. Every document may have
a stale twin; who reads later than three minutes after publication gets the twin. Whether it is that late is asked at each
request, so a publisher that died cannot leave a page green.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType

from monitor.shelf import STALE_AFTER_MS
from sla.span import Instant

HTML = "text/html; charset=utf-8"
JSON = "application/json"
KINDS: Mapping[str, str] = MappingProxyType(
    {"html": HTML, "json": JSON, "csv": "text/csv; charset=utf-8", "pdf": "application/pdf", "": "text/plain; charset=utf-8"}
)
"""The content types of a statement's files by the endings of their names."""
PRIVATE = "/p/"
"""Below this lie customers' pages: the path is the secret, so nobody may keep or list them."""

Make = Callable[[], bytes]


def kind_of(name: str) -> str:
    """The content type of the file ``name`` of a statement."""
    return KINDS.get(name.rpartition(".")[2], KINDS[""])


def root_of(path: str) -> str:
    """The page that the document under ``path`` belongs to: a customer's, or the public one."""
    if not path.startswith(PRIVATE):
        return "/"
    key, slash, _ = path.removeprefix(PRIVATE).partition("/")
    return f"{PRIVATE}{key}{slash}"


class Body:
    """One form of a document, made when first wanted; ``etag`` is strong: the SHA-256 of ``plain``."""

    def __init__(self, make: Make) -> None:
        self._make = make

    @cached_property
    def plain(self) -> bytes:
        """The bytes."""
        return self._make()

    @cached_property
    def gzipped(self) -> bytes:
        """The same, compressed. Equal bodies give equal bytes; level 6 is within 2 % of 9 at a third of the time."""
        return gzip.compress(self.plain, 6, mtime=0)

    @cached_property
    def etag(self) -> str:
        """The strong tag of the body."""
        return f'"{sha256(self.plain).hexdigest()}"'

    def made(self, zipped: bool) -> bool:
        """Whether all that an answer needs of it is there."""
        there = vars(self)
        return "etag" in there and ("gzipped" if zipped else "plain") in there


@dataclass(frozen=True, slots=True)
class Document:
    """What lies under one path. Without ``stale`` it never grows old (a style sheet)."""

    fresh: Body
    stale: Body | None
    published_at: Instant
    content_type: str

    def body(self, now: Instant) -> Body:
        """What a reader gets at ``now``."""
        return self.stale if self.stale and now >= self.published_at + STALE_AFTER_MS else self.fresh

    def modified_at(self, now: Instant) -> Instant:
        """Since when that body is the one to send."""
        return self.published_at if self.body(now) is self.fresh else self.published_at + STALE_AFTER_MS

    def ready(self, before: Document | None = None) -> Document:
        """This document with its fresh body made; one that reads like ``before`` keeps what was compressed of it."""
        same = before is not None and before.fresh.plain == self.fresh.plain
        fresh = before.fresh if before is not None and same else self.fresh
        return Document(fresh, self.stale, self.published_at, self.content_type)


class Pages:
    """Documents by page and path. One writer, the publisher; a page is replaced whole, so no reader sees a mix."""

    def __init__(self, assets: Mapping[str, tuple[bytes, str]] | None = None) -> None:
        """``assets`` are (bytes, content type) by name, served beside every page: ``/p/<key>/style.css``."""
        self._pages: dict[str, dict[str, Document]] = {}
        self._assets = {name: _asset(data, kind) for name, (data, kind) in (assets or {}).items()}

    def put(self, path: str, body: bytes, stale: bytes | None, published_at: Instant, content_type: str = HTML) -> None:
        """Publish ``body`` under ``path`` (``/``, ``/p/<key>/``, ``/api/v1/snapshot``) beside what its page has already."""
        made = document(lambda: body, None if stale is None else lambda: stale, published_at, content_type)
        self.place(root_of(path), {**self._pages.get(root_of(path), {}), path: made.ready(self.find(path))})

    def place(self, root: str, documents: Mapping[str, Document]) -> None:
        """Publish the page at ``root``: exactly these documents, by path."""
        self._pages[root] = dict(documents)

    def keep(self, roots: Iterable[str]) -> None:
        """Withdraw every page that is not among ``roots``: a revoked key, a removed customer."""
        wanted = frozenset(roots)
        self._pages = {root: documents for root, documents in self._pages.items() if root in wanted}

    def roots(self) -> tuple[str, ...]:
        """The pages that are published."""
        return tuple(self._pages)

    def page(self, root: str) -> Mapping[str, Document]:
        """All documents of one page by path; none if there is no such page."""
        return self._pages.get(root, {})

    def published(self) -> Mapping[str, Instant]:
        """When each page was published, by its root."""
        return {root: max(one.published_at for one in documents.values()) for root, documents in self._pages.items() if documents}

    def find(self, path: str) -> Document | None:
        """The document under ``path``, or an asset beside a page that is there; None for anything else.

        ``index.html`` is its folder: links that work from a plain folder name it.
        """
        path = path.removesuffix("index.html") if path.endswith("/index.html") else path
        root = root_of(path)
        documents = self._pages.get(root)
        if documents is None:
            return None
        return (
            documents.get(path)
            or documents.get(f"{path}index.html")
            or (self._assets.get(path.removeprefix(root)) if root in documents else None)
        )


def document(fresh: Make, stale: Make | None, published_at: Instant, content_type: str) -> Document:
    """A document whose bodies are made when somebody wants them."""
    return Document(Body(fresh), None if stale is None else Body(stale), published_at, content_type)


def _asset(data: bytes, content_type: str) -> Document:
    return document(lambda: data, None, 0, content_type)
