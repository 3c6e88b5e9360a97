"""What a site's live figures are counted by: the same make-ups, exclusions and announcements that its statements know."""

from __future__ import annotations

from itertools import chain

from sqlalchemy.engine import Connection

from monitor.desk.case_file import NoSuchSite, document, facts, parts
from monitor.desk.counted import any_window, case_of
from monitor.streams import Ground, Member
from sla.evaluate import terms
from sla.span import Instant


def ground(connection: Connection, site: str, now: Instant) -> Ground | None:
    """The ground of ``site`` by what is recorded of it; None if nothing is yet. What was seen of it is not read."""
    try:
        known = facts(connection, site, now, seen=False)
    except NoSuchSite:
        return None
    case = case_of(document(known, any_window(now), now))
    streams = {part.name: part.stream for part in chain.from_iterable(parts(known))}
    members = {name: Member(streams[name], component.applicable) for name, component in case.components.items()}
    return Ground(terms(case).tree, members, case.exclusions, case.maintenance)
