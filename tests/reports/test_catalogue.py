from __future__ import annotations

import re
from pathlib import Path

import pytest

import reports
from reports.catalogue import ENGLISH

TEMPLATES = Path(reports.__file__).parent / "templates"


def test_every_text_that_a_template_says_is_there() -> None:
    said = {key for file in TEMPLATES.glob("*.html") for key in re.findall(r'say\("([a-z_0-9]+)"[,)]', file.read_text())}
    assert said and said <= set(ENGLISH.texts)


def test_places_are_filled_and_a_missing_text_is_an_error() -> None:
    assert ENGLISH.say("goal", goal="99.9 %") == "goal 99.9 %"
    with pytest.raises(KeyError):
        ENGLISH.say("no such text")
