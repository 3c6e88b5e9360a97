from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

from page_examples import AT, customer_page, empty_page

from reports.feed import LEAST, MOST, atom, items, rss
from sla.span import DAY

ATOM = "{http://www.w3.org/2005/Atom}"


def test_each_word_is_an_entry_newest_first_and_no_change_of_state_is_one() -> None:
    found = items(customer_page())
    assert {one.kind for one in found} == {"incident", "maintenance"}
    assert len(found) == 4 + 5
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)


def test_atom_is_well_formed_and_its_ids_stay_when_it_is_published_again() -> None:
    page = customer_page()
    root = ElementTree.fromstring(atom(page))
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == 9
    assert all(one and one.startswith("tag:status.example,2025:pagecontoso/") for one in ids)
    later = ElementTree.fromstring(atom(replace(page, published_at=AT + DAY, as_of=AT + DAY)))
    assert [entry.findtext(f"{ATOM}id") for entry in later.iter(f"{ATOM}entry")] == ids
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == "https://status.example/p/contoso/history.atom"  # type: ignore[union-attr]
    told = next(entry for entry in root.iter(f"{ATOM}entry") if "Identified" in (entry.findtext(f"{ATOM}title") or ""))
    content = told.findtext(f"{ATOM}content") or ""
    assert '<a href="https://status.example/plan" rel="nofollow noopener">the plan</a>' in content
    assert "&lt;b&gt;nothing&lt;/b&gt;" in content


def test_rss_says_the_same() -> None:
    root = ElementTree.fromstring(rss(customer_page()))
    guids = [item.find("guid") for item in root.iter("item")]
    assert [guid.get("isPermaLink") for guid in guids if guid is not None] == ["false"] * 9
    assert all(parsedate_to_datetime(item.findtext("pubDate") or "") for item in root.iter("item"))


def test_an_empty_feed_is_a_feed() -> None:
    assert ElementTree.fromstring(atom(empty_page())).findtext(f"{ATOM}updated") == "2026-11-24T13:37:20.000Z"
    assert list(ElementTree.fromstring(rss(empty_page())).iter("item")) == []


def test_a_feed_ends_somewhere() -> None:
    one = customer_page().incidents[0]

    def many(count: int, at: int) -> int:
        update = replace(one.updates[0], at=at)
        page = customer_page(incidents=tuple(replace(one, id=f"i{n}", updates=(update,)) for n in range(count)), maintenances=())
        return len(items(page))

    assert (many(300, AT - DAY), many(300, AT - 90 * DAY), many(7, AT - 90 * DAY)) == (MOST, LEAST, 7)


def test_hostile_words_leave_the_feed_whole() -> None:
    one = customer_page().incidents[0]
    hostile = "]]><script>\x00\x0b\ud800</summary>"
    page = customer_page(incidents=(replace(one, title=hostile, updates=(replace(one.updates[0], body=hostile),)),))
    for body in (atom(page), rss(page)):
        ElementTree.fromstring(body)
        assert b"<script>" not in body
