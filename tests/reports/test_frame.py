from __future__ import annotations

import pytest

from reports.catalogue import ENGLISH
from reports.frame import STATIC, Place, sayer, spoken, static
from reports.german import GERMAN


@pytest.mark.parametrize(
    ("place", "home", "assets"),
    [
        (Place(), "", ""),
        (Place("incidents/x.html"), "../", "../"),
        (Place(folder="de/"), "", "../"),
        (Place("history/2026-11.html", "de/"), "../", "../../"),
    ],
)
def test_a_page_finds_its_neighbours_from_where_it_lies(place: Place, home: str, assets: str) -> None:
    assert (place.home, place.assets) == (home, assets)


def test_the_first_language_lies_at_the_root_and_the_others_in_their_folders() -> None:
    assert spoken(ENGLISH, "en")["languages"] == {"de": ("Deutsch", "de/")}
    assert spoken(GERMAN, "en")["languages"] == {"en": ("English", "")}
    assert spoken(ENGLISH, "de")["languages"] == {"de": ("Deutsch", "")}


def test_values_are_escaped_and_texts_are_not_formatted_twice() -> None:
    say = sayer(ENGLISH)
    assert say("goal", goal="<b>{x}") == "goal &lt;b&gt;{x}"
    with pytest.raises(KeyError):
        say("no such text")


def test_static_files_are_there() -> None:
    assert all(static(name) for name in STATIC)
