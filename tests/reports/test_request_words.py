"""What is said of requests, in both languages."""

from __future__ import annotations

import re

from reports.request_words import ENGLISH, GERMAN
from sla.request import Kind, Status
from sla.state import State


def test_both_languages_say_the_same_things_with_the_same_places() -> None:
    assert ENGLISH.keys() == GERMAN.keys()
    for key, text in ENGLISH.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", GERMAN[key])), key


def test_every_kind_status_and_state_has_its_words() -> None:
    for words in (ENGLISH, GERMAN):
        wanted = [*(f"kind.{one.value}" for one in Kind), *(f"status.{one.value}" for one in Status)]
        wanted += [*(f"lead.{one.value}" for one in Status), *(f"seen.{one.word}" for one in State)]
        assert all(words[f"request.{key}"] for key in wanted)
