"""The operators' index: every site at a glance, worst first. Only for the operator listener."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.catalogue import ENGLISH, Catalogue
from reports.frame import environment, voice
from reports.snapshot import PageFigures
from sla.span import Instant
from sla.state import State

_WORST_FIRST = (State.DOWN, State.UNKNOWN, State.DEGRADED, State.UP)


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site: whose it is, how it is and since when, its trailing figures, and the path of its customer's page."""

    site: str
    customer: str
    state: State
    since: Instant | None = None
    figures: PageFigures | None = None
    href: str | None = None


def render_index(
    provider: str, zone: str, as_of: Instant, sites: Sequence[SiteLine], stale: bool = False, catalogue: Catalogue = ENGLISH
) -> bytes:
    """The index as UTF-8 HTML; times in the IANA zone ``zone``. ``stale``: the twin, on which no state is believed."""
    ordered = sorted(sites, key=lambda line: (_WORST_FIRST.index(line.state), line.customer, line.site))
    page = environment().get_template("operator.html")
    return page.render(
        provider=provider,
        zone=zone,
        as_of=as_of,
        sites=ordered,
        stale=stale,
        counts=tuple((state, sum(1 for line in sites if line.state is state)) for state in _WORST_FIRST),
        **voice(catalogue),
    ).encode()
