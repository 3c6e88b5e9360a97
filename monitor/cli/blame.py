"""Whose fault what single looks have found seems to be: the desk's own rules, asked about one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.config.configuration import Check, Component, Site
from monitor.watch.runner import LookOutcome
from sla.attribution import Attribution, Evidence, Part, attribute
from sla.responsibility import managed_by
from sla.span import Span
from sla.state import Cause, State

Look = tuple[Check, LookOutcome]


def blamed(site: Site | None, looks: Sequence[Look]) -> Mapping[str, Attribution]:
    """For each check that is not up, by its key, whose it seems to be; the other looks are the evidence around it."""
    parts = {check.component: _part(_component(site, check), site, check, outcome) for check, outcome in looks}
    evidence = Evidence(parts)
    return {
        check.key: attribute(Span(outcome.at, outcome.at + 1), (check.component,), evidence)
        for check, outcome in looks
        if outcome.finding.state in (State.DOWN, State.DEGRADED)
    }


def _component(site: Site | None, check: Check) -> Component:
    """The check's component; for a target of the moment what its kind usually stands for."""
    kind = check.probe.defaults.component_kind or check.probe.kind
    made = Component(check.component, check.component, kind, managed_by(kind))
    return made if site is None else next((one for one in site.components if one.key == check.component), made)


def _part(component: Component, site: Site | None, check: Check, outcome: LookOutcome) -> Part:
    finding = outcome.finding
    return Part(
        component.key,
        component.kind,
        component.managed_by,
        check.every_ms,
        ((Span(outcome.at, outcome.at + 1), finding.state),),
        component.depends_on,
        frozenset() if finding.cause is None else frozenset((finding.cause,)),
        credential_worked=finding.cause is Cause.AUTH_FAILED,  # else it would be our own mistake
        owner="" if site is None else site.customer.name,
    )
