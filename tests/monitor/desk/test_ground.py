"""The ground of live figures: parts of every make-up with their streams, exclusions over parts, nothing of what was seen."""

from __future__ import annotations

from desk_world import NOW, SITE, Store, configured

from monitor.desk.exclusions import Proposal, propose
from monitor.desk.ground import ground
from monitor.desk.people import host
from monitor.desk.records import enlisted
from monitor.store import exclusions
from monitor.streams import Ground
from sla.composition import leaves
from sla.exclusion import Decision, Step
from sla.span import DAY, Span


def found(store: Store) -> Ground:
    made = store.look(lambda db: ground(db, "acme", NOW))
    assert made is not None
    return made


def approved(store: Store, number: int, components: tuple[str, ...], cause: str = "unmanaged_component") -> None:
    proposal = Proposal("acme", NOW - 2 * DAY, NOW - DAY, cause, components, "directory of Acme", "why", ("x:1",))
    store.do(lambda db: propose(db, host("root"), proposal, NOW))
    store.do(lambda db: exclusions.step(db, f"X-{number}", Decision(NOW, Step.APPROVED, "ben"), NOW))


def test_each_part_is_a_stream_and_belongs_to_its_make_up(store: Store) -> None:
    today = found(store)
    streams = {(store.numbers.checks["acme", check], 1) for check in ("node-1", "node-2", "directory")}
    assert (today.streams, {member.applicable for member in today.parts.values()}) == (streams, {None})
    assert set(leaves(today.tree)) == set(today.parts)
    store.do(lambda db: enlisted(db, configured(store.folder, SITE.replace("at_least: 1", "at_least: 2")), NOW - DAY))
    spans = [member.applicable for member in found(store).parts.values()]
    assert (spans.count((Span(0, NOW - DAY),)), len(spans), found(store).streams) == (3, 6, streams)


def test_an_exclusion_of_components_is_one_of_their_parts_and_never_grows_into_the_whole_site(store: Store) -> None:
    approved(store, 1, ("directory",))
    approved(store, 2, ())
    gone = (
        SITE.replace("id: directory", "id: ldap")
        .replace("component: directory", "component: ldap")
        .replace(", directory]", ", ldap]")
    )
    assert [one.components for one in found(store).exclusions] == [("directory",), ()]
    store.do(lambda db: enlisted(db, configured(store.folder, gone), NOW - DAY))
    assert [one.components for one in found(store).exclusions] == [("directory-until-1",), ()]


def test_of_an_unknown_site_there_is_none(store: Store) -> None:
    assert store.look(lambda db: ground(db, "nowhere", NOW)) is None
