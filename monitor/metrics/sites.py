"""The series of sites and agreements as Prometheus text, and the one counter among them: time as it was observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from monitor.metrics.heads import HEADS
from monitor.metrics.kept import Kept
from monitor.metrics.lines import Lines, Sheet, labelled
from monitor.metrics.names import OBSERVED
from sla.answer import Figures, Verdict
from sla.span import Instant, Span
from sla.state import State
from sla.track import Track

_STATES = tuple(state.word for state in State)
_NOTHING: Mapping[State, int] = MappingProxyType(dict.fromkeys(State, 0))


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the rolling budget is spent if the open outage goes on, and when a spent one is back; None: not to be said."""

    exhausted_at: Instant | None = None
    regained_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class SiteSeries:
    """One site: its state, its components as (component, kind, state), and its figures by window.

    ``track`` is what was seen of it; up to ``settled_at`` nothing of that changes any more by confirmation.
    """

    customer: str
    site: str
    state: State
    components: tuple[tuple[str, str, State], ...] = ()
    figures: tuple[tuple[str, Figures], ...] = ()
    forecast: Forecast = Forecast()
    any_window_start: Instant | None = None
    as_of: Instant | None = None
    track: Track | None = None
    settled_at: Instant = 0


class Observed:
    """Milliseconds in each state by site, counted once each from when the site was first told. They never fall."""

    def __init__(self) -> None:
        self._until: dict[str, Instant] = {}
        self._ms: dict[str, dict[State, int]] = {}

    def advance(self, site: SiteSeries) -> Mapping[State, int]:
        """Count what has settled since the last time."""
        since = self._until.setdefault(site.site, site.settled_at)
        counts = self._ms.setdefault(site.site, dict.fromkeys(State, 0))
        if site.track is not None and since < site.settled_at:
            for span, state in site.track.states(Span(since, site.settled_at)):
                counts[state] += span.length
        self._until[site.site] = max(since, site.settled_at)
        return counts

    def keep(self, sites: Iterable[str]) -> None:
        """Let go of all other sites."""
        alive = frozenset(sites)
        self._until = {key: at for key, at in self._until.items() if key in alive}
        self._ms = {key: counts for key, counts in self._ms.items() if key in alive}


def sites_text(sites: Iterable[SiteSeries]) -> bytes:
    """The series of sites, components and agreements as Prometheus text 0.0.4."""
    kept = Kept(HEADS)
    for site in sites:
        kept.put(site.site, site_lines(site))
    return b"".join(kept.parts())


def site_lines(site: SiteSeries, observed: Mapping[State, int] = _NOTHING) -> Lines:
    """All that is said of one site."""
    sheet, labels = Sheet(), labelled({"customer": site.customer, "site": site.site})
    for word in _STATES:
        sheet.add("threenines_site_state", f'{labels},state="{word}"', site.state.word == word)
    for component, kind, state in site.components:
        whose = f"{labels},{labelled({'component': component, 'kind': kind})}"
        for word in _STATES:
            sheet.add("threenines_component_state", f'{whose},state="{word}"', state.word == word)
    for state in State:
        sheet.add(OBSERVED, f'{labels},state="{state.word}"', Fraction(observed[state], 1000))
    sheet.add("sla_goal_ratio", labels, next((of.goal for _, of in site.figures), None))
    sheet.add("sla_figures_as_of_timestamp_seconds", labels, _seconds(site.as_of))
    sheet.add("sla_error_budget_exhausted_timestamp_seconds", labels, _seconds(site.forecast.exhausted_at))
    sheet.add("sla_error_budget_regained_timestamp_seconds", labels, _seconds(site.forecast.regained_at))
    sheet.add("sla_any_window_start_timestamp_seconds", labels, _seconds(site.any_window_start))
    for window, figures in site.figures:
        _add_figures(sheet, f'{labels},window="{window}"', figures)
    return sheet.made()


def _add_figures(sheet: Sheet, labels: str, of: Figures) -> None:
    sheet.add("sla_period_seconds", labels, Fraction(of.period_ms, 1000))
    sheet.add("sla_availability_ratio", labels, of.availability)
    sheet.add("sla_availability_worst_ratio", labels, of.availability_worst)
    sheet.add("sla_availability_best_ratio", labels, of.availability_best)
    sheet.add("sla_coverage_ratio", labels, of.coverage)
    sheet.add("sla_downtime_counted_seconds", labels, of.downtime_ms / 1000)
    sheet.add("sla_downtime_observed_seconds", labels, of.observed_ms / 1000)
    sheet.add("sla_unknown_seconds", labels, Fraction(of.unknown_ms, 1000))
    sheet.add("sla_error_budget_seconds", labels, of.budget_ms / 1000)
    sheet.add("sla_error_budget_remaining_seconds", labels, of.remaining_ms / 1000)
    for cause, ms in of.excluded_ms.items():
        sheet.add("sla_downtime_excluded_seconds", f"{labels},{labelled({'cause': cause})}", ms / 1000)
    for verdict in Verdict:
        sheet.add("sla_verdict", f'{labels},verdict="{verdict.value}"', of.verdict is verdict)


def _seconds(at: Instant | None) -> Fraction | None:
    return None if at is None else Fraction(at, 1000)
