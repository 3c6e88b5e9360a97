from __future__ import annotations

import re

from subscribe_examples import BOARD, CHOICE, OWN, VIEWS, subscriber_pages

from reports.subscribe_page import render, sign_up


def test_every_page_speaks_one_language_and_escapes_names() -> None:
    pages = subscriber_pages()
    assert len(pages) == 2 * len(VIEWS)
    for path, page in pages.items():
        text = page.decode()
        assert f'<html lang="{"de" if path.startswith("de/") else "en"}"' in text
        assert "Portal <b>" not in text and "<script" not in text
        assert "Contoso Ltd" in text and 'content="noindex, nofollow"' in text


def test_the_choice_is_shown_as_it_is_and_nothing_else_is_ticked() -> None:
    text = render(BOARD, VIEWS["manage"], "en").decode()
    assert re.findall(r'value="(\w+)" checked', text) == ["incident", "release", "k2"]
    assert "United States: Portal &lt;b&gt;" in text
    assert 'name="s" value="1.pass"' in text and 'href="leave?s=1.pass"' in text


def test_what_was_typed_stays_and_what_was_wrong_is_said_beside_it() -> None:
    text = render(BOARD, sign_up(CHOICE, 'kim"@', "address"), "de").decode()
    assert 'value="kim&#34;@"' in text and 'aria-describedby="wrong"' in text
    assert "Es wurde nichts gesendet." in text


def test_a_page_behind_a_personal_link_leads_to_no_page_without_it() -> None:
    assert 'hreflang="de"' in render(OWN, VIEWS["subscribe"], "en").decode()
    for name in ("confirm", "manage", "leave"):
        assert "hreflang" not in render(OWN, VIEWS[name], "en").decode()


def test_links_work_from_the_folder_of_a_language() -> None:
    german = render(BOARD, VIEWS["subscribe"], "de").decode()
    assert 'href="../style.css"' in german and 'action="subscribe"' in german and 'href="../subscribe" hreflang="en"' in german
