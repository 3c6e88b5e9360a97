"""All sites at a glance: who is down, who has how much left, what ends soon, is the monitor itself well."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.generator.frame import dashboard
from grafana.generator.panels import (
    GOOD,
    GREEN,
    GREY,
    HALF,
    QUARTER,
    RED,
    SIXTH,
    YELLOW,
    YES_NO,
    lines,
    number,
    ranked,
    rows,
    timeline,
)

TRAILING = '@@,window=~"trailing_.+"'
BUDGET_LEFT = f"max by (customer, site) (sla_error_budget_remaining_seconds{{{TRAILING}}})"
ENDS = (
    "sort(min by (customer, site, component, kind) (threenines_certificate_not_after_timestamp_seconds{@@}"
    " or threenines_license_not_after_timestamp_seconds{@@}) - time())"
)


def overview() -> Dashboard:
    """The first dashboard to look at."""
    made = dashboard("overview", "threenines / Overview", "All sites: state, figures, what ends soon, the monitor's health.")
    for state, colour in (("down", RED), ("unknown", GREY), ("degraded", YELLOW)):
        count = f'sum(threenines_site_state{{@@,state="{state}"}}) or vector(0)'
        text = f"Sites whose state is {state} now."
        made = made.with_panel(number(f"Sites {state}", text, "none", {state: count}, SIXTH, ((0, GREEN), (1, colour))))
    return (
        made.with_panel(
            number("Sites watched", "All sites of the configuration.", "none", {"sites": "sum(threenines_sites{@})"}, SIXTH)
        )
        .with_panel(
            number(
                "Monitor ready",
                "Whether the service does its work.",
                "none",
                {"ready": "min(threenines_ready{@})"},
                SIXTH,
                ((0, RED), (1, GREEN)),
                GOOD,
            )
        )
        .with_panel(
            number(
                "Blind",
                "Whether an agent reaches none of its canaries.",
                "none",
                {"{{agent}}": "max by (agent) (threenines_agent_blind{@})"},
                SIXTH,
                ((0, GREEN), (1, RED)),
                YES_NO,
            )
        )
        .with_panel(
            timeline(
                "State of each site",
                "Up, degraded, down or unknown over time; unknown means that nobody could look.",
                ranked("threenines_site_state", "@@", "customer, site"),
                "{{site}}",
            )
        )
        .with_panel(_figures())
        .with_panel(
            rows(
                "Certificates and licences by time left",
                "What ends first stands first; negative: it has ended.",
                {"Time left": ("dtdurations", ENDS)},
                {"customer": "Customer", "site": "Site", "component": "Component", "kind": "Kind"},
                HALF,
                "Time left",
                colours={"Time left": ((-1e9, RED), (3 * 86_400, YELLOW), (21 * 86_400, GREEN))},
            )
        )
        .with_panel(
            lines(
                "Maintenance announced for now",
                "Maintenances under way by impact; the dashboard Maintenance tells more.",
                "none",
                {"{{impact}}": "sum by (impact) (sla_maintenance_active{@@})"},
                QUARTER,
            )
        )
        .with_panel(
            lines(
                "Looks a second",
                "Looks by outcome: the pulse of the monitor.",
                "ops",
                {"{{outcome}}": "sum by (outcome) (rate(threenines_probe_runs_total{@}[$__rate_interval]))"},
                QUARTER,
            )
        )
    )


def _figures() -> object:
    of = "customer, site"
    columns = {
        "Availability": ("percentunit", f"min by ({of}) (sla_availability_ratio{{{TRAILING}}})"),
        "Goal": ("percentunit", f"max by ({of}) (sla_goal_ratio{{@@}})"),
        "Missed": ("bool_yes_no", f'max by ({of}) (sla_verdict{{{TRAILING},verdict="breached"}})'),
        "Budget left": ("dtdurations", BUDGET_LEFT),
        "Coverage": ("percentunit", f"min by ({of}) (sla_coverage_ratio{{{TRAILING}}})"),
    }
    limits = {"Budget left": ((-1e9, RED), (0, YELLOW), (600, GREEN)), "Coverage": ((0, RED), (0.99, GREEN))}
    text = "Contractual availability of the last 30 complete dates, worst first, after everything that the agreement leaves out."
    names = {"customer": "Customer", "site": "Site"}
    return rows("Availability by site", text, columns, names, sort="Availability", colours=limits)
