"""Whose fault an outage seems to be, from what really stands in a store: controls, shared items, vantages, maintenance."""

from __future__ import annotations

from pathlib import Path

from desk_world import NOW, SITE, Store, configured, filled

from monitor.desk.evidence import evidence, witnesses
from monitor.desk.records import enlisted
from monitor.desk.statement import Asked
from monitor.desk.suggestions import Suggestion, suggestions
from monitor.store import announcements, changes
from sla.attribution import Confidence
from sla.calendar import month
from sla.maintenance import Announcement, Impact, Status
from sla.responsibility import Party
from sla.span import HOUR, Span
from sla.state import State
from sla.texts import instant
from sla.timeline import Change

JUNE = Asked(*month(2026, 6), month=True)
OUTAGE = Span(instant("2026-06-18T14:00:00Z"), instant("2026-06-18T15:06:00Z"))
WITH_CONTROL = SITE.replace("- {id: node-2, kind: instance}", "- {id: node-2, kind: instance, control_for: [ldap]}")


def suggested(store: Store, cloud_status: str | None = None) -> tuple[Suggestion, ...]:
    (site,) = (site for site in store.configuration.sites if site.key == "acme")
    return store.look(lambda c: suggestions(c, store.configuration, site, JUNE, NOW, cloud_status))


def made(folder: Path, site: str) -> Store:
    return filled(folder, site=site)


def test_the_customers_directory_is_weakly_theirs_without_a_control_and_strongly_with_one(store: Store, tmp_path: Path) -> None:
    (weak,) = suggested(store)
    assert (weak.attribution.party, weak.attribution.confidence) == (Party.CUSTOMER, Confidence.WEAK)
    assert (weak.outage, weak.outer, weak.components) == (OUTAGE, OUTAGE, ("directory",))
    (tmp_path / "other").mkdir()
    other = made(tmp_path / "other", WITH_CONTROL)
    (strong,) = suggested(other)
    other.database.close()
    assert (strong.attribution.cause, strong.attribution.confidence) == ("unmanaged_component", Confidence.STRONG)
    assert strong.attribution.named == "directory of Acme GmbH"


def test_a_control_that_was_down_itself_proves_nothing(tmp_path: Path) -> None:
    store = made(tmp_path, WITH_CONTROL)
    store.down("node-2", "2026-06-18T14:30:00Z", "2026-06-18T14:31:00Z")
    (one,) = suggested(store)
    store.database.close()
    assert one.attribution.confidence is Confidence.WEAK


def test_maintenance_under_way_makes_it_the_providers(store: Store) -> None:
    number = store.numbers.sites["acme"]
    told = Announcement(OUTAGE.start - HOUR, OUTAGE, Status.IN_PROCESS, Impact.DEGRADED)
    store.do(lambda c: announcements.append(c, number, "M-1", ("directory",), told, told.at))
    (one,) = suggested(store)
    assert (one.attribution.party, one.attribution.cause) == (Party.PROVIDER, "provider_maintenance")


def test_an_item_that_two_customers_share_is_the_providers_unless_the_cloud_says_otherwise(tmp_path: Path) -> None:
    shared = SITE.replace("id: directory, kind: ldap", "id: directory, kind: ldap, shared: pool")
    store = made(tmp_path, shared)
    (tmp_path / "sites" / "globex.yaml").write_text(shared.replace("acme", "globex").replace("Acme", "Globex"))
    store.configuration = configured(tmp_path, shared)
    store.numbers = store.do(lambda c: enlisted(c, store.configuration, NOW))
    stream = (store.numbers.checks["globex", "directory"], store.numbers.locations["main"])
    down = (Change(OUTAGE.start, State.UP), Change(OUTAGE.start + HOUR // 2, State.DOWN))
    store.do(lambda c: changes.append(c, NOW, [changes.Addition(stream, down, ())]))
    (ours,), (clouds,) = suggested(store), suggested(store, "https://status.cloud.example/1")
    store.database.close()
    assert (ours.attribution.cause, ours.attribution.confidence) == ("provider_ldap", Confidence.STRONG)
    assert (clouds.attribution.cause, clouds.attribution.confidence) == ("public_cloud_provider", Confidence.WEAK)


def test_down_through_one_network_only_is_seen_as_such(tmp_path: Path) -> None:
    store = made(tmp_path, SITE)
    main = tmp_path / "threenines.yaml"
    vantages = (
        "vantages: {a: {network_operator: Alpha Net}, b: {network_operator: Alpha Net}, main: {network_operator: Beta Net}}\n"
    )
    main.write_text(main.read_text() + vantages)
    from monitor.config.load import load

    store.configuration = load(main, {})
    store.numbers = store.do(lambda c: enlisted(c, store.configuration, OUTAGE.start))
    for location, state in (("a", State.DOWN), ("b", State.DOWN), ("main", State.UP)):
        stream = (store.numbers.checks["acme", "node-1"], store.numbers.locations[location])
        said = (Change(OUTAGE.start - HOUR, State.UP), Change(OUTAGE.start, state))
        store.do(lambda c, stream=stream, said=said: changes.append(c, NOW, [changes.Addition(stream, said, ())]))
    seen = store.look(lambda c: witnesses(c, store.configuration))
    part = evidence(seen, store.configuration.sites[0], OUTAGE).parts["node-1"]
    store.database.close()
    assert {(view.operator, view.state) for view in part.views} == {("Alpha Net", State.DOWN), ("Beta Net", State.UP)}
