"""The series of checks and sites as Prometheus text, a pure function of frozen values.

They are no registry's: the lines are made when something changed and kept, so a scrape joins them (see ``kept``).
What is not known is absent: nothing freezes a last value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from monitor.metrics.kept import Kept, Lines
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
_TLS_VERSIONS: Mapping[Fact, str] = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}
"""OpenSSL's words to those of Go, which blackbox_exporter's dashboards ask for."""
_PHASES = {
    "instance": ("probe_http_duration_seconds", "Duration of the HTTP look by phase."),
    "dns": ("probe_dns_duration_seconds", "Duration of the DNS look by phase."),
}
_OTHER_PHASES = ("threenines_component_phase_duration_seconds", "Duration of the look by phase.")
_NOT_AFTER = ("threenines_certificate_not_after_timestamp_seconds", "Expiry of a certificate.")
_LAST_RESULT = "threenines_component_last_result_timestamp_seconds"
_CHECK_GAUGES = {
    "probe_success": "Whether the look succeeded; absent while nobody knows.",
    "probe_duration_seconds": "How long the look took.",
    "probe_timeout_seconds": "Deadline of the look.",
    _LAST_RESULT: "When the last conclusive result was taken.",
    "probe_dns_lookup_time_seconds": "How long the name lookup took.",
}
_SITE_GAUGES = {
    "threenines_site_state": "State of the whole site, one of four.",
    "threenines_component_state": "State of the component, one of four.",
    "sla_goal_ratio": "Availability that was promised.",
    "sla_figures_as_of_timestamp_seconds": "Up to when the figures reach.",
    "sla_period_seconds": "Time that counts.",
    "sla_availability_ratio": "Availability by contract.",
    "sla_availability_worst_ratio": "Availability if all unmeasured time was down.",
    "sla_availability_best_ratio": "Availability if all unmeasured time was up.",
    "sla_coverage_ratio": "Share of the time that was measured.",
    "sla_downtime_counted_seconds": "Downtime that counts.",
    "sla_downtime_observed_seconds": "Downtime before exclusions.",
    "sla_unknown_seconds": "Time that was not measured.",
    "sla_error_budget_seconds": "Downtime that the goal allows.",
    "sla_error_budget_remaining_seconds": "What is left of it.",
    "sla_verdict": "Verdict of the window, one of four.",
}
_GAUGES = {
    **_CHECK_GAUGES,
    **dict((*_PHASES.values(), _OTHER_PHASES, _NOT_AFTER)),
    **{f"probe_{fact}": text for fact, text in _FACT_GAUGES.items()},
    **{name: text for name, _, text in _FACT_INFOS.values()},
    **_SITE_GAUGES,
}
HEADS = {name: f"# HELP {name} {text}\n# TYPE {name} gauge\n".encode() for name, text in _GAUGES.items()}
"""HELP and TYPE of every metric made here."""


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
    """One site: its state, its components as (component, kind, state), and its figures by window."""

    customer: str
    site: str
    state: State
    components: tuple[tuple[str, str, State], ...] = ()
    figures: tuple[tuple[str, PageFigures], ...] = ()
    as_of: Instant | None = None


def checks_text(checks: Iterable[CheckSeries]) -> bytes:
    """The series of checks as Prometheus text 0.0.4, names as blackbox_exporter has them; of equal labels the first stands."""
    kept, taken = Kept(HEADS), set[str]()
    for check in checks:
        labels = _labels_of(check)
        if labels.seen_by not in taken:
            kept.put(labels.seen_by, {**measured(check), **told(check)})
        taken.add(labels.seen_by)
    return b"".join(kept.parts())


def sites_text(sites: Iterable[SiteSeries]) -> bytes:
    """The series of sites, components and agreements as Prometheus text 0.0.4."""
    kept = Kept(HEADS)
    for site in sites:
        kept.put(site.site, site_lines(site))
    return b"".join(kept.parts())


def measured(check: CheckSeries) -> Lines:
    """What changes with every result: success, durations, time."""
    lines, labels = _Lines(), _labels_of(check)
    lines.add("probe_success", labels.seen_by, check.success)
    lines.add("probe_duration_seconds", labels.seen_by, check.duration_s)
    lines.add(_LAST_RESULT, labels.by_agent, None if check.last_result_at is None else check.last_result_at / 1000)
    name, whose = (_PHASES[check.kind][0], labels.seen_by) if check.kind in _PHASES else (_OTHER_PHASES[0], labels.by_agent)
    for phase, seconds in dict(check.phases).items():
        if phase == "resolve":
            lines.add("probe_dns_lookup_time_seconds", labels.seen_by, seconds)
        lines.add(name, f'{whose},phase="{_escaped(phase)}"', seconds)
    return lines.made()


def told(check: CheckSeries) -> Lines:
    """What rarely changes: the deadline, and the facts that are numbers or names of a closed list."""
    lines, labels = _Lines(), _labels_of(check)
    lines.add("probe_timeout_seconds", labels.seen_by, check.timeout_s)
    for fact, value in check.facts.items():
        if fact in _FACT_GAUGES:
            lines.add(f"probe_{fact}", labels.seen_by, _as_number(value))
        elif fact in _FACT_INFOS:
            name, label, _ = _FACT_INFOS[fact]
            lines.add(name, f'{labels.seen_by},{label}="{_escaped(_TLS_VERSIONS.get(value, str(value)))}"', 1)
        elif fact.startswith("certificate_not_after_timestamp_seconds."):
            lines.add(_NOT_AFTER[0], f'{labels.own},position="{_escaped(fact.rpartition(".")[2])}"', _as_number(value))
    return lines.made()


def site_lines(site: SiteSeries) -> Lines:
    """All that is said of one site."""
    lines, labels = _Lines(), _labelled({"customer": site.customer, "site": site.site})
    for word in _STATES:
        lines.add("threenines_site_state", f'{labels},state="{word}"', site.state.word == word)
        for component, kind, state in site.components:
            whose = f'{labels},{_labelled({"component": component, "kind": kind})},state="{word}"'
            lines.add("threenines_component_state", whose, state.word == word)
    lines.add("sla_goal_ratio", labels, next((of.goal for _, of in site.figures if of.goal is not None), None))
    lines.add("sla_figures_as_of_timestamp_seconds", labels, None if site.as_of is None else site.as_of / 1000)
    for window, figures in site.figures:
        _add_figures(lines, f'{labels},window="{window}"', figures)
    return lines.made()


def _add_figures(lines: _Lines, labels: str, of: PageFigures) -> None:
    def share(ms: int | Fraction) -> Fraction | None:
        return 1 - Fraction(ms) / of.period_ms if of.period_ms else None

    lines.add("sla_period_seconds", labels, Fraction(of.period_ms, 1000))
    lines.add("sla_availability_ratio", labels, share(of.downtime_ms))
    lines.add("sla_availability_worst_ratio", labels, share(of.worst_ms))
    lines.add("sla_availability_best_ratio", labels, share(of.best_ms))
    lines.add("sla_coverage_ratio", labels, of.coverage)
    lines.add("sla_downtime_counted_seconds", labels, Fraction(of.downtime_ms) / 1000)
    lines.add("sla_downtime_observed_seconds", labels, Fraction(of.downtime_ms + of.excluded_ms) / 1000)
    lines.add("sla_unknown_seconds", labels, Fraction(of.unknown_ms, 1000))
    if of.budget_ms is not None:
        lines.add("sla_error_budget_seconds", labels, Fraction(of.budget_ms) / 1000)
        lines.add("sla_error_budget_remaining_seconds", labels, Fraction(of.budget_ms - of.downtime_ms) / 1000)
    if of.verdict is not None:
        for verdict in Verdict:
            lines.add("sla_verdict", f'{labels},verdict="{verdict.value}"', of.verdict is verdict)


class _Lines:
    """Samples of one owner, as text by metric."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def add(self, name: str, labels: str, value: float | Fraction | None) -> None:
        """One sample; None adds nothing."""
        if value is not None:
            self._texts[name] = f"{self._texts.get(name, '')}{name}{{{labels}}} {_number(value)}\n"

    def made(self) -> Lines:
        """What was added."""
        return {name: text.encode() for name, text in self._texts.items()}


@dataclass(frozen=True, slots=True)
class _Labels:
    """The labels of one check as text: all of blackbox_exporter's and ours, ours alone, ours with the agent."""

    seen_by: str
    own: str
    by_agent: str


def _labels_of(check: CheckSeries) -> _Labels:
    return _labels(check.customer, check.site, check.component, check.kind, check.agent, check.job, check.cluster)


@lru_cache(maxsize=100_000)
def _labels(customer: str, site: str, component: str, kind: str, agent: str, job: str, cluster: str) -> _Labels:
    own = _labelled({"customer": customer, "site": site, "component": component, "kind": kind})
    where = _labelled({"job": job, "instance": f"{site}/{component}", "cluster": cluster})
    by = _labelled({"agent": agent})
    return _Labels(f"{where},{own},{by}", own, f"{own},{by}")


def _labelled(labels: Mapping[str, str]) -> str:
    return ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())


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
