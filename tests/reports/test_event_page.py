from __future__ import annotations

from dataclasses import replace

from page_examples import customer_page, releases

from reports import event_page
from reports.german import GERMAN


def test_an_incident_is_told_whole_and_what_people_wrote_is_marked_up_and_harmless() -> None:
    page = customer_page()
    text = event_page.incident(page.incidents[1], page).decode()
    assert '<h1 id="title">Web in Dublin was away</h1>' in text
    assert text.index("The switch was replaced.") < text.index("All is measured well again.") < text.index("<em>switch</em>")
    assert "&lt;b&gt;nothing&lt;/b&gt;" in text and "<b>" not in text
    assert '<a href="../index.html">' in text and 'href="../style.css"' in text


def test_in_another_language_the_services_words_change_and_peoples_stay() -> None:
    page = customer_page()
    text = event_page.incident(page.incidents[1], page, GERMAN, "de/").decode()
    assert '<html lang="de">' in text and 'href="../../style.css"' in text
    assert "The switch was replaced." in text and "Alles wird wieder gut gemessen." in text
    assert 'hreflang="en" lang="en">English</a>' in text and 'href="../../incidents/inc2.html"' in text


def test_a_maintenance_tells_each_notice_and_its_calendar() -> None:
    page = customer_page()
    text = event_page.maintenance(page.maintenances[2], page).decode()
    assert text.index("Cancelled: it does not take place.") < text.index("Planned: 26 Nov 2026")
    assert 'href="../maintenance/mnt3.ics"' in text


def test_a_hostile_title_stays_text() -> None:
    page = customer_page()
    hostile = replace(page.incidents[0], title="</title><script>alert(1)</script>{{ 7*7 }}\u202e")
    text = event_page.incident(hostile, page).decode()
    assert "<script>alert" not in text and "{{ 7*7 }}" in text and "\u202e" not in text


def test_a_release_tells_the_readers_dates_then_all_sections_and_what_is_empty_says_so() -> None:
    page = customer_page(releases=releases())
    text = event_page.release(page.releases[0], page).decode()
    assert '<h1 id="title">Release 10.18.3: Faster enrolment</h1>' in text
    assert "Berlin: wave 2, " in text and "Dublin: your update is transparent; date follows" in text
    headings = ["Your date", "New features", "Known issues", "Fixed issues", "Other changes"]
    assert sorted(headings, key=lambda one: text.index(f"<h2>{one}</h2>")) == headings
    assert "<em>Faster</em>" in text and "&lt;b&gt;None&lt;/b&gt;" in text and text.count("<p>None</p>") == 2
    assert "Neue Funktionen" in event_page.release(page.releases[0], page, GERMAN, "de/").decode()
