from __future__ import annotations

import string

from reports import subscribe_words
from reports.subscribe_words import CATALOGUES


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    english, german = subscribe_words._ENGLISH, subscribe_words._GERMAN
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert _values(text) == _values(german[key]), key
        assert key.startswith("maintenance.") or text != german[key], key


def test_times_and_states_are_said_as_elsewhere() -> None:
    assert CATALOGUES["de"].say("duration.min", count=3) == "3 min"


def _values(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
