"""Signing up, changing and leaving as a reader does it: forms over HTTP, links out of the mails, a real store behind."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from incident_world import MAIL, read
from published import Desk, configuration, site

from monitor.config.configuration import Listener, PublicEntry
from monitor.post.signup import MOST_WAITING, SignUp
from monitor.store import letters, reader_tables, subscribers
from monitor.store.letters import State
from monitor.store.subscribers import Subscriber
from monitor.web.pages import Pages
from monitor.web.public import public_app
from monitor.web.subscribing import forms
from sla.span import DAY, HOUR

KIM, EVE = "kim@reader.example", "eve@reader.example"
SECRET = b"k" * 32
HOST = "https://status.p.example"


class Page:
    """A browser at the public page, and the mailbox of everybody."""

    def __init__(self, folder: Path) -> None:
        sites, entries = [site("a", "acme")], [PublicEntry("Sign-in", ("a/ldap",)), PublicEntry("Portal", ("a/web",))]
        self.desk = Desk(folder, sites, entries)
        made = configuration(folder, sites, entries)
        self.made = replace(made, mailing=MAIL, public_url=HOST, public=Listener("127.0.0.1", 1))
        self.sign = SignUp(self.desk.database, lambda: self.desk.now, SECRET, lambda: None)
        self.sign.watch(self.made)
        self.customer = next(root for root in self.sign._pages if root != "/")
        self.seconds = 0.0
        pages = Pages({})
        pages.put("/", b"", None, 0)
        app = public_app(pages, lambda: self.desk.now, forms(self.sign, lambda: self.seconds))
        self.browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)

    async def post(self, path: str, **fields: object) -> httpx.Response:
        self.seconds += 60
        named = {f"{name}[]" if name in ("kind", "entry") else name: value for name, value in fields.items()}
        return await self.browser.post(path, data=named)

    async def ask(self, address: str = KIM, path: str = "/subscribe", kinds: tuple[str, ...] = ("incident",)) -> httpx.Response:
        """Send the form, and let it be worked on."""
        answer = await self.post(path, address=address, kind=list(kinds))
        while not self.sign._asked.empty():
            await self.sign._answer(self.sign._asked.get_nowait())
        return answer

    def links(self) -> list[str]:
        """Every link in every mail, oldest first."""
        found = []
        for kept in self.desk.database.look(lambda db: letters.listed(db, list(State), 1_000)):
            mail = read(kept.letter.body)
            text = mail.get_body(("plain",))
            assert text is not None
            found += re.findall(r"https://\S+", text.get_content())
            found += re.findall(r"<(https://[^>]+)>", mail["List-Unsubscribe"] or "")
        return found

    def link(self, name: str) -> str:
        return [one for one in self.links() if f"/{name}?" in one][-1]

    def kept(self) -> tuple[Subscriber, ...]:
        return self.desk.database.look(subscribers.every)

    def rows(self) -> list[object]:
        """All there is of subscribers and letters."""
        tables = (reader_tables.subscriber, reader_tables.suppressed, reader_tables.bulletin)
        found = [self.desk.database.look(lambda db, t=table: db.execute(t.select()).all()) for table in tables]  # type: ignore[misc]
        return [*found, self.desk.database.look(lambda db: letters.listed(db, list(State), 1_000))]

    async def confirmed(self, address: str = KIM, **how: object) -> str:
        """Somebody who has signed up; the pass in the mails to them."""
        await self.ask(address, **how)  # type: ignore[arg-type]
        token = self.link("confirm").partition("t=")[2]
        assert (await self.post("/confirm", t=token)).status_code == 200
        await self.ask(address)  # once more: the mail to who has it already carries the links
        return self.link("manage").partition("s=")[2]


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    made = Page(tmp_path)
    async with made.browser:
        yield made
    made.desk.database.close()


async def test_only_the_button_confirms_and_only_once(page: Page) -> None:
    assert "Look into your mail" in (await page.ask()).text
    (waiting,) = page.kept()
    assert waiting.confirmed_at is None and waiting.wish.kinds == ("incident",)
    link = page.link("confirm")
    assert 'method="post"' in (await page.browser.get(link)).text
    assert page.kept() == (waiting,)
    token = link.partition("t=")[2]
    assert len(token) >= 43  # 256 bits
    assert token.encode() not in b"".join(bytes(str(row), "utf-8") for row in page.rows()[0])  # type: ignore[arg-type]
    assert (await page.post("/confirm", t=token)).status_code == 200
    assert page.kept()[0].confirmed_at == page.desk.now
    again = await page.post("/confirm", t=token)
    other = await page.post("/confirm", t="never-made")
    assert (again.status_code, again.content) == (other.status_code, other.content) == (404, again.content)


async def test_the_answer_is_the_same_for_everybody(page: Page) -> None:
    await page.confirmed(KIM)
    shown = await page.confirmed(EVE)
    await page.post("/leave", s=shown)
    answers = [await page.ask(address) for address in (KIM, EVE, "new@reader.example", "kim@no-such-domain.invalid")]
    assert len({(one.status_code, one.content, tuple(one.headers.items())) for one in answers}) == 1
    assert not page.sign._asked.qsize() and KIM not in answers[0].text  # nothing was done before the answer


async def test_following_every_link_changes_nothing(page: Page) -> None:
    await page.confirmed()
    await page.ask(EVE)
    before = page.rows()
    links = [*page.links(), f"{HOST}/subscribe", f"{HOST}/de/subscribe"]
    assert {re.search(r"/(\w+)(\?|$)", one)[1] for one in links} == {"confirm", "manage", "leave", "subscribe"}  # type: ignore[index]
    for one in links:
        answer = await page.browser.get(one)
        assert answer.status_code in (200, 404), one
        assert answer.headers["cache-control"] == "private, no-store" and answer.headers["referrer-policy"] == "no-referrer"
        await page.browser.head(one)
    assert page.rows() == before


async def test_a_choice_is_changed_by_who_has_the_link(page: Page) -> None:
    shown = await page.confirmed()
    form = (await page.browser.get(f"/manage?s={shown}")).text
    portal = re.findall(r'name="entry\[\]" value="(\w+)"[^>]*> <span>Portal', form)
    assert re.findall(r'value="(\w+)" checked', form) == ["incident"]
    assert (await page.post("/manage", s=shown, kind=["maintenance"], entry=portal)).status_code == 200
    assert (page.kept()[0].wish.kinds, page.kept()[0].wish.entries) == (("maintenance",), tuple(portal))
    everything = re.findall(r'name="entry\[\]" value="(\w+)"', form)
    await page.post("/manage", s=shown, kind=["maintenance"], entry=[*everything, "foreign"])
    assert page.kept()[0].wish.entries == ()  # all of them, also those to come
    assert (await page.post("/manage", s=shown)).status_code == 422
    assert (await page.post("/manage", s=shown[:-1] + "?", kind=["release"])).status_code == 404
    assert page.kept()[0].wish.kinds == ("maintenance",)


async def test_one_click_ends_it_and_only_a_mark_stays(page: Page) -> None:
    shown = await page.confirmed()
    click = {"content": "List-Unsubscribe=One-Click", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert (await page.browser.post(f"/leave?s={shown}", **click)).status_code == 200  # type: ignore[arg-type]
    rows = page.rows()
    assert page.kept() == () and len(rows[1]) == 1 and rows[3] == ()  # type: ignore[arg-type]
    assert KIM not in str(rows) and "kim" not in str(rows)
    for _ in range(2):  # somebody else tries, in other letters too
        await page.ask(KIM)
        await page.ask(KIM.upper())
    assert page.rows() == rows
    assert (await page.post("/leave", s=shown)).status_code == 404


async def test_who_does_not_confirm_is_forgotten_after_a_day(page: Page) -> None:
    await page.ask()
    token = page.link("confirm").partition("t=")[2]
    page.desk.now += DAY
    assert (await page.post("/confirm", t=token)).status_code == 404
    await page.sign.tidy()
    assert KIM not in str(page.rows())


async def test_an_address_is_written_to_three_times_a_day_and_one_wish_of_it_waits(page: Page) -> None:
    for _ in range(5):
        await page.ask()
        page.desk.now += HOUR
    assert len([one for one in page.links() if "/confirm?" in one]) == 3 and len(page.kept()) == 1
    first, *_, last = (one.partition("t=")[2] for one in page.links())
    assert (await page.post("/confirm", t=first)).status_code == 404  # the newer one took its place
    assert (await page.post("/confirm", t=last)).status_code == 200


async def test_a_minute_of_one_client_has_ten_forms(page: Page) -> None:
    codes = [(await page.browser.post("/subscribe", data={"address": "x", "kind": "incident"})).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


async def test_a_flood_is_turned_away_before_it_fills_the_memory(page: Page) -> None:
    codes = [(await page.post("/subscribe", address=KIM, kind="incident")).status_code for _ in range(MOST_WAITING + 1)]
    assert codes == [200] * MOST_WAITING + [429]


@pytest.mark.parametrize(
    "address", ["", "kim", "a@x.example, b@y.example", "a@x.example\r\nBcc: b@y.example", "<script>@x.example"]
)
async def test_what_is_no_address_is_told_and_sends_nothing(page: Page, address: str) -> None:
    answer = await page.ask(address)
    assert answer.status_code == 422 and "not one mail address" in answer.text and "<script>" not in answer.text
    assert page.kept() == () and page.links() == []


async def test_a_customers_page_has_forms_of_its_own(page: Page) -> None:
    home = page.customer
    assert (await page.ask(path=f"{home}de/subscribe")).status_code == 200
    (waiting,) = page.kept()
    assert (waiting.wish.page, waiting.wish.language) == (home, "de")
    link = page.link("confirm")
    assert link.startswith(f"{HOST}{home}de/confirm?t=")
    token = link.partition("t=")[2]
    assert (await page.post("/confirm", t=token)).status_code == 404  # right elsewhere, wrong here
    assert "Sie erhalten Nachrichten" in (await page.post(f"{home}de/confirm", t=token)).text
    unknown, nothing = await page.browser.get("/p/unknown/subscribe"), await page.browser.get("/p/unknown/")
    assert (unknown.status_code, unknown.content) == (nothing.status_code, nothing.content) == (404, nothing.content)


async def test_what_is_no_form_is_refused(page: Page) -> None:
    assert (await page.browser.post("/subscribe", json={})).status_code == 415
    page.seconds += 60
    assert (await page.browser.post("/subscribe", data={"address": "x" * 40_000})).status_code == 413
    assert (await page.browser.put("/subscribe")).status_code == 405
    assert (await page.browser.post("/")).status_code == 405


async def test_without_a_mail_server_there_are_no_forms(page: Page) -> None:
    page.sign.watch(replace(page.made, mailing=None))
    assert (await page.browser.get("/subscribe")).status_code == 404
