from __future__ import annotations

import string

from reports.catalogue import ENGLISH
from reports.languages import CATALOGUES


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_says_every_text_with_the_same_places() -> None:
    for language, catalogue in CATALOGUES.items():
        assert catalogue.language == language
        assert set(catalogue.texts) == set(ENGLISH.texts), set(catalogue.texts) ^ set(ENGLISH.texts)
        for key, text in catalogue.texts.items():
            assert places(text) <= places(ENGLISH.texts[key]), key
            assert text.strip(), key
