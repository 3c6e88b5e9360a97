"""The mails to subscribers on their subscription itself: to confirm it, to change it, that a webhook fails."""

from __future__ import annotations

from typing import Literal

from reports.catalogue import Catalogue
from reports.frame import environment
from reports.mail import Mail
from reports.maintenance_notice import Provider
from reports.plain import plain
from reports.rows import Line, Link, Row, in_plain
from reports.subscribe_words import CATALOGUES
from reports.subscription import Subscription
from sla.span import Instant


def asking(page: str, url: str, address: str, language: str, provider: Provider, message_id: str, at: Instant) -> Mail:
    """Asks the owner of ``address`` to confirm on ``url`` that they want news of ``page``."""
    words = _words(language)
    rows = (
        _row(words, "confirm", Link(words.say("confirm.how"), url)),
        _row(words, "ignore", words.say("confirm.ignore")),
        _row(words, "ask", str(plain(provider.ask))),
    )
    return _mail("asked", page, rows, address, words, provider, message_id, at)


def knowing(ways: Subscription, address: str, language: str, provider: Provider, message_id: str, at: Instant) -> Mail:
    """Tells somebody who gets the news already how to change that."""
    words = _words(language)
    links = Link(words.say("manage"), ways.manage), Link(words.say("leave"), ways.leave)
    return _mail("known", ways.page, (_row(words, "change", *links),), address, words, provider, message_id, at)


def failing(
    what: Literal["dead", "off"],
    hook: tuple[str, str],
    address: str,
    language: str,
    provider: Provider,
    message_id: str,
    at: Instant,
) -> Mail:
    """Tells who looks after the webhook ``hook`` (where it listens, its last answer) that a message or all of it was given up."""
    words = _words(language)
    url, answer = hook
    rows = (
        _row(words, "hook", str(plain(url))),
        _row(words, "answer", str(plain(answer))),
        _row(words, "mend", words.say(f"{what}.mend")),
        _row(words, "ask", str(plain(provider.ask))),
    )
    return _mail(what, "", rows, address, words, provider, message_id, at)


def _mail(
    what: str,
    page: str,
    rows: tuple[Row, ...],
    address: str,
    words: Catalogue,
    provider: Provider,
    message_id: str,
    at: Instant,
) -> Mail:
    name = str(plain(page))
    lead = words.say(f"{what}.lead", page=name)
    return Mail(
        message_id=message_id,
        sender=(provider.name, provider.sender),
        recipient=("", address),
        subject=words.say(f"{what}.subject", page=name),
        date=at,
        language=words.language,
        plain=in_plain(lead, rows),
        html=environment().get_template("notice.html").render(lang=words.language, lead=lead, rows=rows, tone="calm"),
        reply_to=provider.reply_to,
        headers={"X-Threenines-Notice": f"subscription; kind={what}"},
    )


def _words(language: str) -> Catalogue:
    return CATALOGUES.get(language, CATALOGUES["en"])


def _row(words: Catalogue, name: str, *lines: Line) -> Row:
    return Row(name, words.say(f"row.{name}"), lines)
