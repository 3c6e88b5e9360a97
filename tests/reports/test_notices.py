"""What letters say."""

from __future__ import annotations

from email import message_from_bytes

from reports.notices import trial


def test_a_trial_letter_says_what_it_is_and_that_nothing_is_to_be_done() -> None:
    message = message_from_bytes(trial(("Ops", "ops@p.example"), "ada@acme.example", "p.example", 1_764_547_200_000))
    text = message.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "2025-12-01T00:00:00.000Z" in text and "You need not do anything." in text
