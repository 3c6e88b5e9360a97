"""A site's tree down to its streams."""

from dataclasses import replace

from desk_world import Store

from monitor.streams import component_tree, leaf_name, over_streams, site_tree
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf
from sla.exclusion import Exclusion
from sla.span import Span


def test_a_component_is_all_of_its_checks_and_a_check_a_majority_of_its_locations() -> None:
    assert component_tree({7: [(7, 1)]}) == Leaf("7@1")
    assert component_tree({8: [(8, 2), (8, 1)], 7: [(7, 1)]}) == All((Leaf("7@1"), DownWhen(2, (Leaf("8@1"), Leaf("8@2")))))
    three = [(9, 1), (9, 2), (9, 3)]
    assert component_tree({9: three}) == DownWhen(2, tuple(Leaf(leaf_name(stream)) for stream in three))


def test_a_site_tree_keeps_its_shape_and_a_component_without_checks_stays_unknown() -> None:
    tree = All((AtLeast(1, (Leaf("a"), Leaf("b"))), Degrading(Leaf("c")), Leaf("nobody")))
    parts = {"a": Leaf("1@1"), "b": Leaf("2@1"), "c": Leaf("3@1")}
    wanted = All((AtLeast(1, (Leaf("1@1"), Leaf("2@1"))), Degrading(Leaf("3@1")), Leaf("nobody")))
    assert site_tree(tree, parts) == wanted


def test_an_exclusion_of_components_is_one_of_their_streams_and_never_grows_into_the_whole_site(store: Store) -> None:
    (site,) = store.configuration.sites
    streams = {(site.key, check.key): [(store.numbers.checks[site.key, check.key], 1)] for check in site.checks}
    ours = Exclusion("X-1", Span(0, 1), "isp", ("directory",))
    whole, gone = replace(ours, components=()), replace(ours, components=("gone",))
    strange = replace(ours, cause="bad_weather")
    found = over_streams(site, (ours, whole, gone, strange), streams)
    assert [one.components for one in found] == [(leaf_name(streams["acme", "directory"][0]),), ()]
