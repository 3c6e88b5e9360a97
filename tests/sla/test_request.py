"""How far a request may come."""

from __future__ import annotations

from sla.request import NEEDS_WORDS, NEXT, Kind, Status


def test_every_status_says_what_may_follow_and_only_an_open_request_goes_on() -> None:
    assert set(NEXT) == set(Status)
    assert [status for status in Status if NEXT[status]] == [Status.ASKED]
    assert Status.ASKED not in {after for following in NEXT.values() for after in following}


def test_what_is_looked_at_needs_no_words() -> None:
    assert Kind.VALIDATE not in NEEDS_WORDS and Kind.OTHER in NEEDS_WORDS
