"""Letters to our own people."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP
from typing import Any, cast

from reports.operator_letter import written


def test_it_says_what_there_is_to_say_and_leaves_out_empty_headings() -> None:
    said = {"Why": "550 no such user", "Told instead": "", "What to do": "first\nsecond"}
    data = written(("P", "p@p.example"), "ops@p.example", "n1@p.example", "[Not delivered] x", said, 0)
    message = message_from_bytes(data, policy=cast(Any, SMTP))
    text = message.get_body(("plain",)).get_content()
    assert (message["To"], message["Subject"], message["X-Threenines-Notice"]) == (
        "ops@p.example",
        "[Not delivered] x",
        "operators",
    )
    assert text.split() == ["[Not", "delivered]", "x", "Why", "550", "no", "such", "user", "What", "to", "do", "first", "second"]
