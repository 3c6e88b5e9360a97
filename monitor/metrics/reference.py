"""The page of all metrics, written from the names that the code itself uses (``docs/metrics.md``; a test compares them)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.metrics.facts import POSITIONS, declared, gauge
from monitor.metrics.names import CHECKS, COMPONENT, DESK, SEEN_BY, SITES, Named
from monitor.metrics.own import Metrics

_HEAD = """\
# Metrics

Written from the code; a test compares them. `/metrics` of the operator's listener gives all of them as Prometheus text 0.0.4.
Scrape it with `honor_labels: true`, since series of checks bring their own `job`, `instance` and `cluster`.
Label values are ids of the configuration or words of closed lists: never an address, a text, a person.

What is not known is absent. `probe_success` is 1 for up and degraded, 0 for down, and not there while nobody knows.
A result says something for two intervals and its deadline; after that its series are gone.

`?collect[]=checks`, `sla` or `self` (each may stand beside others) narrows a scrape.
"""
_CHECKS = f"""\
Names are those of blackbox_exporter where it has one. P stands for {", ".join(SEEN_BY)};
the `instance` of a check is `<site>/<component>`.
"""
_FACTS = """\
Every number that a look finds and blackbox_exporter has no name for becomes `threenines_<fact>`, told by the first location.
Days and milliseconds are told in seconds, percent as a share; `_total` and `_count` at the end go, since a fact is no counter;
of `a.b` the `b` is the label `position` (certificates) or `part`. A kind describes its facts in `measures`.
Text never becomes a series, but for the TLS version and cipher.
"""
_LIMITS = """\
At most 40 series a check and location. Beyond 100,000 series of checks and sites phases are left out first, then TLS version and
cipher, never states or figures; `threenines_metrics_series_dropped` says how many.
"""


def metrics_page() -> str:
    """All of it as Markdown."""
    chapters = (
        ("Checks", f"{_CHECKS}\n{_table(CHECKS)}"),
        ("Facts of looks", f"{_FACTS}\n{_table(_facts())}"),
        ("Sites and agreements", _table(SITES)),
        ("Decisions and announcements", _table(DESK)),
        ("The service itself", _table(own_names())),
        ("Limits", _LIMITS),
    )
    return _HEAD + "".join(f"\n## {name}\n\n{text}" for name, text in chapters)


def own_names() -> Mapping[str, Named]:
    """What the service counts about itself, as its registry knows it; ``process_`` and ``python_`` are the client library's."""
    return {name: Named(text, labels, kind) for name, text, labels, kind in Metrics("").described()}


def _facts() -> Mapping[str, Named]:
    of = {gauge(fact).name: label for fact, label in POSITIONS.items()}
    return {name: Named(text, (*COMPONENT, of[name]) if name in of else COMPONENT) for name, text in declared().items()}


def _table(names: Mapping[str, Named]) -> str:
    rows = (f"| `{name}` | {of.type} | {_labels(of.labels)} | {of.help} |\n" for name, of in names.items())
    return "| metric | type | labels | meaning |\n|---|---|---|---|\n" + "".join(rows)


def _labels(labels: Iterable[str]) -> str:
    told = ", ".join(labels)
    return told.replace(", ".join(SEEN_BY), "P") or "-"
