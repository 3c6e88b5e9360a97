"""The series of checks and sites as Prometheus text, a pure function of frozen values.

They are no registry's: the text is made when something changed and kept by the caller, so a scrape is a concatenation.
What is not known is absent: nothing freezes a last value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from probes.probe import Fact
from reports.snapshot import PageFigures, Verdict
from sla.span import Instant
from sla.state import State

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})
_STATES = tuple(state.word for state in State)

_FACT_GAUGES = {
    "http_status_code": "HTTP status code of the answer.",
    "http_content_length": "Length of the HTTP content as announced, -1 if not announced.",
    "http_uncompressed_body_length": "Length of the uncompressed body.",
    "http_redirects": "Redirects that were followed.",
    "http_ssl": "Whether the last connection was over TLS.",
    "http_version": "HTTP version of the answer.",
    "http_last_modified_timestamp_seconds": "Last-Modified of the answer.",
    "ip_protocol": "IP version used: 4 or 6.",
    "failed_due_to_regex": "Whether the look failed by a pattern.",
    "ssl_earliest_cert_expiry": "Earliest expiry of the certificates sent.",
    "ssl_last_chain_expiry_timestamp_seconds": "Expiry of the verified chain that lasts longest.",
    "dns_answer_rrs": "Records in the answer section.",
    "dns_authority_rrs": "Records in the authority section.",
    "dns_additional_rrs": "Records in the additional section.",
    "dns_query_succeeded": "Whether the DNS question was answered.",
    "dns_serial": "Serial of the zone.",
}
_FACT_INFOS = {
    "tls_version": ("probe_tls_version_info", "version", "TLS version used; always 1."),
    "tls_cipher": ("probe_tls_cipher_info", "cipher", "TLS cipher used; always 1."),
}
_PHASES = {
    "instance": ("probe_http_duration_seconds", "Duration of the HTTP look by phase."),
    "dns": ("probe_dns_duration_seconds", "Duration of the DNS look by phase."),
}
_NOT_AFTER = "threenines_certificate_not_after_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class CheckSeries:
    """One check as Prometheus sees it. All labels are configuration ids; ``phases`` are (name, seconds).

    ``success`` is True for up and degraded, False for down and None for unknown: then no ``probe_success`` is written.
    """

    customer: str
    site: str
    component: str
    kind: str
    agent: str
    success: bool | None
    duration_s: float | None = None
    timeout_s: float | None = None
    last_result_at: Instant | None = None
    phases: tuple[tuple[str, float], ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=lambda: _NO_FACTS)
    job: str = "threenines"
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class SiteSeries:
    """One site: its state, its components as (component, kind, state), and its figures by window (READERS 6)."""

    customer: str
    site: str
    state: State
    components: tuple[tuple[str, str, State], ...] = ()
    figures: tuple[tuple[str, PageFigures], ...] = ()
    as_of: Instant | None = None


def checks_text(checks: Iterable[CheckSeries]) -> bytes:
    """The series of checks as Prometheus text 0.0.4, names as blackbox_exporter has them."""
    families = _Families()
    for check in checks:
        _add_check(families, check)
    return families.text()


def sites_text(sites: Iterable[SiteSeries]) -> bytes:
    """The series of sites, components and agreements as Prometheus text 0.0.4."""
    families = _Families()
    for site in sites:
        _add_site(families, site)
    return families.text()


class _Families:
    """Samples by metric name, each with HELP and TYPE once; of two samples with equal labels the first is kept."""

    def __init__(self) -> None:
        self._helps: dict[str, str] = {}
        self._samples: dict[str, dict[str, str]] = {}

    def add(self, name: str, text: str, labels: Mapping[str, str], value: float | Fraction | None) -> None:
        """One sample; None adds nothing."""
        if value is None:
            return
        self._helps.setdefault(name, text)
        shown = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        self._samples.setdefault(name, {}).setdefault(shown, _number(value))

    def text(self) -> bytes:
        """All of it; empty if nothing was added."""
        lines = []
        for name, text in self._helps.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
            lines += [f"{name}{{{labels}}} {value}" for labels, value in self._samples[name].items()]
        return "".join(f"{line}\n" for line in lines).encode()


def _add_check(families: _Families, check: CheckSeries) -> None:
    own = {"customer": check.customer, "site": check.site, "component": check.component, "kind": check.kind}
    seen_by = {
        "job": check.job,
        "instance": f"{check.site}/{check.component}",
        "cluster": check.cluster,
        **own,
        "agent": check.agent,
    }
    families.add("probe_success", "Whether the look succeeded; absent while nobody knows.", seen_by, check.success)
    families.add("probe_duration_seconds", "How long the look took.", seen_by, check.duration_s)
    families.add("probe_timeout_seconds", "Deadline of the look.", seen_by, check.timeout_s)
    at = None if check.last_result_at is None else Fraction(check.last_result_at, 1000)
    last = "When the last conclusive result was taken."
    families.add("threenines_component_last_result_timestamp_seconds", last, {**own, "agent": check.agent}, at)
    _add_phases(families, check, own, seen_by)
    _add_facts(families, check, own, seen_by)


def _add_phases(families: _Families, check: CheckSeries, own: Mapping[str, str], seen_by: Mapping[str, str]) -> None:
    phases = dict(check.phases)
    families.add("probe_dns_lookup_time_seconds", "How long the name lookup took.", seen_by, phases.get("resolve"))
    for phase, seconds in phases.items():
        if check.kind in _PHASES:
            name, text = _PHASES[check.kind]
            families.add(name, text, {**seen_by, "phase": phase}, seconds)
        else:
            text = "Duration of the look by phase."
            families.add(
                "threenines_component_phase_duration_seconds", text, {**own, "agent": check.agent, "phase": phase}, seconds
            )


def _add_facts(families: _Families, check: CheckSeries, own: Mapping[str, str], seen_by: Mapping[str, str]) -> None:
    for fact, value in check.facts.items():
        if fact in _FACT_GAUGES:
            families.add(f"probe_{fact}", _FACT_GAUGES[fact], seen_by, _as_number(value))
        elif fact in _FACT_INFOS:
            name, label, text = _FACT_INFOS[fact]
            families.add(name, text, {**seen_by, label: str(value)}, 1)
        elif fact.startswith("certificate_not_after_timestamp_seconds."):
            position = fact.rpartition(".")[2]
            families.add(_NOT_AFTER, "Expiry of a certificate.", {**own, "position": position}, _as_number(value))


def _add_site(families: _Families, site: SiteSeries) -> None:
    labels = {"customer": site.customer, "site": site.site}
    for word in _STATES:
        text = "State of the whole site, one of four."
        families.add("threenines_site_state", text, {**labels, "state": word}, site.state.word == word)
        for component, kind, state in site.components:
            whose = {**labels, "component": component, "kind": kind, "state": word}
            families.add("threenines_component_state", "State of the component, one of four.", whose, state.word == word)
    goal = next((figures.goal for _, figures in site.figures if figures.goal is not None), None)
    families.add("sla_goal_ratio", "Availability that was promised.", labels, goal)
    at = None if site.as_of is None else Fraction(site.as_of, 1000)
    families.add("sla_figures_as_of_timestamp_seconds", "Up to when the figures reach.", labels, at)
    for window, figures in site.figures:
        _add_figures(families, {**labels, "window": window}, figures)


def _add_figures(families: _Families, labels: Mapping[str, str], of: PageFigures) -> None:
    def share(ms: int | Fraction) -> Fraction | None:
        return 1 - Fraction(ms) / of.period_ms if of.period_ms else None

    def add(name: str, text: str, value: Fraction | None) -> None:
        families.add(f"sla_{name}", text, labels, value)

    add("period_seconds", "Time that counts.", Fraction(of.period_ms, 1000))
    add("availability_ratio", "Availability by contract.", share(of.downtime_ms))
    add("availability_worst_ratio", "Availability if all unmeasured time was down.", share(of.worst_ms))
    add("availability_best_ratio", "Availability if all unmeasured time was up.", share(of.best_ms))
    add("coverage_ratio", "Share of the time that was measured.", of.coverage)
    add("downtime_counted_seconds", "Downtime that counts.", Fraction(of.downtime_ms) / 1000)
    add("downtime_observed_seconds", "Downtime before exclusions.", Fraction(of.downtime_ms + of.excluded_ms) / 1000)
    add("unknown_seconds", "Time that was not measured.", Fraction(of.unknown_ms, 1000))
    if of.budget_ms is not None:
        add("error_budget_seconds", "Downtime that the goal allows.", Fraction(of.budget_ms) / 1000)
        add("error_budget_remaining_seconds", "What is left of it.", Fraction(of.budget_ms - of.downtime_ms) / 1000)
    if of.verdict is not None:
        for verdict in Verdict:
            chosen = {**labels, "verdict": verdict.value}
            families.add("sla_verdict", "Verdict of the window, one of four.", chosen, of.verdict is verdict)


def _as_number(value: Fact) -> float | None:
    """A fact as a sample; text that is no number (HTTP version ``1.1`` is one) has no series."""
    try:
        return float(value)
    except ValueError:
        return None


def _number(value: float | Fraction) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
