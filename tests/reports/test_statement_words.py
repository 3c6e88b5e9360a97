from __future__ import annotations

from string import Formatter

from reports.statement_words import SILENT, STATEMENTS
from sla.state import Cause, State


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_things_with_the_same_places() -> None:
    english, german = (STATEMENTS[tag].texts for tag in ("en", "de"))
    assert english.keys() == german.keys()
    assert [key for key in english if key.startswith("st.") and places(english[key]) != places(german[key])] == []


def test_there_is_a_word_for_every_cause_of_ours_not_to_know() -> None:
    assert SILENT.keys() == {cause.word for cause in Cause if cause.state is State.UNKNOWN}
    assert all(f"st.silent.{word}" in one.texts for word in SILENT.values() for one in STATEMENTS.values())
