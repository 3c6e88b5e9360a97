"""From what is stored to what a page says: the same figures as the engine's, and never more than was measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.accounts import Accounts
from monitor.addresses import Address
from monitor.audience import customer_page, public_page
from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.ports import Result, StreamKey
from monitor.snapshot import Seen, view
from reports.figures import percent
from reports.plain import firm
from reports.snapshot import PageSnapshot
from reports.standing import banner
from reports.status_page import render
from sla.evaluate import trailing_of
from sla.span import DAY, HOUR, MINUTE, Instant
from sla.state import Cause, State
from sla.timeline import Change, Doubt, Timeline

AT = 1_795_527_440_000  # 2026-11-24T13:37:20Z
MAIN = """\
provider: {name: Example Cloud}
operator: {bind: "127.0.0.1:8490"}
vantages: {main: {}}
public_entries: [{name: Portal, members: [acme/node]}]
"""
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
components:
  - {id: node, name: Node, kind: instance}
  - {id: certificate, name: Certificate, kind: certificate}
checks:
  - {id: node, component: node, kind: tcp, host: 192.0.2.9, port: 443}
  - {id: certificate, component: certificate, kind: certificate, host: 192.0.2.9}
composition: node
"""
NODE: StreamKey = (1, 1)
CERTIFICATE: StreamKey = (2, 1)
Pages = Callable[..., tuple[PageSnapshot, PageSnapshot]]


def loaded(folder: Path) -> Configuration:
    (folder / "sites").mkdir()
    (folder / "threenines.yaml").write_text(MAIN)
    (folder / "sites" / "acme.yaml").write_text(SITE)
    return load(folder / "threenines.yaml", {})


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return loaded(tmp_path_factory.mktemp("acme"))


def seen(node: Timeline, *latest: tuple[StreamKey, Instant, State]) -> Seen:
    streams = {("acme", "node"): (NODE,), ("acme", "certificate"): (CERTIFICATE,)}
    cause = {State.UP: None, State.DOWN: Cause.TCP_REFUSED, State.UNKNOWN: Cause.VANTAGE_BLIND}
    return Seen(
        streams, {NODE: node}, {stream: Result(at, *stream, at, 1.0, state, cause[state]) for stream, at, state in latest}
    )


def pages(configuration: Configuration, known: Seen, at: Instant = AT) -> tuple[PageSnapshot, PageSnapshot]:
    accounts = Accounts()
    views = [view(site, known, at, accounts) for site in configuration.sites]
    address = Address("https://status.example", "/", b"secret")
    own = customer_page(configuration, views, known, at, address)
    return own, public_page(configuration, views, known, at, address, accounts)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """A node's last 60 days: states in any order, doubts over some of them."""
    moments = sorted(draw(st.sets(st.integers(AT - 60 * DAY, AT - 1), min_size=1, max_size=12)))
    states = draw(st.lists(st.sampled_from(State), min_size=len(moments), max_size=len(moments)))
    doubted = draw(st.lists(st.sampled_from(moments), max_size=3, unique=True))
    doubts = tuple(Doubt(at, at + 6 * HOUR, State.DOWN, State.UP) for at in doubted)
    return Timeline(tuple(Change(at, state) for at, state in zip(moments, states, strict=True)), doubts)


@settings(max_examples=40, deadline=None)
@given(line=timelines())
def test_a_page_shows_the_engines_figures_and_verdict(configuration: Configuration, line: Timeline) -> None:
    known = seen(line, (NODE, AT - MINUTE, State.UP))
    page, public = pages(configuration, known)
    site = view(configuration.sites[0], known, AT, Accounts())
    agreement = configuration.sites[0].agreement
    wanted = trailing_of(site.account, agreement, AT, agreement.days).whole.figures
    box = page.groups[0].verdict
    assert box is not None
    shown = box.trailing.figures
    assert (shown.downtime_ms, shown.unknown_ms, shown.period_ms) == (wanted.downtime_ms, wanted.unknown_ms, wanted.period_ms)
    assert shown.verdict is not None
    assert (shown.verdict.value, shown.availability) == (wanted.verdict.value, wanted.availability)
    text = render(page).decode()
    if wanted.availability is not None and wanted.coverage is not None and wanted.coverage >= Fraction(99, 100):
        assert f"<strong>{firm(percent(wanted.availability))}</strong>" in text
    else:
        assert "by contract</span>" not in text.partition('<ul class="entries">')[0].partition("Worst 30 dates")[0]
    assert public.entries[0].figures is not None
    assert public.entries[0].figures.goal is None


def test_only_a_wholly_measured_good_day_is_green(configuration: Configuration) -> None:
    line = Timeline((Change(AT - 3 * DAY, State.UP), Change(AT - DAY, State.UNKNOWN)), ())
    page, public = pages(configuration, seen(line))
    for shown in (page, public):
        drawn = re.findall(r'<rect class="(\w+)"[^>]* width="(\d+)"', render(shown).decode().partition("</main>")[0])
        kinds = [kind for kind, width in drawn if width != "22"]
        assert kinds[0] == "before"
        assert set(kinds[1:]) == {"up", "unknown"}


def test_a_page_is_measured_up_to_the_oldest_newest_result_that_says_anything(configuration: Configuration) -> None:
    line = Timeline((Change(AT - DAY, State.UP),), ())
    page, _ = pages(configuration, seen(line, (NODE, AT - MINUTE, State.UP), (CERTIFICATE, AT - 50 * MINUTE, State.UP)))
    assert page.evidence_at == AT - MINUTE  # an hourly check holds nothing back


def test_where_all_are_slow_checks_they_say_up_to_when_a_page_is_measured(configuration: Configuration) -> None:
    line = Timeline((Change(AT - DAY, State.UP),), ())
    slow = replace(
        configuration,
        sites=tuple(replace(s, checks=tuple(replace(c, every_ms=HOUR) for c in s.checks)) for s in configuration.sites),
    )
    page, _ = pages(slow, seen(line, (NODE, AT - 20 * MINUTE, State.UP), (CERTIFICATE, AT - 50 * MINUTE, State.UP)))
    assert page.evidence_at == AT - 50 * MINUTE


def test_when_all_is_silent_a_page_says_until_when_anything_was_known(configuration: Configuration) -> None:
    line = Timeline((Change(AT - 9 * DAY, State.UP), Change(AT - 3 * DAY, State.UNKNOWN)), ())
    for latest in ((), ((NODE, AT - MINUTE, State.UNKNOWN),)):
        page, _ = pages(configuration, seen(line, *latest))
        assert page.evidence_at == AT - 3 * DAY
        assert banner(page).value == "unknown"
        assert "Measured up to <time" in (text := render(page).decode())
        assert "21 Nov 2026, 13:37:20 UTC" in text  # the date too, since it is not today's


def test_a_site_without_any_result_says_so(configuration: Configuration) -> None:
    page, _ = pages(configuration, seen(Timeline()))
    assert page.evidence_at is None
    text = render(page).decode()
    assert "No result to show yet." in text
    assert "Not measured" in text or "not observed yet" in text
    assert "100.000" not in text
