"""What was seen of a site over any span, and what of it counts, by all that is recorded now."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from monitor.desk.case_file import NoSuchSite, document, facts
from sla.account import Account, account
from sla.case import Case
from sla.evaluate import terms
from sla.facts import levels
from sla.reading import read
from sla.span import Instant, Span
from sla.texts import instant_text


def case_over(connection: Connection, site: str, span: Span, now: Instant) -> Case | None:
    """The site as a case about ``span``; None if nothing is known of it yet."""
    try:
        known = facts(connection, site, now)
    except NoSuchSite:
        return None
    asked = {"kind": "window", "from": instant_text(span.start), "to": instant_text(span.end)}
    return read(document(known, asked, span.end - 1)).case


def seen_over(case: Case, span: Span, now: Instant) -> Account:
    """What was seen in ``span`` up to ``now``."""
    stays_down = case.agreement.down_then_unknown == "stays-down"
    parts = {name: levels(component, now, stays_down) for name, component in case.components.items()}
    return account(terms(case), parts, span)
