from __future__ import annotations

import pytest

from reports.words import cause_word, cause_words, kind_words
from sla.responsibility import Party, managed_by
from sla.state import Cause, State


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_a_word_and_our_own_troubles_share_one(cause: Cause) -> None:
    word = cause_word(cause)
    assert word is not None
    assert cause_words(word)
    assert (word == "not_measured") == (cause.state is State.UNKNOWN)


def test_kinds_have_names_that_people_use() -> None:
    assert kind_words("ldap") == "Directory (LDAP)"
    assert kind_words("print_queue") == "Print queue"
    assert managed_by("ldap") is Party.CUSTOMER
