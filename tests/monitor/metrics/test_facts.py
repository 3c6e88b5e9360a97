from __future__ import annotations

from fractions import Fraction

import pytest

from monitor.metrics.facts import as_number, declared, gauge, is_seen_by_location
from monitor.metrics.heads import HEADS
from probes.probe import EMPTY
from probes.registry import kinds, measures


@pytest.mark.parametrize(
    ("fact", "name", "label", "value"),
    [
        ("license_seats", "threenines_license_seats", None, 100),
        ("icmp_loss_percent", "threenines_icmp_loss_ratio", None, 1),
        ("certificate_lifetime_days", "threenines_certificate_lifetime_seconds", None, 8_640_000),
        ("answer_ms", "threenines_answer_seconds", None, Fraction(1, 10)),
        ("members_total", "threenines_members", None, 100),
        (
            "certificate_not_after_timestamp_seconds.root",
            "threenines_certificate_not_after_timestamp_seconds",
            ("position", "root"),
            100,
        ),
        ("seats.cad", "threenines_seats", ("part", "cad"), 100),
    ],
)
def test_what_a_fact_is_called_decides_its_series(fact: str, name: str, label: tuple[str, str] | None, value: int) -> None:
    of = gauge(fact)
    assert (of.name, of.label, of.value(100)) == (name, label, value)


def test_text_is_no_number_and_truth_is_one() -> None:
    assert (as_number(True), as_number("1.1"), as_number("1.1.1")) == (1.0, 1.1, None)


def test_only_what_a_location_sees_is_told_by_each() -> None:
    assert is_seen_by_location("http_status_code")
    assert not is_seen_by_location("license_seats")


def test_a_fact_has_the_meaning_that_its_kind_gives_and_an_honest_one_without() -> None:
    assert b"Connections in use" in HEADS["threenines_db_connections_used"]
    assert HEADS["threenines_made_up"].startswith(b"# HELP threenines_made_up made_up as the last look found it.\n")
    assert set(declared()) == {gauge(fact).name for kind in kinds().values() for fact in measures(kind)}
    assert measures(kinds()["tcp"]) == EMPTY
