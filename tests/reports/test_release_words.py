from __future__ import annotations

import string

from reports import release_words


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    english, german = release_words._ENGLISH, release_words._GERMAN
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert _values(text) == _values(german[key]), key
        assert key == "subject.release" or text != german[key], key


def _values(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
