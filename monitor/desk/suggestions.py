"""The outages of a site with whose fault each seems to be, and the outer edges that an exclusion of it would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Site
from monitor.desk.evidence import evidence, witnesses
from monitor.desk.statement import Asked, statement
from sla.attribution import Attribution, Evidence, attribute, broke
from sla.span import Instant, Span
from sla.state import State
from sla.texts import instant_text, until


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One outage, its longest span, the components down in it, and whose fault it seems to be."""

    outage: Span
    outer: Span
    components: tuple[str, ...]
    counted_seconds: str
    attribution: Attribution

    @property
    def document(self) -> dict[str, Any]:
        """The suggestion as JSON."""
        said = self.attribution
        return {
            "from": instant_text(self.outage.start),
            "to": instant_text(self.outage.end),
            "outer_from": instant_text(self.outer.start),
            "outer_to": instant_text(self.outer.end),
            "components": list(self.components),
            "counted_seconds": self.counted_seconds,
            "component": said.component,
            "party": said.party and said.party.value,
            "cause": said.cause,
            "confidence": said.confidence.value,
            "named": said.named,
            "reasons": list(said.reasons),
        }


def suggestions(
    connection: Connection, configuration: Configuration, site: Site, asked: Asked, as_of: Instant, cloud_status: str | None
) -> tuple[Suggestion, ...]:
    """Every outage of ``site`` in the dates asked about, oldest first. Raises NoSuchSite."""
    found = statement(connection, site.key, asked, as_of)
    seen = witnesses(connection, configuration)
    made = []
    for row in found.answered.result["outages"]:
        outage, outer = Span(until(row["from"]), until(row["to"])), Span(until(row["outer_from"]), until(row["outer_to"]))
        down = tuple(dict.fromkeys(found.components[name] for name in row["components"]))
        known = evidence(seen, site, outage, cloud_status)
        said = attribute(outage, _guilty(site, known, outage) or down, known)
        made.append(Suggestion(outage, outer, down, row["counted_seconds"], said))
    return tuple(made)


def _guilty(site: Site, known: Evidence, outage: Span) -> tuple[str, ...]:
    """The components that brought the site down at some instant of ``outage``, in the order of the configuration."""
    states = {name: part.states for name, part in known.parts.items()}
    edges = {span.start for own in states.values() for span, _ in own if span.start in outage} | {outage.start}
    found: set[str] = set()
    for at in edges:
        down = {name for name, own in states.items() if any(at in span and state is State.DOWN for span, state in own)}
        found |= broke(site.composition, down)
    return tuple(component.key for component in site.components if component.key in found)
