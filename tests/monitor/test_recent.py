"""A site's live figures are those of its statements: the same make-ups, exclusions, announcements and first version."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from desk_world import BEGUN, NOW, SITE, Store, configured

from monitor.accounts import Accounts
from monitor.desk.exclusions import Proposal, propose
from monitor.desk.ground import ground
from monitor.desk.people import host
from monitor.desk.records import enlisted
from monitor.desk.statement import Asked, statement
from monitor.recent import recent
from monitor.snapshot import verdict
from monitor.store import announcements, changes, exclusions
from monitor.watched import watched
from monitor.wiring import plans_of
from reports.snapshot import SiteVerdict
from sla.answer import Figures, StatementAnswer
from sla.calendar import date_of
from sla.exclusion import Decision, Step
from sla.maintenance import Announcement, Impact, Status
from sla.span import DAY, HOUR, MINUTE, Span
from sla.state import State
from sla.timeline import Change

_ONE_DAY = timedelta(days=1)


def live(store: Store, site_text: str = SITE) -> SiteVerdict:
    """The contractual box of the page, by what is stored."""
    configuration = configured(store.folder, site_text)
    numbers = store.do(lambda db: enlisted(db, configuration, NOW))
    now = watched(configuration, plans_of(configuration, numbers))
    seen = recent(
        configuration.sites[0].promised_at(NOW),
        now.streams,
        lambda streams, since: store.look(lambda db: changes.timelines(db, streams, since)),
        lambda site, at: store.look(lambda db: ground(db, site, at)),
        NOW,
        Accounts(),
    )
    return verdict(seen.view, NOW)


def said(store: Store, first: date, last: date) -> StatementAnswer:
    found = store.look(lambda db: statement(db, "acme", Asked(first, last, month=False), NOW)).answered.answer
    assert isinstance(found, StatementAnswer)
    return found


def figures(store: Store, site_text: str = SITE) -> tuple[Figures, int]:
    """What statement and page say of the 30 complete dates before today; fails where they differ."""
    box = live(store, site_text)
    today = date_of("Europe/Berlin", NOW)
    answer = said(store, today - 30 * _ONE_DAY, today - _ONE_DAY)
    whole, shown = answer.whole.figures, box.trailing.figures
    assert (box.trailing.first, box.trailing.last) == (answer.whole.first, answer.whole.last)
    assert (shown.period_ms, shown.downtime_ms, shown.best_ms) == (whole.period_ms, whole.downtime_ms, whole.best_ms)
    assert (shown.worst_ms, shown.unknown_ms, shown.coverage) == (whole.worst_ms, whole.unknown_ms, whole.coverage)
    assert shown.verdict is not None
    assert shown.verdict.value == whole.verdict.value
    assert box.worst is not None
    worst = said(store, box.worst.first, box.worst.last).whole.figures
    assert box.worst.figures.downtime_ms == worst.downtime_ms
    return whole, len(store.look(lambda db: ground(db, "acme", NOW)).parts)  # type: ignore[union-attr]


def test_the_past_is_counted_by_what_the_site_was_made_of_then(store: Store) -> None:
    before, parts = figures(store)
    both = SITE.replace("at_least: 1", "at_least: 2")
    after, more = figures(store, both)  # from now on both nodes are needed; on 10 June one was enough
    assert (before.downtime_ms, after.downtime_ms, parts, more) == (66 * MINUTE, 66 * MINUTE, 3, 6)


def test_a_component_that_left_still_counts_for_its_time(store: Store) -> None:
    gone = SITE.replace("  - {id: directory, kind: ldap}\n", "").replace(", directory]", "]")
    gone = gone.replace("  - {id: directory, component: directory, kind: tcp, host: 192.0.2.3, port: 636}\n", "")
    after, _ = figures(store, gone)
    assert after.downtime_ms == 66 * MINUTE


def test_what_is_left_out_and_announced_counts_on_the_page_as_in_the_statement(store: Store) -> None:
    start, text = BEGUN + 20 * DAY, SITE.replace("{zone: Europe/Berlin}", "{zone: Europe/Berlin, maintenance: excluded}")
    store.say("directory", Change(NOW - 5 * DAY, State.DOWN), Change(NOW - 5 * DAY + HOUR, State.UP), recorded_at=NOW - 4 * DAY)
    notice = Announcement(start, Span(NOW - 5 * DAY, NOW - 5 * DAY + HOUR), Status.CONFIRMED, Impact.OUTAGE)
    announcing, _ = figures(store, text)
    store.do(lambda db: announcements.append(db, store.numbers.sites["acme"], "M-1", (), notice, start))
    announced, _ = figures(store, text)
    proposal = Proposal(
        "acme", NOW - 13 * DAY, NOW - 12 * DAY, "unmanaged_component", ("directory",), "directory", "why", ("x:1",)
    )
    store.do(lambda db: propose(db, host("root"), proposal, NOW))
    store.do(lambda db: exclusions.step(db, "X-1", Decision(NOW, Step.APPROVED, "ben"), NOW))
    approved, _ = figures(store, text)
    assert announcing.downtime_ms == 66 * MINUTE + HOUR
    assert announced.downtime_ms == 66 * MINUTE
    assert approved.downtime_ms == 0


@pytest.mark.parametrize("silence", ["unknown", "stays-down"])
def test_a_silence_after_down_is_read_as_the_agreement_says(store: Store, silence: str) -> None:
    text = SITE.replace("{zone: Europe/Berlin}", f"{{zone: Europe/Berlin, down_then_unknown: {silence}}}")
    store.say("directory", Change(NOW - 5 * DAY, State.DOWN), Change(NOW - 4 * DAY, State.UNKNOWN), recorded_at=NOW - DAY)
    seen, _ = figures(store, text)
    assert (seen.downtime_ms > 2 * DAY) == (silence == "stays-down")
