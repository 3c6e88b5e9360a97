"""Error budgets: what is left, how fast it burns, when it is gone or back, and what waits for a decision."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.generator.frame import dashboard
from grafana.generator.panels import GREEN, HALF, QUARTER, RED, YELLOW, lines, number, rows

ROLLING = '@@,window=~"rolling_.+"'
ANY = '@@,window=~"any_.+"'
LEFT = f"sla_error_budget_remaining_seconds{{{ROLLING}}}"
SPENT = ((-1e9, RED), (0, YELLOW), (600, GREEN))


def budget() -> Dashboard:
    """Fixed look-backs stand in the names of the recording rules."""
    of = "customer, site"
    never = f"(0 * max by ({of}) (sla_goal_ratio{{@@}}) - 1)"
    exhausted, regained = (
        f"max by ({of}) (sla_error_budget_{what}_timestamp_seconds{{@@}} - time()) or {never}"
        for what in ("exhausted", "regained")
    )
    waiting = f'max by ({of}) (sla_exclusions{{@@,status="proposed"}})'
    waits = f"max by ({of}) (time() - sla_exclusion_oldest_proposed_timestamp_seconds{{@@}}) or (0 * {waiting})"
    return (
        dashboard("budget", "threenines / Error budget", "What is left of the budgets, how fast they burn, what waits.")
        .with_panel(
            lines(
                "Budget left, rolling 720 h",
                "Downtime that may still come before the goal is missed on the plain clock; negative: it is missed.",
                "s",
                {"{{site}}": f"min by ({of}) ({LEFT})"},
            )
        )
        .with_panel(
            lines(
                "Burn rate",
                "How many times faster than the goal allows downtime came, by look-back; 1 spends the budget exactly.",
                "none",
                {
                    f"{{{{site}}}} {window}": f"max by ({of}) (customer_site:sla_down:ratio_rate{window}{{@@}}"
                    " / (1 - customer_site:sla_goal:max{@@}))"
                    for window in ("30m", "2h", "6h", "1d", "3d")
                },
            )
        )
        .with_panel(
            rows(
                "Budgets",
                "Left on the plain clock; spent: if the open outage goes on; back: if it is spent and nothing more happens.",
                {
                    "Left": ("dtdurations", f"min by ({of}) ({LEFT})"),
                    "Until spent": ("s", exhausted),
                    "Until back": ("s", regained),
                    "Proposed": ("none", waiting),
                    "Waits since": ("s", waits),
                },
                {"customer": "Customer", "site": "Site"},
                sort="Left",
                colours={"Left": SPENT},
                never=("Until spent", "Until back"),
            )
        )
        .with_panel(
            lines(
                "Left out by cause",
                "Downtime of the rolling window that the agreement leaves out, with evidence and two names.",
                "s",
                {"{{site}} {{cause}}": f"sum by (site, cause) (sla_downtime_excluded_seconds{{{ROLLING}}})"},
                bars=True,
                stacked=True,
            )
        )
        .with_panel(
            lines(
                "Exclusions by decision",
                "How many were proposed, approved, rejected, revoked.",
                "none",
                {"{{status}}": "sum by (status) (sla_exclusions{@@})"},
            )
        )
        .with_panel(
            number(
                "Worst run of dates begins",
                "First date of the worst run of dates that ends this month.",
                "dateTimeAsIso",
                {"{{site}}": f"max by ({of}) (sla_any_window_start_timestamp_seconds{{@@}}) * 1000"},
                HALF,
                height=6,
            )
        )
        .with_panel(
            number(
                "Availability in it",
                "By contract.",
                "percentunit",
                {"{{site}}": f"min by ({of}) (sla_availability_ratio{{{ANY}}})"},
                QUARTER,
                ((0, RED), (0.999, GREEN)),
                height=6,
            )
        )
        .with_panel(
            number(
                "Budget left in it",
                "Negative: the goal is missed.",
                "s",
                {"{{site}}": f"min by ({of}) (sla_error_budget_remaining_seconds{{{ANY}}})"},
                QUARTER,
                SPENT,
                height=6,
            )
        )
    )
