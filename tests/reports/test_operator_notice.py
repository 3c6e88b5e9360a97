"""What operators read of what happened by itself."""

from __future__ import annotations

from reports.mail import rendered
from reports.operator_notice import OperatorNotice, mail


def test_it_says_what_came_to_what_and_why_a_line_each_and_nothing_of_it_is_markup() -> None:
    notice = OperatorNotice("RO-2026-0001", "held", "the gate says hold: own: downtime: 90 s; <b>I-7</b> names it", "P")
    made = mail(notice, ("P", "notices@p.example"), "ops@p.example", "n1@p.example", 0)
    assert made.subject == "[Operations] RO-2026-0001: held"
    assert made.plain.splitlines() == ["RO-2026-0001: held.", "the gate says hold: own: downtime: 90 s", "<b>I-7</b> names it"]
    assert "<p>&lt;b&gt;I-7&lt;/b&gt; names it</p>" in made.html
    assert b"X-Threenines-Notice: operations; id=RO-2026-0001; kind=held" in rendered(made)
