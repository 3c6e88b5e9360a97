"""From a fact that a look found to its series. A kind needs no line here: what its facts are called decides.

A fact that blackbox_exporter knows too bears its name (``probe_<fact>``), so that dashboards and alerts made for it work.
Every other fact that is a number becomes ``threenines_<fact>``, in base units: days and milliseconds are told in seconds,
percent as a share, and a trailing ``_total`` or ``_count`` goes, since a fact is no counter. Of ``a.b`` the ``b`` is the
value of a label. Text never becomes a series, but for TLS version and cipher, which are short closed lists.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from types import MappingProxyType

from probes.probe import Fact
from probes.registry import kinds, measures

BLACKBOX = MappingProxyType(
    {
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
        "icmp_reply_hop_limit": "Hop limit (TTL) of the reply.",
    }
)
"""Facts with names of blackbox_exporter's: one series of each location that looks."""

INFOS = MappingProxyType(
    {
        "tls_version": ("probe_tls_version_info", "version", "TLS version used; always 1."),
        "tls_cipher": ("probe_tls_cipher_info", "cipher", "TLS cipher used; always 1."),
    }
)
"""Text that is a label of a series: fact → (metric, label, help)."""

TLS_VERSIONS: Mapping[Fact, str] = MappingProxyType(
    {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}
)
"""OpenSSL's words to those of Go, which blackbox_exporter's dashboards ask for."""

POSITIONS = MappingProxyType({"certificate_not_after_timestamp_seconds": "position"})
"""What the part behind the point is called, where it is not just a ``part``."""

_UNITS = (
    ("_days", "_seconds", Fraction(86_400)),
    ("_ms", "_seconds", Fraction(1, 1000)),
    ("_percent", "_ratio", Fraction(1, 100)),
)
_NO_COUNTERS = ("_total", "_count")


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where a fact is told: the metric's name, the label for what stands behind the point (None: nothing does), the unit."""

    name: str
    label: tuple[str, str] | None = None
    factor: Fraction = Fraction(1)

    def value(self, fact: float) -> float | Fraction:
        """The fact in the metric's unit."""
        return Fraction(fact) * self.factor if self.factor != 1 and math.isfinite(fact) else fact


def is_seen_by_location(fact: str) -> bool:
    """Whether every location tells this fact for itself; all others are told once, by the first location."""
    return fact in BLACKBOX or fact in INFOS


@lru_cache(maxsize=4_096)
def gauge(fact: str) -> Gauge:
    """The series of a fact that is none of blackbox_exporter's."""
    name, _, part = fact.partition(".")
    label = (POSITIONS.get(name, "part"), part) if part else None
    for ending in _NO_COUNTERS:
        name = name.removesuffix(ending)
    for ending, base, factor in _UNITS:
        if name.endswith(ending):
            return Gauge(f"threenines_{name.removesuffix(ending)}{base}", label, factor)
    return Gauge(f"threenines_{name}", label)


def as_number(value: Fact) -> float | None:
    """A fact as a sample; text that is no number (HTTP version ``1.1`` is one) has no series."""
    try:
        return float(value)
    except ValueError:
        return None


@cache
def declared() -> Mapping[str, str]:
    """The facts that the kinds say they measure, with their meaning, by the name of the metric."""
    found = {gauge(fact).name: meaning for kind in kinds().values() for fact, meaning in measures(kind).items()}
    return MappingProxyType(dict(sorted(found.items())))
