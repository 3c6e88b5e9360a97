"""The page on which a customer asks for a change."""

from __future__ import annotations

import re

import pytest
from page_examples import customer_page
from request_examples import form

from reports.languages import CATALOGUES
from reports.request_page import refusal, render
from sla.request import Kind


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_kind_site_and_contact_can_be_chosen_and_what_was_chosen_is(language: str) -> None:
    page = render(customer_page(), CATALOGUES[language], form=form(kind=Kind.OTHER)).decode()
    assert re.findall(r'name="kind" value="([^"]+)"', page) == [kind.value for kind in Kind]
    assert re.findall(r'<input type="radio"[^>]*value="([^"]+)"[^>]* checked', page) == ["other"]
    assert re.findall(r'<input type="checkbox"[^>]*value="([^"]+)"( checked)?', page) == [
        ("b1", ""),
        ("b2", " checked"),
        ("d1", ""),
    ]
    assert re.findall(r'<option value="([^"]+)"( selected)?', page) == [("c1", ""), ("c2", " selected")]
    assert '<form class="request" method="post" action="request.html"' in page and "<script" not in page


def test_what_people_typed_becomes_no_markup() -> None:
    page = render(customer_page(), form=form(words="</textarea><script>alert(1)</script>", wanted='"><b>')).decode()
    assert "<script" not in page and "<b>" not in page and "&lt;/textarea&gt;" in page


def test_lines_stay_lines() -> None:
    page = render(customer_page(), form=form(words="one\n\ntwo")).decode()
    assert re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL) == ["one\n\ntwo\n"]


def test_mistakes_stand_above_the_form_in_its_language() -> None:
    page = render(customer_page(), CATALOGUES["de"], "de/", form(faults=("request.fault.kind", "request.fault.words"))).decode()
    assert page.index("wählen Sie, worum Sie bitten") < page.index("<form") and 'role="alert"' in page


def test_where_nobody_answers_forms_it_leads_to_where_somebody_does() -> None:
    page = render(customer_page(), CATALOGUES["de"], "de/").decode()
    assert "<form" not in page and 'href="https://status.example/p/contoso/de/request.html"' in page


@pytest.mark.parametrize("status", [400, 403, 413, 429, 503])
def test_a_refusal_says_why_and_leads_back(status: int) -> None:
    for catalogue in CATALOGUES.values():
        page = refusal(customer_page(), status, catalogue).decode()
        assert 'role="alert"' in page and 'href="request.html"' in page and "<form" not in page
