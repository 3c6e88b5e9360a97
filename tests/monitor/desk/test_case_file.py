"""A site's facts as a public case: the figures of the manual's example, and a past that later facts do not change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk_world import NOW, SITE, Store, configured
from jsonschema import Draft202012Validator

from monitor.desk.case_file import Facts, NoSuchSite, document, facts
from monitor.desk.figures import answered
from monitor.desk.records import enlisted
from monitor.store import announcements, exclusions
from sla.canonical import canonical
from sla.exclusion import Decision, Exclusion, Step
from sla.maintenance import Announcement, Impact, Status
from sla.span import HOUR, Span
from sla.state import State
from sla.texts import instant
from sla.timeline import Change

SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "case.schema.json"
JUNE = {"kind": "month", "month": "2026-06"}
END_OF_JUNE = instant("2026-06-30T21:59:59Z")
SPAN = Span(instant("2026-06-18T14:00:00Z"), instant("2026-06-18T14:50:00Z"))
OURS = Exclusion("", SPAN, "unmanaged_component", ("directory",), "Acme", "restarted", ("ticket:4711",))
PROPOSED = Decision(instant("2026-06-19T08:00:00Z"), Step.PROPOSED, "anna")
APPROVED = Decision(instant("2026-06-22T09:00:00Z"), Step.APPROVED, "ben")


def known(store: Store, as_of: int = NOW) -> Facts:
    return store.look(lambda c: facts(c, "acme", as_of))


def june(store: Store, as_of: int = NOW) -> dict[str, object]:
    return answered(document(known(store, as_of), JUNE, END_OF_JUNE)).result


def approve(store: Store) -> None:
    key = store.do(lambda c: exclusions.file(c, store.numbers.sites["acme"], OURS, PROPOSED, PROPOSED.at))
    store.do(lambda c: exclusions.step(c, key, APPROVED, APPROVED.at))


def test_the_figures_are_those_of_the_manuals_example(store: Store) -> None:
    approve(store)
    found = june(store)
    assert (found["downtime_observed_seconds"], found["downtime_counted_seconds"]) == ("3960", "960")
    assert found["downtime_excluded_seconds"] == {"unmanaged_component": "3000"}
    assert (found["availability"], found["verdict"], found["hypothetical"]) == ("2699/2700", "met", False)


def test_every_component_is_named_by_its_key_and_says_who_manages_it(store: Store) -> None:
    made = document(known(store), JUNE, END_OF_JUNE)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(made)
    assert set(made["components"]) == {"node-1", "node-2", "directory"}
    assert made["components"]["directory"]["managed_by"] == "customer"


def test_later_facts_leave_the_past_as_it_was_bit_for_bit(store: Store) -> None:
    before = canonical(june(store, PROPOSED.at - 1))
    approve(store)
    store.say("node-2", Change(SPAN.start - HOUR, State.DOWN), recorded_at=NOW)
    configured(store.folder, SITE.replace("node-2, kind: instance", "node-2, kind: database"))
    store.do(lambda c: enlisted(c, configured(store.folder, SITE.replace("zone: Europe/Berlin", "days: 28")), NOW))
    assert canonical(june(store, PROPOSED.at - 1)) == before
    assert canonical(june(store, NOW)) != before


def test_a_check_that_is_renamed_takes_no_outage_with_it(store: Store) -> None:
    """The new part begins when it is configured; until then the old one tells what was."""
    store.do(
        lambda c: enlisted(c, configured(store.folder, SITE.replace("{id: directory, component", "{id: ldap, component")), NOW)
    )
    assert june(store, NOW + HOUR)["downtime_observed_seconds"] == "3960"
    made = document(known(store, NOW + HOUR), JUNE, END_OF_JUNE)
    assert set(made["components"]) >= {"directory", "directory-until-1"}


def test_an_exclusion_covers_all_streams_of_its_component_of_all_times(store: Store) -> None:
    two = SITE.replace(
        "- {id: directory, component",
        "- {id: second, component: directory, kind: tcp, host: 192.0.2.9, port: 1}\n  - {id: directory, component",
    )
    store.do(lambda c: enlisted(c, configured(store.folder, two), NOW))
    approve(store)
    made = document(known(store, NOW + HOUR), JUNE, END_OF_JUNE)
    assert set(made["exclusions"][0]["components"]) == {"directory-until-1", "directory-second-main", "directory-directory-main"}
    assert answered(made).result["downtime_counted_seconds"] == "960"


def test_names_that_do_not_fit_are_cut_and_stay_different(store: Store) -> None:
    long = "d" * 60
    two = SITE.replace("directory", long).replace(
        f"- {{id: {long}, component",
        f"- {{id: second, component: {long}, kind: tcp, host: 192.0.2.9, port: 1}}\n  - {{id: first, component",
    )
    store.do(lambda c: enlisted(c, configured(store.folder, two), NOW))
    made = document(known(store, NOW + HOUR), JUNE, END_OF_JUNE)
    cut = [name for name in made["components"] if name.startswith(long[:54])]
    assert len(cut) == len(set(cut)) == 2
    assert all(len(name) <= 63 for name in made["components"])
    assert answered(made).case is not None


def test_announcements_are_part_of_the_case_as_they_were_known(store: Store) -> None:
    number, span = store.numbers.sites["acme"], Span(SPAN.start, SPAN.end)
    first = Announcement(SPAN.start - 100 * HOUR, span, Status.CONFIRMED, Impact.REDUCED_REDUNDANCY)
    store.do(lambda c: announcements.append(c, number, "M-1", ("node-1",), first, first.at))
    later = Announcement(SPAN.start, span, Status.CANCELLED, Impact.REDUCED_REDUNDANCY, "Ada")
    store.do(lambda c: announcements.append(c, number, "M-1", ("node-1",), later, later.at))
    told = [len(plan.announcements) for as_of in (first.at, later.at) for plan in known(store, as_of).maintenance]
    assert told == [1, 2]
    answered(document(known(store), JUNE, END_OF_JUNE))


def test_a_window_is_judged_by_the_version_in_force_at_its_last_instant(store: Store) -> None:
    first, second = (
        '{version: "1", zone: Europe/Berlin}',
        '{version: "2", zone: Europe/Berlin, goal: "99%", effective_from: JULY}',
    )
    versions = f"[{first}, {second}]".replace("JULY", "2026-07-01T00:00:00+02:00")
    store.do(lambda c: enlisted(c, configured(store.folder, SITE.replace("{zone: Europe/Berlin}", versions)), NOW))
    made = known(store, NOW)
    assert made.in_force(END_OF_JUNE).version == "1"
    assert made.in_force(END_OF_JUNE + HOUR).version == "2"
    july = document(made, {"kind": "month", "month": "2026-07"}, instant("2026-07-31T21:59:59Z"))
    assert answered(july).result["goal"] == "99/100"
    assert july["agreement"]["effective_from"] == "2026-04-30T22:00:00.000Z"  # the first evidence, as before


def test_a_site_that_nobody_knows_is_told(store: Store) -> None:
    with pytest.raises(NoSuchSite, match="acmee"):
        store.look(lambda c: facts(c, "acmee", NOW))
