"""The texts of notices: the same keys with the same places in every language."""

from __future__ import annotations

from string import Formatter

from reports.notice_words import CATALOGUES


def places(text: str) -> set[str | None]:
    return {name for _, name, *_ in Formatter().parse(text) if name}


def test_every_language_says_everything_with_the_same_places() -> None:
    english = CATALOGUES["en"].texts
    for catalogue in CATALOGUES.values():
        assert catalogue.texts.keys() == english.keys()
        assert {key: places(text) for key, text in catalogue.texts.items()} == {
            key: places(text) for key, text in english.items()
        }
        assert (len(catalogue.say("months").split()), len(catalogue.say("weekdays").split())) == (12, 7)
