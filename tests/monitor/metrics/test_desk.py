from __future__ import annotations

from monitor.metrics.desk import DeskSeries, desk_lines
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import HOUR, Span

NOW = 100 * HOUR
WHERE = 'customer="contoso",site="berlin"'


def exclusion(key: str, *steps: tuple[int, Step]) -> Exclusion:
    return Exclusion(key, Span(0, 1), "customer-network", history=tuple(Decision(at, step, "ann") for at, step in steps))


def maintenance(key: str, start_h: int, end_h: int, *status: Status, impact: Impact = Impact.DEGRADED) -> Maintenance:
    said = tuple(Announcement(number, Span(start_h * HOUR, end_h * HOUR), one, impact) for number, one in enumerate(status))
    return Maintenance(key, said)


def told(of: DeskSeries) -> str:
    return b"".join(desk_lines(of, NOW).values()).decode()


def test_exclusions_are_counted_by_the_last_word_and_the_longest_waiting_is_dated() -> None:
    waiting = exclusion("X-1", (7_000, Step.PROPOSED)), exclusion("X-2", (5_000, Step.PROPOSED))
    text = told(DeskSeries("contoso", "berlin", (*waiting, exclusion("X-3", (1_000, Step.PROPOSED), (2_000, Step.APPROVED)))))
    assert f'sla_exclusions{{{WHERE},status="proposed"}} 2\n' in text
    assert f'sla_exclusions{{{WHERE},status="approved"}} 1\n' in text
    assert f'sla_exclusions{{{WHERE},status="revoked"}} 0\n' in text
    assert f"sla_exclusion_oldest_proposed_timestamp_seconds{{{WHERE}}} 5\n" in text


def test_a_quiet_desk_says_zero_and_no_instants() -> None:
    text = told(DeskSeries("contoso", "berlin"))
    assert f'sla_maintenance_active{{{WHERE},impact="OUTAGE"}} 0\n' in text
    assert f"sla_maintenance_overrun_seconds{{{WHERE}}} 0\n" in text
    assert "timestamp" not in text


def test_maintenance_is_active_in_its_span_and_beyond_until_somebody_ends_it() -> None:
    known = (
        maintenance("M-1", 99, 101, Status.CONFIRMED),
        maintenance("M-2", 90, 99, Status.CONFIRMED, Status.IN_PROCESS),
        maintenance("M-3", 99, 101, Status.CONFIRMED, Status.CANCELLED),
        maintenance("M-4", 90, 99, Status.IN_PROCESS, Status.COMPLETED),
        maintenance("M-5", 110, 112, Status.TENTATIVE, impact=Impact.OUTAGE),
        maintenance("M-6", 105, 112, Status.CONFIRMED, Status.CANCELLED),
    )
    text = told(DeskSeries("contoso", "berlin", maintenances=known))
    assert f'sla_maintenance_active{{{WHERE},impact="DEGRADED"}} 2\n' in text
    assert f'sla_maintenance_active{{{WHERE},impact="OUTAGE"}} 0\n' in text
    assert f"sla_maintenance_overrun_seconds{{{WHERE}}} 3600\n" in text
    assert f"sla_maintenance_next_start_timestamp_seconds{{{WHERE}}} {110 * 3600}\n" in text
