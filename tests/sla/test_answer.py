from __future__ import annotations

from typing import get_args

from test_case import ASKED
from written import case, dates, down

from sla.answer import Answer, DatedFigures, Verdict
from sla.case import AskMonth
from sla.evaluate import evaluate


def test_every_kind_of_answer_is_given_to_some_question() -> None:
    assert {answer for _, answer in ASKED.values()} == set(get_args(Answer))


def test_verdicts_are_the_four_words_of_the_field() -> None:
    assert [verdict.value for verdict in Verdict] == ["met", "breached", "undetermined", "pending"]


def test_equal_cases_have_equal_answers() -> None:
    world = case(down((0, 5)), AskMonth(*dates("1970-01-01", "1970-01-31")))
    seen = evaluate(world)
    assert isinstance(seen, DatedFigures)
    assert seen == evaluate(world)
