"""Where pages are: derived, so that they are the same after every start, and nobody can guess or connect them."""

from __future__ import annotations

import re

from monitor.addresses import address_of, customer_path, opaque

KEY = b"k" * 32


def test_an_address_is_the_same_always_and_another_for_each_customer_generation_and_installation() -> None:
    paths = [customer_path(KEY, "acme", 0), customer_path(KEY, "acme", 1), customer_path(KEY, "bolt", 0)]
    paths.append(customer_path(b"l" * 32, "acme", 0))
    assert len(set(paths)) == 4 and paths[0] == customer_path(KEY, "acme", 0)
    assert all(re.fullmatch(r"/p/[a-z2-7]{26}/", path) for path in paths)


def test_one_thing_has_ids_on_two_pages_that_nobody_can_connect() -> None:
    ours = [address_of("https://p.example/", KEY, path) for path in ("/", customer_path(KEY, "acme", 0))]
    ids = {one.id("maintenance", "MNT-1") for one in ours} | {ours[0].id("incident", "MNT-1")}
    assert len(ids) == 3 and all(re.fullmatch(r"[a-z2-7]{26}", one) for one in ids)
    assert ours[0].url == "https://p.example" and ours[1].url == f"https://p.example{customer_path(KEY, 'acme', 0)}".rstrip("/")
    assert opaque(KEY, "a", "b") == opaque(KEY, "a", "b")
