"""The series of checks as Prometheus text, a pure function of frozen values.

They are no registry's: the lines are made when something changed and kept, so a scrape joins them (see ``kept``).
What is not known is absent: nothing freezes a last value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from monitor.metrics.facts import BLACKBOX, INFOS, as_number, gauge
from monitor.metrics.heads import HEADS
from monitor.metrics.kept import Kept
from monitor.metrics.lines import Lines, Sheet, escaped, labelled
from monitor.metrics.names import LAST_RESULT, OTHER_PHASES, PHASES
from probes.probe import Fact
from sla.span import Instant

MAX_PHASES = 8
"""Of one look: the longest dialogue there is has six."""

MAX_FACTS = 24
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
    numbers = ((fact, value, as_number(value)) for fact, value in check.facts.items())
    for fact, value, number in [one for one in numbers if _is_series(*one)][:MAX_FACTS]:
        if fact in INFOS:
            name, label, _ = INFOS[fact]
            sheet.add(name, f'{labels.seen_by},{label}="{escaped(str(value))}"', 1)
        elif number is not None and fact in BLACKBOX:
            sheet.add(f"probe_{fact}", labels.seen_by, number)
        elif number is not None:
            of = gauge(fact)
            sheet.add(of.name, labels.own if of.label is None else f"{labels.own},{labelled(dict([of.label]))}", of.value(number))
    return sheet.made()


def _is_series(fact: str, value: Fact, number: float | None) -> bool:
    """Text that reads like a number (a serial, a version) is one only where blackbox_exporter takes it for one."""
    return fact in INFOS or (number is not None and (fact in BLACKBOX or not isinstance(value, str)))


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
