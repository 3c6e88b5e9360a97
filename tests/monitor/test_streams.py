"""A site's tree down to its streams."""

from desk_world import Store

from monitor.streams import Ground, Member, component_tree, component_trees, leaf_name, present_ground, site_tree
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, leaves


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


def test_the_ground_of_a_site_of_which_nothing_is_recorded_is_what_it_is_made_of_today(store: Store) -> None:
    (site,) = store.configuration.sites
    streams = {check.key: [(store.numbers.checks[site.key, check.key], 1)] for check in site.checks}
    found = present_ground(site, streams)
    assert found.tree == site_tree(site.composition, component_trees(site, streams))
    assert {member.stream for member in found.parts.values()} == found.streams == {one for (one,) in streams.values()}
    assert set(leaves(found.tree)) == set(found.parts)
    assert Ground(found.tree, {"gone": Member(None)}).streams == frozenset()
