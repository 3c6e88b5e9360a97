"""Maintenance: what is announced for now and next, what goes on longer than was said."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.generator.frame import dashboard, told
from grafana.generator.panels import GREEN, QUARTER, RED, lines, number, ranked, rows, timeline

IMPACTS = {"0": ("none", GREEN), "1": ("reduced redundancy", "blue"), "2": ("degraded", "yellow"), "3": ("outage", RED)}


def maintenance() -> Dashboard:
    """By site; announced words beside what was seen."""
    of = "customer, site"
    worst = " or ".join(
        f'max by ({of}) (sla_maintenance_active{{@@,impact="{impact}"}} > 0) * 0 + {rank}'
        for rank, impact in ((3, "OUTAGE"), (2, "DEGRADED"), (1, "REDUCED-REDUNDANCY"))
    )
    active = f"sum by ({of}) (sla_maintenance_active{{@@}})"
    until = f"max by ({of}) (sla_maintenance_next_start_timestamp_seconds{{@@}} - time()) or (0 * {active} - 1)"
    return (
        dashboard("maintenance", "threenines / Maintenance", "Announced maintenance now and next, and what goes on too long.")
        .annotation(told("Overrun", f"max by ({of}) (sla_maintenance_overrun_seconds{{@@}}) > 0", RED))
        .with_panel(
            number(
                "Under way",
                "Maintenances announced for now.",
                "none",
                {"now": "sum(sla_maintenance_active{@@})"},
                QUARTER,
                ((0, GREEN), (1, "blue")),
            )
        )
        .with_panel(
            number(
                "Overrun",
                "The longest time that one goes on after its announced end.",
                "s",
                {"longest": "max(sla_maintenance_overrun_seconds{@@})"},
                QUARTER,
                ((0, GREEN), (1, RED)),
            )
        )
        .with_panel(
            number(
                "Starts within 7 days",
                "Sites whose next maintenance begins within seven days.",
                "none",
                {"sites": "count((sla_maintenance_next_start_timestamp_seconds{@@} - time()) < 7 * 86400) or vector(0)"},
                QUARTER,
                ((0, GREEN), (1, "blue")),
            )
        )
        .with_panel(
            number(
                "Exclusions that wait",
                "Proposed and not decided: their downtime counts.",
                "none",
                {"proposed": 'sum(sla_exclusions{@@,status="proposed"})'},
                QUARTER,
                ((0, GREEN), (1, "yellow")),
            )
        )
        .with_panel(
            timeline(
                "Announced impact",
                "The worst impact announced for each moment.",
                f"({worst}) or (0 * {active})",
                "{{site}}",
                IMPACTS,
            )
        )
        .with_panel(
            timeline(
                "What was seen of the sites meanwhile",
                "Beside what was announced: more impact than said is worth a look.",
                ranked("threenines_site_state", "@@", of),
                "{{site}}",
            )
        )
        .with_panel(
            lines(
                "Under way by impact",
                "Maintenances announced for now.",
                "none",
                {"{{impact}}": "sum by (impact) (sla_maintenance_active{@@})"},
                stacked=True,
            )
        )
        .with_panel(
            lines(
                "Overruns",
                "Time since the announced end of what still goes on.",
                "s",
                {"{{site}}": f"max by ({of}) (sla_maintenance_overrun_seconds{{@@}})"},
            )
        )
        .with_panel(
            rows(
                "By site",
                "What is announced for each site, and until its next start.",
                {
                    "Under way": ("none", active),
                    "Overrun": ("s", f"max by ({of}) (sla_maintenance_overrun_seconds{{@@}})"),
                    "Next in": ("dtdurations", until),
                },
                {"customer": "Customer", "site": "Site"},
                sort="Next in",
                never=("Next in",),
            )
        )
    )
