"""Every HTML document that anybody reads, by file name: each kind of page in its states and languages, of mail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import statement_examples
import test_mailbox_page as mailbox
import test_release_notice as release_mail
import test_request_letter as request_mail
from evidence_world import evidence
from page_examples import AT, all_in, customer_page, empty_page, figures, hardly_measured_page, public_page, releases
from request_examples import form
from starlette.exceptions import HTTPException
from starlette.requests import Request
from subscribe_examples import subscriber_pages

from monitor.web.replies import refused
from reports import notices, operator_letter, request_page
from reports.frame import STATIC, static
from reports.languages import CATALOGUES
from reports.operator_page import SiteLine, render_index
from reports.site import HTML, SVG, renderings
from reports.snapshot import PageSnapshot, stale_twin
from reports.statement_document import document
from reports.statement_forms import html
from sla.request import Kind, Status
from sla.state import State

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "reports" / "golden"


def written(folder: Path, documents: dict[str, bytes]) -> int:
    """Write ``documents`` below ``folder``; says how many there are."""
    for name, body in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return len(documents)


def pages() -> dict[str, bytes]:
    """What is read in a browser, as it lies when it is published."""
    return {**dict(_published()), **dict(_asked()), **dict(_statements()), **dict(_ours())}


def drawings() -> dict[str, bytes]:
    """What the pages fetch: badges and style sheets."""
    badges = {f"badges/{one.path}": one.render(customer_page()) for one in renderings(customer_page()) if one.content_type == SVG}
    return {**badges, **{name: static(name) for name in STATIC if name.endswith((".css", ".svg"))}}


def mails() -> dict[str, bytes]:
    """The HTML part of each kind of letter."""
    kept = {one.name: one.read_bytes() for one in sorted(GOLDEN.glob("notice-*.html"))}
    return kept | {name: text.encode() for name, text in _letters()}


def _published() -> Iterator[tuple[str, bytes]]:
    """Every document of some pages, the front page of one in each state, while something is maintained and not."""
    customer = customer_page(releases=releases())
    whole = {
        "customer": customer,
        "stale": stale_twin(customer),
        "german": customer_page(language="de"),
        "public": public_page(),
        "hardly": hardly_measured_page(),
        "empty": empty_page(),
        "statements": statement_examples.PAGE,
    }
    for name, page in whole.items():
        yield from _of(name, page)
    for state in State:
        for kept in (False, True):
            yield from _of(f"{state.value}-{'maintained' if kept else 'left'}", all_in(state, kept), only_hot=True)


def _of(name: str, page: PageSnapshot, only_hot: bool = False) -> Iterator[tuple[str, bytes]]:
    for one in renderings(page):
        if one.content_type == HTML and (one.ages or not only_hot):
            path = one.path if one.path.endswith(".html") else f"{one.path}index.html"
            yield f"{name}/{path}", one.render(page)


def _asked() -> Iterator[tuple[str, bytes]]:
    """Forms of customers and subscribers: empty, filled in wrongly, taken, refused."""
    faults = ("request.fault.kind", "request.fault.words.missing")
    page = customer_page()
    for tag, catalogue in CATALOGUES.items():
        for name, shown in {
            "empty": form(),
            "wrong": form(kind=Kind.OTHER, faults=faults, words="<b>&"),
            "elsewhere": None,
        }.items():
            yield f"request/{tag}/{name}.html", request_page.render(page, catalogue, "", shown)
        yield f"request/{tag}/refused.html", request_page.refusal(page, 429, catalogue)
    for path, body in subscriber_pages().items():
        yield f"subscribers/{path}.html", body


def _statements() -> Iterator[tuple[str, bytes]]:
    for tag in CATALOGUES:
        yield f"statement-{tag}.html", html(document(evidence()), tag, "en")


def _ours() -> Iterator[tuple[str, bytes]]:
    """What operators, developers and visitors of the demo read, and what the service answers where nothing is."""
    lines = [SiteLine("Portal", "Contoso", state, AT, figures(60_000), "p/a/") for state in State]
    yield "operator.html", render_index("Northwind Cloud", "UTC", AT, lines)
    yield "operator-empty.html", render_index("Northwind Cloud", "UTC", AT, [])
    yield "api.html", (ROOT / "docs" / "api" / "index.html").read_bytes()
    for path in ("", "1"):
        yield f"mailbox-{path}.html", asyncio.run(mailbox.get(f"/{path}"))[1].encode()
    nowhere = Request({"type": "http", "method": "GET", "path": "/nowhere", "headers": []})
    yield "nowhere.html", bytes(refused(nowhere, HTTPException(404)).body)


def _letters() -> Iterator[tuple[str, str]]:
    """Letters of which no HTML is kept as a golden file, by file name."""
    us, they = ("P", "notices@p.example"), "ops@p.example"
    yield "trial.html", _shown(notices.trial(us, they, "p.example", AT))
    told = {"Why": "own: downtime: 90 s", "What to do": "<b>I-7</b> names it\nread it"}
    yield "operator.html", _shown(operator_letter.written(us, they, "n1@p.example", "RO-2026-0001: held", told, AT))
    yield from statement_examples.mails()
    for tag in CATALOGUES:
        made = release_mail.mail(release_mail.notice(1), release_mail.reader(tag), release_mail.PROVIDER, "m@x", "m@x", AT)
        yield f"release-{tag}.html", made.html
        for status in Status:
            yield f"request-{status.value}-{tag}.html", request_mail.mail(status, tag).get_body(("html",)).get_content()


def _shown(letter: bytes) -> str:
    """The HTML part of a finished letter."""
    part = message_from_bytes(letter, policy=default).get_body(("html",))
    assert part is not None
    return str(part.get_content())
