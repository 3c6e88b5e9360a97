"""Reading the demo's mailbox in a browser: all letters, and each as text, HTML, calendar entry and raw."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from markupsafe import Markup

from monitor.stage.listening import Talk
from monitor.stage.mailbox import Letter, Mailbox

_STYLE = """\
:root { color-scheme: light dark; --ink: #1b1d22; --soft: #565b66; --link: #0b57c2;
  --ground: #eef0f3; --sheet: #fff; --line: #d9dce3 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8ea; --soft: #a9adb8; --ground: #0f1115; --sheet: #191c22; --line: #2b2f38; --link: #8ab4f8 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 .3rem; overflow-wrap: anywhere }
nav { margin: .2rem 0 1rem }
h2 { font-size: 1rem; margin: 1.6rem 0 .4rem }
a { color: var(--link) }
p, dd { margin: 0; overflow-wrap: anywhere }
.soft { color: var(--soft) }
ul { list-style: none; margin: 1rem 0; padding: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: 8px }
li { padding: .7rem 1rem; border-top: 1px solid var(--line) }
li:first-child { border-top: 0 }
li a { font-weight: 600; text-decoration: none; overflow-wrap: anywhere }
li p { font-size: .875rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem; font-size: .9rem }
dt { color: var(--soft) }
@media (max-width: 480px) { dl { grid-template-columns: 1fr } dd { margin-bottom: .35rem } }
pre, iframe { display: block; width: 100%; margin: 0; background: var(--sheet) }
pre, iframe { border: 1px solid var(--line); border-radius: 8px }
pre { padding: 1rem; overflow: auto; max-height: 34rem; font: .85rem/1.5 ui-monospace, monospace }
iframe { height: 52rem }
"""
_SAFE = (
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: no-referrer",
    "Cache-Control: no-store",
)
"""A letter runs nothing and fetches nothing, wherever it is shown."""
_PARTS = {"html": "text/html", "calendar": "text/calendar", "text": "text/plain"}
_HEADERS = ("From", "To", "Date", "Message-ID", "In-Reply-To", "X-Threenines-Notice")


def shows_mail(mailbox: Mailbox, provider: str) -> Talk:
    """A web server with ``/``, ``/<number>``, and ``/<number>/html``, ``/text``, ``/calendar``, ``/raw``."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode("ascii").split(" ")
        found = _answer(mailbox, provider, target.partition("?")[0]) if method == "GET" else None
        status, kind, body = ("404 Not Found", "text/plain", b"no such letter") if found is None else ("200 OK", *found)
        lines = [f"Content-Type: {kind}; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close", *_SAFE]
        writer.write("\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("ascii") + body)

    return talk


def _answer(mailbox: Mailbox, provider: str, path: str) -> tuple[str, bytes] | None:
    """The type and the bytes of one address; None if there is nothing."""
    if path == "/":
        return "text/html", _page(f"Mails of {provider}", _listed(mailbox.letters))
    number, _, part = path.strip("/").partition("/")
    letter = mailbox.find(int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else None
    if letter is None:
        return None
    if part == "raw":
        return "text/plain", letter.raw
    if part in _PARTS:
        text = letter.text(_PARTS[part])
        return None if text is None else ("text/html" if part == "html" else "text/plain", text.encode())
    return None if part else ("text/html", _page(letter.subject, _letter(letter)))


def _page(title: str, body: Markup) -> bytes:
    head = Markup('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{}</title>').format(title)
    head += Markup('<meta name="viewport" content="width=device-width, initial-scale=1">')
    head += Markup("<style>{}</style></head>\n<body><main>\n").format(Markup(_STYLE))  # noqa: S704 - a constant
    return str(head + Markup("<h1>{}</h1>\n").format(title) + body + Markup("</main></body></html>\n")).encode()


def _listed(letters: tuple[Letter, ...]) -> Markup:
    note = Markup('<p class="soft">Nothing leaves this machine: the demo\'s mail server keeps every letter here.</p>')
    if not letters:
        return note + Markup("<p>No letter has come yet. Load this page again in a minute.</p>")
    rows = (
        Markup('<li><a href="/{}" lang="{}">{}</a><p class="soft">to {} · {}</p></li>\n').format(
            one.number, _language(one), one.subject, one.recipient, one.message["Date"]
        )
        for one in letters[::-1]
    )
    return note + Markup("<ul>\n{}</ul>\n").format(Markup("").join(rows))


def _language(letter: Letter) -> str:
    return "de" if letter.message["Content-Language"] == "de" else "en"


def _letter(letter: Letter) -> Markup:
    told = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, letter.message[name]) for name in _HEADERS if letter.message[name]
    )
    head = Markup('<nav><a href="/">All letters</a></nav>\n<dl>{}</dl>\n').format(told)
    return head + Markup("\n").join(_parts(letter))


def _parts(letter: Letter) -> Iterator[Markup]:
    """The letter's parts, the one that most readers see first. HTML is shown as in a good mail reader: nothing in it runs."""
    language = _language(letter)
    if letter.text("text/html") is not None:
        yield Markup('<h2>As HTML</h2>\n<iframe sandbox title="The letter as HTML" src="/{}/html"></iframe>').format(
            letter.number
        )
    for name, heading in (("text", "As plain text"), ("calendar", "Calendar entry")):
        if (text := letter.text(_PARTS[name])) is not None:
            yield Markup('<h2>{}</h2>\n<pre tabindex="0" lang="{}">{}</pre>').format(heading, language, text)
    yield Markup('<h2>As it came</h2>\n<p><a href="/{}/raw">{} bytes, raw</a></p>').format(letter.number, len(letter.raw))
