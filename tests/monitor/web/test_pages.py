from __future__ import annotations

from monitor.web.pages import STALE_AFTER_MS, Pages


def test_the_twin_is_what_readers_get_after_three_minutes() -> None:
    pages = Pages()
    pages.put("/", b"fresh", b"stale", 1_000)
    found = pages.find("/")
    assert found is not None
    assert found.body(1_000 + STALE_AFTER_MS - 1).plain == b"fresh"
    assert found.body(1_000 + STALE_AFTER_MS).plain == b"stale"
    assert found.modified_at(1_000 + STALE_AFTER_MS) == 1_000 + STALE_AFTER_MS


def test_a_withdrawn_page_takes_its_assets_along() -> None:
    pages = Pages({"style.css": (b"*{}", "text/css")})
    pages.put("/p/a/", b"a", None, 1)
    assert pages.find("/p/a/style.css")
    pages.keep(frozenset())
    assert pages.find("/p/a/") is None
    assert pages.find("/p/a/style.css") is None


def test_assets_lie_beside_pages_only() -> None:
    pages = Pages({"style.css": (b"*{}", "text/css")})
    pages.put("/", b"a", None, 1)
    assert pages.find("/style.css")
    assert pages.find("/p/guess/style.css") is None
    assert pages.find("/../style.css") is None


def test_an_unchanged_body_is_not_compressed_again() -> None:
    pages = Pages()
    pages.put("/", b"same", None, 1)
    before = pages.find("/")
    pages.put("/", b"same", None, 2)
    after = pages.find("/")
    assert before and after and after.fresh is before.fresh and after.published_at == 2
