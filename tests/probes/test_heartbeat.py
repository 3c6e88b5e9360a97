"""When silence is the sender's, when it is ours, and what a sender's words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.kinds.heartbeat import Heartbeat, Source, is_token
from probes.probe import Duration, Finding, Heard, SecretRef
from sla.span import DAY, HOUR, MINUTE, SECOND, Span
from sla.state import Cause, State

SOURCE = Source(SecretRef("env:BEAT"))
BACKUP = Heartbeat(SOURCE, Duration(DAY), Duration(HOUR), Duration(4 * HOUR))
AGENT = Heartbeat(SOURCE)
THEN = 1_795_500_000_000
ALWAYS = (Span(THEN - DAY, THEN + 400 * DAY),)


def seen(probe: Heartbeat, heard: Heard, after_ms: int) -> Finding:
    return probe.judged(heard, THEN + after_ms)


def test_a_sign_is_good_for_its_interval_and_the_grace() -> None:
    heard = Heard(good_at=THEN, listened=ALWAYS)
    assert seen(AGENT, heard, 0).state is State.UP
    assert seen(AGENT, heard, 2 * MINUTE).state is State.UP
    late = seen(AGENT, heard, 2 * MINUTE + 1)
    assert (late.state, late.cause) == (State.DOWN, Cause.HEARTBEAT_MISSED)
    assert late.reason == "last sign 2 min ago, wanted one every 60 s and 60 s grace"
    assert late.facts == {"heartbeat_age_seconds": 120}


def test_silence_is_ours_unless_we_listened_all_the_time_a_sign_was_due() -> None:
    due = THEN + DAY
    for away, cause in (
        (Span(due - 2 * HOUR, due - HOUR - 1), Cause.HEARTBEAT_MISSED),
        (Span(due - HOUR, due - HOUR + SECOND), Cause.AGENT_SILENT),
        (Span(due, due + SECOND), Cause.AGENT_SILENT),
        (Span(due + HOUR - SECOND, due + HOUR), Cause.AGENT_SILENT),
        (Span(due + HOUR + SECOND, due + HOUR + 2 * SECOND), Cause.HEARTBEAT_MISSED),
    ):
        listened = (Span(THEN, away.start), Span(away.end, due + 10 * HOUR))
        finding = seen(BACKUP, Heard(good_at=THEN, listened=listened), DAY + 2 * HOUR)
        assert finding.cause is cause, away
    assert seen(BACKUP, Heard(good_at=THEN), DAY + 2 * HOUR).cause is Cause.AGENT_SILENT


def test_what_we_slept_through_once_is_found_the_next_time_and_stays_found() -> None:
    heard = Heard(good_at=THEN, listened=(Span(THEN, THEN + DAY), Span(THEN + DAY + MINUTE, THEN + 5 * DAY)))
    assert seen(BACKUP, heard, DAY + 2 * HOUR).cause is Cause.AGENT_SILENT
    assert seen(BACKUP, heard, 2 * DAY + HOUR - 1).cause is Cause.AGENT_SILENT
    assert seen(BACKUP, heard, 2 * DAY + HOUR).cause is Cause.HEARTBEAT_MISSED
    assert seen(BACKUP, heard, 300 * DAY).cause is Cause.HEARTBEAT_MISSED


@given(
    st.integers(10, 400),
    st.integers(10, 400),
    st.integers(1, 5_000),
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 900)), max_size=5),
)
def test_missed_means_that_one_whole_time_lay_in_one_span(every: int, grace: int, at: int, spans: list[tuple[int, int]]) -> None:
    """Against all times one by one."""
    probe = Heartbeat(SOURCE, Duration(every * SECOND), Duration(grace * SECOND))
    listened = tuple(Span(THEN + begin * SECOND, THEN + (begin + length) * SECOND) for begin, length in spans)
    finding = seen(probe, Heard(good_at=THEN, listened=listened), at * SECOND)
    times = ((max(0, k * every - grace), k * every + grace) for k in range(1, at // every + 2))
    whole = any(end <= at and any(begin <= since and end <= begin + length for begin, length in spans) for since, end in times)
    if at <= every + grace:
        assert finding.state is State.UP
    else:
        assert finding.cause is (Cause.HEARTBEAT_MISSED if whole else Cause.AGENT_SILENT)


def test_a_run_that_began_may_take_its_time_and_no_longer() -> None:
    heard = Heard(good_at=THEN - DAY, started_at=THEN, listened=ALWAYS)
    assert seen(BACKUP, heard, 4 * HOUR).state is State.UP
    over = seen(BACKUP, heard, 4 * HOUR + 1)
    assert (over.state, over.cause) == (State.DOWN, Cause.DEADLINE)
    assert over.reason == "a run began 4 h 0 min ago and has not ended, wanted it within 4 h 0 min"
    assert seen(AGENT, Heard(started_at=THEN), 2 * MINUTE).state is State.UP
    assert seen(AGENT, Heard(started_at=THEN, listened=ALWAYS), 2 * MINUTE + 1).cause is Cause.HEARTBEAT_MISSED


def test_a_failure_holds_until_a_good_end() -> None:
    heard = Heard(good_at=THEN - DAY, failed_at=THEN, code=3, text="disk full", listened=ALWAYS)
    failed = seen(BACKUP, heard, 90 * DAY)
    assert (failed.state, failed.cause) == (State.DOWN, Cause.SERVICE_ERROR)
    assert failed.reason.startswith("reported exit code 3 at 2026-11-24T")
    assert failed.facts == {"heartbeat_age_seconds": 91 * 86_400, "heartbeat_code": 3, "heartbeat_text": "disk full"}
    bare = seen(BACKUP, Heard(started_at=THEN + 1, failed_at=THEN), 2)
    assert bare.reason.startswith("reported a failure at ")


def test_a_sign_from_the_future_says_nothing() -> None:
    """Else a clock that was set back would keep a silent sender up for as long."""
    ahead = seen(AGENT, Heard(good_at=THEN + 6 * SECOND, listened=ALWAYS), 0)
    assert (ahead.state, ahead.cause) == (State.UNKNOWN, Cause.AGENT_SILENT)
    just_now = seen(AGENT, Heard(good_at=THEN + SECOND), 0)
    assert (just_now.state, just_now.facts) == (State.UP, {"heartbeat_age_seconds": 0})


@pytest.mark.parametrize("field", ["every", "grace"])
def test_no_sign_is_wanted_oftener_than_we_can_tell(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field}: must be at least 10s, got 9999ms"):
        Heartbeat(SOURCE, **{field: Duration(9_999)})


@pytest.mark.parametrize(
    ("text", "good"),
    [("0123456789abcdef0123456789abcdef", True), ("a" * 21, False), ("a" * 129, False), ("a/" * 16, False), ("ä" * 30, False)],
)
def test_a_token_is_long_and_fit_for_a_path(text: str, good: bool) -> None:
    assert is_token(text) is good
