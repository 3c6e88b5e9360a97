"""Parts of a page that are kept: whatever was rendered before, a page reads as if it were the first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from page_examples import AT, customer_page, incidents, maintenances

from reports import chart, status_page
from reports.german import GERMAN
from reports.snapshot import DayBar, Entry, Group, PageSnapshot
from reports.status_page import render
from sla.span import DAY, HOUR, MINUTE
from sla.state import State

lengths = st.sampled_from([0, 0, 1, MINUTE, HOUR])


@st.composite
def days(draw: st.DrawFn, bars: tuple[DayBar, ...]) -> tuple[DayBar, ...]:
    """The same days, a few of them otherwise: observed for a part of the day, not at all, or never measured."""
    changed = list(bars)
    for place in draw(st.lists(st.integers(0, len(bars) - 1), max_size=3)) if bars else ():
        observed = draw(st.sampled_from([0, HOUR + 1, 23 * HOUR, DAY, 25 * HOUR]))
        down, degraded = (draw(lengths) if observed else 0 for _ in range(2))
        unknown = draw(st.sampled_from([0, MINUTE, observed])) if observed else 0
        changed[place] = DayBar(bars[place].date, down, degraded, min(unknown, observed), observed, min(down, draw(lengths)))
    return tuple(changed)


@st.composite
def entries(draw: st.DrawFn, one: Entry) -> Entry:
    return replace(
        one,
        name=draw(st.sampled_from([one.name, "<b>", "Database"])),
        state=draw(st.sampled_from([one.state, *State])),
        since=one.since + draw(lengths),
        days=draw(days(one.days)),
        expires_at=one.expires_at and one.expires_at + draw(lengths) * 30,
    )


@st.composite
def snapshots(draw: st.DrawFn) -> PageSnapshot:
    page = customer_page()

    def group(one: Group) -> Group:
        named = draw(st.sampled_from([one.name, "<i>", "Rome"]))
        return replace(one, name=named, duties=one.duties[draw(st.integers(0, 2)) :], entries=tuple(map(entry, one.entries)))

    def entry(one: Entry) -> Entry:
        return draw(entries(one)) if draw(st.integers(0, 3)) == 0 else one

    return replace(
        page,
        customer=draw(st.sampled_from([page.customer, None, "<u>"])),
        zone=draw(st.sampled_from([page.zone, "UTC", "Pacific/Auckland"])),
        as_of=AT + draw(lengths),
        groups=tuple(map(group, page.groups)),
        interruptions=page.interruptions[draw(st.integers(0, 2)) :],
        incidents=incidents()[draw(st.integers(0, 2)) :],
        maintenances=maintenances()[draw(st.integers(0, 2)) :],
        stale=draw(st.booleans()),
    )


@settings(max_examples=100, deadline=None)
@given(page=snapshots(), language=st.sampled_from([None, GERMAN]))
def test_what_is_kept_reads_as_what_is_made_anew(page: PageSnapshot, language: None) -> None:
    spoken = [language] if language else []
    kept = render(page, *spoken)
    for part in (status_page._kept, status_page._bars, status_page._day, status_page._duties, status_page._legend):
        part.cache_clear()
    assert kept == render(page, *spoken)
    for entry in page.entries if language is None else ():  # drawn from the days themselves, not from those that are kept
        assert not entry.days or chart.svg(entry.name, entry.days) in kept.decode()
