from __future__ import annotations

import string

from reports import incident_words
from reports.incident_words import CATALOGUES


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    english, german = incident_words._ENGLISH, incident_words._GERMAN
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert _values(text) == _values(german[key]), key
        assert key in ("subject", "row.said") or text != german[key], key


def test_times_and_statuses_are_said_as_elsewhere() -> None:
    assert CATALOGUES["de"].say("incident.status.resolved") == "Behoben"
    assert CATALOGUES["en"].say("duration.min", count=3) == "3 min"


def _values(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
