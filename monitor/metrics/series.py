"""The series of checks as Prometheus text, a pure function of frozen values.

They are no registry's: the lines are made when something changed and kept, so a scrape joins them (see ``kept``).
What is not known is absent: nothing freezes a last value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from types import MappingProxyType

from monitor.metrics.facts import BLACKBOX, INFOS, TLS_VERSIONS, as_number, gauge
from monitor.metrics.heads import HEADS
from monitor.metrics.kept import Kept
from monitor.metrics.lines import Lines, Sheet, escaped, labelled
from monitor.metrics.names import CHECKS, DESK, LAST_RESULT, OTHER_PHASES, PHASES, SITES
from monitor.metrics.own import Metrics
from probes.probe import Fact
from sla.span import Instant

MAX_PHASES = 13
"""Of one look: a journey has its ten steps beside resolve, connect and tls."""

MAX_FACTS = 21
"""Series of one check's facts: with its phases and the look itself a check and location stays below 40 series."""

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


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


def checks_text(checks: Iterable[CheckSeries]) -> bytes:
    """The series of checks as Prometheus text 0.0.4, names as blackbox_exporter has them; of equal labels the first stands."""
    kept, taken = Kept(HEADS), set[str]()
    for check in checks:
        labels = _labels_of(check)
        if labels.seen_by not in taken:
            kept.put(labels.seen_by, {**measured(check), **told(check)})
        taken.add(labels.seen_by)
    return b"".join(kept.parts())


def measured(check: CheckSeries) -> Lines:
    """What changes with every result: success, durations, time."""
    sheet, labels = Sheet(), _labels_of(check)
    sheet.add("probe_success", labels.seen_by, check.success)
    sheet.add("probe_duration_seconds", labels.seen_by, check.duration_s)
    sheet.add(LAST_RESULT, labels.by_agent, None if check.last_result_at is None else check.last_result_at / 1000)
    name, whose = (PHASES[check.kind], labels.seen_by) if check.kind in PHASES else (OTHER_PHASES, labels.by_agent)
    for phase, seconds in tuple(dict(check.phases).items())[:MAX_PHASES]:
        if phase == "resolve":
            sheet.add("probe_dns_lookup_time_seconds", labels.seen_by, seconds)
        sheet.add(name, f'{whose},phase="{escaped(phase)}"', seconds)
    return sheet.made()


def told(check: CheckSeries) -> Lines:
    """What rarely changes: the deadline, and the facts that are numbers or names of a closed list."""
    sheet, labels = Sheet(), _labels_of(check)
    sheet.add("probe_timeout_seconds", labels.seen_by, check.timeout_s)
    samples = {(name, own): number for fact, value in check.facts.items() for name, own, number in _samples(fact, value, labels)}
    for (name, own), number in tuple(samples.items())[:MAX_FACTS]:
        sheet.add(name, own, number)
    return sheet.made()


def _samples(fact: str, value: Fact, labels: _Labels) -> Iterator[tuple[str, str, float | Fraction]]:
    """The sample of one fact as (metric, labels, number), if it has one.

    Text that reads like a number (a serial, a version) is one only where blackbox_exporter takes it for one. A fact that is
    called like a metric of ours would be taken for it: it stays evidence.
    """
    if fact in INFOS:
        name, label, _ = INFOS[fact]
        yield name, f'{labels.seen_by},{label}="{escaped(TLS_VERSIONS.get(value, str(value)))}"', 1
    elif fact in BLACKBOX and (number := as_number(value)) is not None:
        yield f"probe_{fact}", labels.seen_by, number
    elif not isinstance(value, str) and (of := gauge(fact)).name not in taken():
        yield of.name, labels.own if of.label is None else f"{labels.own},{labelled(dict([of.label]))}", of.value(value)


@cache
def taken() -> frozenset[str]:
    """The names of all metrics that are no fact's."""
    return frozenset((*CHECKS, *SITES, *DESK, *(name for name, *_ in Metrics("").described())))


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
    own = labelled({"customer": customer, "site": site, "component": component, "kind": kind})
    where = labelled({"job": job, "instance": f"{site}/{component}", "cluster": cluster})
    by = labelled({"agent": agent})
    return _Labels(f"{where},{own},{by}", own, f"{own},{by}")
