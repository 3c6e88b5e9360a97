from __future__ import annotations

from dataclasses import replace

from page_examples import AT, customer_page, public_page

from reports.said import announcement_body, entry_names, expiry, incident_name, listed, maintenance_name, update_body
from sla.span import DAY


def test_what_nobody_named_is_named_after_what_it_concerns() -> None:
    page = customer_page()
    assert [incident_name(one, page) for one in page.incidents] == [
        "Interruption: Contoso Berlin: Database",
        "Web in Dublin was away",
    ]
    assert maintenance_name(page.maintenances[1], page) == "Maintenance: Contoso Dublin: Dublin web, Contoso Berlin: Berlin web"


def test_a_group_is_named_only_where_there_are_several() -> None:
    page = public_page()
    assert entry_names(("eu", "gone"), page) == ("Europe",)


def test_a_long_list_says_less_than_its_length() -> None:
    assert listed("abcdef") == "a, b, c, d and 2 more"
    assert listed("abcd") == "a, b, c, d"


def test_the_services_own_words_are_the_catalogues() -> None:
    page = customer_page()
    assert update_body(page.incidents[0].updates[0]) == "An interruption was measured. We are looking into it."
    assert update_body(page.incidents[1].updates[0]) == "The switch was replaced."
    told = announcement_body(page.maintenances[1].last, page)
    assert told == "Planned: 29 Nov 2026, 14:37 CET (13:37 UTC) to 29 Nov 2026, 16:37 CET (15:37 UTC) (2 h). Not available."


def test_an_expiry_says_how_long_it_is_away() -> None:
    page = customer_page()
    entry = replace(page.entries[0], expires_at=AT + DAY + 1)
    assert expiry(entry, page) == "expires 25 Nov 2026, in 1 day"
    assert expiry(replace(entry, expires_at=AT + 5), page) == "expires 24 Nov 2026, in less than a day"
    assert expiry(replace(entry, expires_at=AT - 5), page) == "expired 24 Nov 2026"
    assert expiry(page.entries[0], page) is None
