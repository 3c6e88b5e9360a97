"""The looks themselves: success, durations by phase, certificates, what nobody could tell and why."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.generator.frame import ANYBODY, dashboard
from grafana.generator.panels import GREEN, RED, YELLOW, lines, rows, timeline

PHASES = "threenines_component_phase_duration_seconds"
SUCCESS = {"0": ("down", RED), "1": ("up", GREEN)}


def checks() -> Dashboard:
    """Names are those of blackbox_exporter, so its own dashboards show the same."""
    return (
        dashboard("checks", "threenines / Checks", "Looks: success, durations by phase, certificates, causes.", ANYBODY)
        .with_panel(
            timeline(
                "Success by instance",
                "1 for up and degraded, 0 for down; a gap is time in which nobody could tell.",
                "max by (instance, agent) (probe_success{@@})",
                "{{instance}} from {{agent}}",
                SUCCESS,
            )
        )
        .with_panel(
            lines(
                "Duration, median and 95th of a hundred",
                "Over the looks of each kind.",
                "s",
                {
                    f"{kind} {{{{kind}}}}": f"histogram_quantile({share}, sum by (kind, le)"
                    " (rate(threenines_probe_run_duration_seconds_bucket{@}[$__rate_interval])))"
                    for kind, share in (("p50", 0.5), ("p95", 0.95))
                },
            )
        )
        .with_panel(
            lines(
                "HTTP by phase",
                "Mean of the newest looks: resolve, connect, tls, processing, transfer.",
                "s",
                {"{{phase}}": "avg by (phase) (probe_http_duration_seconds{@@})"},
                stacked=True,
            )
        )
        .with_panel(
            lines(
                "Directories by phase",
                "Mean of the newest looks: resolve, connect, tls, bind, search.",
                "s",
                {"{{phase}}": f'avg by (phase) ({PHASES}{{@@,kind="ldap"}})'},
                stacked=True,
            )
        )
        .with_panel(
            lines(
                "DNS by phase",
                "Mean of the newest looks: resolve, connect, request.",
                "s",
                {"{{phase}}": "avg by (phase) (probe_dns_duration_seconds{@@})"},
                stacked=True,
            )
        )
        .with_panel(
            lines(
                "Other kinds by phase",
                "Mean of the newest looks of every other kind.",
                "s",
                {"{{kind}} {{phase}}": f'avg by (kind, phase) ({PHASES}{{@@,kind!="ldap"}})'},
                stacked=True,
            )
        )
        .with_panel(
            lines(
                "Looks that could not tell",
                "By cause; these never count against a site.",
                "ops",
                {"{{cause}}": "sum by (cause) (rate(threenines_probe_unknown_total{@}[$__rate_interval]))"},
            )
        )
        .with_panel(
            rows(
                "Certificates as seen",
                "Earliest end of the certificates that each instance sends.",
                {"Ends in": ("dtdurations", "min by (instance, kind) (probe_ssl_earliest_cert_expiry{@@}) - time()")},
                {"instance": "Instance", "kind": "Kind"},
                sort="Ends in",
                colours={"Ends in": ((-1e9, RED), (3 * 86_400, YELLOW), (21 * 86_400, GREEN))},
            )
        )
        .with_panel(
            rows(
                "What each agent sees",
                "Success and duration side by side; differing success is a problem of a path.",
                {
                    "Success": ("bool_yes_no", "max by (instance, agent) (probe_success{@@})"),
                    "Duration": ("s", "max by (instance, agent) (probe_duration_seconds{@@})"),
                },
                {"instance": "Instance", "agent": "Agent"},
                sort="Instance",
            )
        )
    )
