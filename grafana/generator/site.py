"""One site: its components, its figures by contract and as observed, what counted and what did not."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.generator.frame import ANYBODY, dashboard, told
from grafana.generator.panels import GREEN, GREY, HALF, QUARTER, RED, YELLOW, dial, lines, number, ranked, timeline

TRAILING = '@@,window=~"trailing_.+"'
VERDICTS = (("met", GREEN), ("breached", RED), ("undetermined", YELLOW), ("pending", GREY))
LEFT = "sla_error_budget_remaining_seconds{@@} / (sla_error_budget_seconds{@@} > 0)"


def site() -> Dashboard:
    """Choose one site, or compare some."""
    verdict = " + ".join(
        f'max by (site, window) (sla_verdict{{@@,verdict="{word}"}}) * {rank}' for rank, (word, _) in enumerate(VERDICTS)
    )
    words = {str(rank): pair for rank, pair in enumerate(VERDICTS)}
    availability = {
        "by contract {{site}}": f"max by (site) (sla_availability_ratio{{{TRAILING}}})",
        "at worst {{site}}": f"max by (site) (sla_availability_worst_ratio{{{TRAILING}}})",
        "at best {{site}}": f"max by (site) (sla_availability_best_ratio{{{TRAILING}}})",
        "goal {{site}}": "max by (site) (sla_goal_ratio{@@})",
    }
    return (
        dashboard("site", "threenines / Site", "One site: components, figures, budget, durations.", ANYBODY)
        .annotation(told("Site down", 'max by (site) (threenines_site_state{@@,state="down"}) == 1', RED))
        .annotation(told("Maintenance", "sum by (site) (sla_maintenance_active{@@}) > 0", "blue"))
        .with_panel(
            timeline(
                "State of each component",
                "Components of the chosen sites; unknown means that nobody could look.",
                ranked("threenines_component_state", "@@", "site, component"),
                "{{site}}/{{component}}",
            )
        )
        .with_panel(
            number(
                "Verdict by window",
                "What the agreement says of each window; any_…: the worst run of dates that ends this month.",
                "none",
                {"{{site}} {{window}}": verdict},
                HALF,
                words=words,
                height=8,
            )
        )
        .with_panel(
            dial(
                "Error budget left",
                "Share of the downtime that the goal allows and that is still left, by window.",
                f"min by (site, window) ({LEFT})",
                "{{site}} {{window}}",
            )
        )
        .with_panel(
            lines(
                "Availability of the last 30 dates",
                "By contract, with its bounds if all unmeasured time was down or up, and the goal.",
                "percentunit",
                availability,
            )
        )
        .with_panel(
            lines(
                "Downtime of the last 30 dates",
                "What counts, and what is left out by cause; both together were observed.",
                "s",
                {
                    "counted {{site}}": f"max by (site) (sla_downtime_counted_seconds{{{TRAILING}}})",
                    "{{cause}} {{site}}": f"max by (site, cause) (sla_downtime_excluded_seconds{{{TRAILING}}})",
                },
                stacked=True,
                bars=True,
            )
        )
        .with_panel(
            lines(
                "Duration of looks",
                "How long the newest look of each component took.",
                "s",
                {"{{site}}/{{component}}": "max by (site, component) (probe_duration_seconds{@@})"},
            )
        )
        .with_panel(
            number(
                "Age of the newest result",
                "Since when nothing has been heard of a component.",
                "s",
                {
                    "{{site}}/{{component}}": "time() - max by (site, component)"
                    " (threenines_component_last_result_timestamp_seconds{@@})"
                },
                QUARTER,
                ((0, GREEN), (300, YELLOW), (7_500, RED)),
                height=8,
            )
        )
        .with_panel(
            number(
                "Time in each state, last day",
                "As observed, before anything is left out.",
                "s",
                {"{{state}}": "sum by (state) (increase(sla_observed_seconds_total{@@}[1d]))"},
                QUARTER,
                height=8,
            )
        )
    )
