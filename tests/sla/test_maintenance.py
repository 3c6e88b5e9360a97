from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import Span

T, C, X, P, D = Status.TENTATIVE, Status.CONFIRMED, Status.CANCELLED, Status.IN_PROCESS, Status.COMPLETED
FIRST, MOVED = Span(100, 120), Span(110, 130)


def told(
    at: int, span: Span = FIRST, status: Status = C, impact: Impact = Impact.OUTAGE, agreed: str | None = None
) -> Announcement:
    return Announcement(at, span, status, impact, agreed)


def forgiven(*announcements: Announcement, notice: int = 72, as_of: int | None = None) -> list[tuple[int, int, Impact]]:
    return [(one.start, one.end, impact) for one, impact in Maintenance("M", announcements).forgiven(notice, as_of)]


@pytest.mark.parametrize(
    ("announcements", "spans"),
    [
        ([told(28)], [(100, 120)]),
        ([told(29)], []),
        ([told(10), told(90, MOVED)], [(110, 120)]),
        ([told(10), told(60, MOVED), told(95, FIRST)], [(110, 120)]),
        ([told(10), told(105, Span(100, 140))], [(100, 105), (105, 120)]),
        ([told(10), told(105, Span(100, 110))], [(100, 105), (105, 110)]),
        ([told(10, status=T)], []),
        ([told(10, status=T), told(50)], []),
        ([told(10), told(90, status=X)], []),
        ([told(10), told(90, status=X), told(99)], []),
        ([told(10), told(90), told(100, status=P)], [(100, 120)]),
        ([told(10), told(100, status=P), told(107, status=D)], [(100, 107)]),
        ([told(95, agreed="eve")], [(100, 120)]),
        ([told(10), told(90, MOVED, agreed="eve")], [(110, 130)]),
        ([told(95, agreed="eve"), told(97, MOVED)], [(110, 120)]),
        ([told(101, agreed="eve")], []),
        ([], []),
    ],
    ids=[
        "in time",
        "late",
        "moved at short notice",
        "moved to and fro",
        "extended while it runs",
        "cut while it runs",
        "provisional",
        "confirmed too late",
        "cancelled",
        "cancelled and told again",
        "reminder and start notice",
        "completed early",
        "agreed at short notice",
        "moved by agreement",
        "moved again without agreement",
        "agreed after it began",
        "nothing told",
    ],
)
def test_what_is_forgiven(announcements: list[Announcement], spans: list[tuple[int, int]]) -> None:
    found = forgiven(*announcements)
    joined = [(start, end) for start, end, _ in found]
    assert [t for t in range(200) if any(a <= t < b for a, b in joined)] == [
        t for t in range(200) if any(a <= t < b for a, b in spans)
    ]


def test_the_least_severe_impact_announced_decides() -> None:
    assert forgiven(told(10), told(90, impact=Impact.DEGRADED)) == [(100, 120, Impact.DEGRADED)]
    assert forgiven(told(10, impact=Impact.DEGRADED), told(90)) == [(100, 120, Impact.DEGRADED)]
    assert forgiven(told(10, impact=Impact.NO_IMPACT), told(20)) == [(100, 120, Impact.OUTAGE)]


def test_what_is_announced_later_than_as_of_is_not_known() -> None:
    assert forgiven(told(10), told(90, status=X), as_of=89) == [(100, 120, Impact.OUTAGE)]
    assert forgiven(told(10), told(90, status=X), as_of=90) == []


announcements = st.lists(
    st.builds(
        Announcement,
        st.integers(0, 30),
        st.tuples(st.integers(0, 30), st.integers(1, 15)).map(lambda pair: Span(pair[0], sum(pair))),
        st.sampled_from([C, C, C, C, P, T, X, D]),
        st.sampled_from([Impact.OUTAGE, Impact.OUTAGE, Impact.DEGRADED, Impact.NO_IMPACT]),
        st.sampled_from([None, None, "eve"]),
    ),
    max_size=5,
)


def literally(told_: list[Announcement], notice: int, t: int) -> Impact | None:
    """The rule word by word: every instant u of [max(s - n, a), t] is asked."""

    def rev(u: int) -> Announcement | None:
        known = [one for one in told_ if one.at <= u]
        last = max((one.at for one in known), default=0)
        return next((one for one in reversed(known) if one.at == last), None)

    now = rev(t)
    if now is None:
        return None
    s = now.span.start
    a = max((one.at for one in told_ if one.agreed_by and one.at <= s), default=-1_000)
    asked = [rev(u) for u in range(max(s - notice, a), t + 1)]
    if not asked or any(one is None or one.status not in (C, P) or t not in one.span for one in asked):
        return None
    return min(one.impact for one in asked if one)


@settings(max_examples=400, deadline=None)
@given(announcements, st.integers(0, 12))
def test_forgiven_is_what_asking_every_instant_says(told_: list[Announcement], notice: int) -> None:
    found = forgiven(*told_, notice=notice)
    for t in range(50):
        painted = [impact for start, end, impact in found if start <= t < end]
        assert painted == [impact for impact in [literally(told_, notice, t)] if impact is not None], t


@settings(max_examples=300, deadline=None)
@given(announcements, st.integers(1, 12), st.integers(0, 40))
def test_forgiven_time_was_announced_and_reminders_and_shorter_notice_take_nothing_away(
    told_: list[Announcement], notice: int, when: int
) -> None:
    def instants(rows: list[Announcement], n: int) -> set[int]:
        return {t for start, end, _ in forgiven(*rows, notice=n) for t in range(start, end)}

    found = instants(told_, notice)
    assert all(any(t in one.span for one in told_) for t in found)
    assert found <= instants(told_, 0)
    standing = [one for one in sorted(told_, key=lambda one: one.at) if one.at <= when]
    if standing and all(one.at != when for one in told_):
        last = standing[-1]
        reminder = Announcement(when, last.span, last.status, last.impact)
        assert instants([*told_, reminder], notice) == found


def test_impacts_are_written_as_in_the_notes() -> None:
    assert [impact.word for impact in Impact] == ["NO-IMPACT", "REDUCED-REDUNDANCY", "DEGRADED", "OUTAGE"]
