"""The names of all series of checks and sites, with their labels and what they mean: where the page of metrics comes from."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from monitor.metrics.facts import BLACKBOX, INFOS

SEEN_BY = ("job", "instance", "cluster", "customer", "site", "component", "kind", "agent")
"""Labels of what one location sees; the first three are those that blackbox_exporter's series have after a scrape."""

COMPONENT = ("customer", "site", "component", "kind")
SITE = ("customer", "site")


@dataclass(frozen=True, slots=True)
class Named:
    """A metric: what it means, its labels, its type in Prometheus' words."""

    help: str
    labels: tuple[str, ...]
    type: str = "gauge"


PHASES = MappingProxyType(
    {
        "instance": "probe_http_duration_seconds",
        "dns": "probe_dns_duration_seconds",
        "icmp": "probe_icmp_duration_seconds",
    }
)
"""Kinds whose phases blackbox_exporter has a name for."""

OTHER_PHASES = "threenines_component_phase_duration_seconds"
LAST_RESULT = "threenines_component_last_result_timestamp_seconds"
OBSERVED = "sla_observed_seconds_total"

CHECKS = MappingProxyType(
    {
        "probe_success": Named("Whether the look succeeded; absent while nobody knows.", SEEN_BY),
        "probe_duration_seconds": Named("How long the look took.", SEEN_BY),
        "probe_timeout_seconds": Named("Deadline of the look.", SEEN_BY),
        "probe_dns_lookup_time_seconds": Named("How long the name lookup took.", SEEN_BY),
        LAST_RESULT: Named("When the last conclusive result was taken.", (*COMPONENT, "agent")),
        **{name: Named(f"Duration of the {kind} look by phase.", (*SEEN_BY, "phase")) for kind, name in PHASES.items()},
        OTHER_PHASES: Named("Duration of the look by phase.", (*COMPONENT, "agent", "phase")),
        **{f"probe_{fact}": Named(text, SEEN_BY) for fact, text in BLACKBOX.items()},
        **{name: Named(text, (*SEEN_BY, label)) for name, label, text in INFOS.values()},
    }
)

SITES = MappingProxyType(
    {
        "threenines_site_state": Named("State of the whole site, one of four.", (*SITE, "state")),
        "threenines_component_state": Named("State of the component, one of four.", (*COMPONENT, "state")),
        "sla_goal_ratio": Named("Availability that was promised.", SITE),
        "sla_figures_as_of_timestamp_seconds": Named("Up to when the figures reach.", SITE),
        "sla_period_seconds": Named("Time that counts.", (*SITE, "window")),
        "sla_availability_ratio": Named("Availability by contract.", (*SITE, "window")),
        "sla_availability_worst_ratio": Named("Availability if all unmeasured time was down.", (*SITE, "window")),
        "sla_availability_best_ratio": Named("Availability if all unmeasured time was up.", (*SITE, "window")),
        "sla_coverage_ratio": Named("Share of the time that was measured.", (*SITE, "window")),
        "sla_downtime_counted_seconds": Named("Downtime that counts.", (*SITE, "window")),
        "sla_downtime_observed_seconds": Named("Downtime before exclusions.", (*SITE, "window")),
        "sla_downtime_excluded_seconds": Named("Downtime that is left out, by cause.", (*SITE, "window", "cause")),
        "sla_unknown_seconds": Named("Time that was not measured.", (*SITE, "window")),
        "sla_error_budget_seconds": Named("Downtime that the goal allows.", (*SITE, "window")),
        "sla_error_budget_remaining_seconds": Named("What is left of it; negative once the goal is missed.", (*SITE, "window")),
        "sla_error_budget_exhausted_timestamp_seconds": Named(
            "When the rolling budget is spent if the open outage goes on and counts; absent without one.", SITE
        ),
        "sla_error_budget_regained_timestamp_seconds": Named(
            "When the spent rolling budget is back if nothing more happens; absent while there is some.", SITE
        ),
        "sla_verdict": Named("Verdict of the window, one of four.", (*SITE, "window", "verdict")),
        "sla_any_window_start_timestamp_seconds": Named("Start of the worst run of dates that ends this month.", SITE),
        OBSERVED: Named(
            "Time in each state as observed, before exclusions, since the service began to count.", (*SITE, "state"), "counter"
        ),
    }
)

EXPENDABLE = (frozenset({OTHER_PHASES, *PHASES.values()}), frozenset(name for name, _, _ in INFOS.values()))
"""What goes first where there are too many series: phases, then TLS version and cipher; never a state or a figure."""

DESK = MappingProxyType(
    {
        "sla_exclusions": Named("Exclusions by what was decided last.", (*SITE, "status")),
        "sla_exclusion_oldest_proposed_timestamp_seconds": Named(
            "When the exclusion that waits longest was proposed; absent if none waits.", SITE
        ),
        "sla_maintenance_active": Named("Maintenances announced for now, by impact.", (*SITE, "impact")),
        "sla_maintenance_next_start_timestamp_seconds": Named("Start of the next announced maintenance; absent if none.", SITE),
        "sla_maintenance_overrun_seconds": Named("How long a maintenance goes on after its announced end.", SITE),
    }
)
